use jiff::{SignedDuration, Timestamp};
use sync_core::failure::{Cause, Failure};
use sync_core::guard::HeldPerson;
use sync_core::ports::{SubscriptionRecord, Subscriptions, Watched};

use super::check::Check;
use crate::stack::Deployment;
use crate::status::{Status, Waits};
use crate::tables::{counted, sentence, thousands};
use crate::when::{ago, at, at_and_in};

const RUNS: &str = "runs";
const SWEEP: &str = "sweeps";
const QUEUES: &str = "queues";
const DEAD_LETTERS: &str = "dead letters";
const PARKED: &str = "parked";
const HELD: &str = "kept back";
const REMOVAL: &str = "removal";

/// The alarm's limit.
const ENDS_SOON: SignedDuration = SignedDuration::from_hours(48);
/// What a sweep may take, and wait for a run that is under way.
const A_SWEEP: SignedDuration = SignedDuration::from_mins(20);
const WITHOUT_SWEEPS: SignedDuration = SignedDuration::from_hours(24);

/// What the ledger and the queues tell.
pub(super) fn checks(status: &Status, held: &[HeldPerson], deployment: &Deployment) -> Vec<Check> {
    if let Some(removal) = &status.removal {
        let since = ago(removal.since, status.at);
        let failed = status.waits_for_operator.iter().find(|waits| matches!(waits, Waits::FailedCleanup { .. }));
        return vec![match failed {
            Some(failed) => Check::bad(REMOVAL, failed.to_string(), "docs/deploy.md, \"Removing it\"."),
            None => Check::warn(
                REMOVAL,
                format!("The integration is being removed since {since}, and nothing is synchronised any more."),
                "To use it again, deploy it with another MappingRevision.",
            ),
        }];
    }
    vec![
        runs(status),
        sweeps(status, deployment),
        queues(status),
        dead_letters(status),
        parked(status),
        kept_back(held, status.at),
    ]
}

fn runs(status: &Status) -> Check {
    let halted: Vec<_> =
        status.waits_for_operator.iter().filter(|waits| matches!(waits, Waits::HaltedRun { .. })).collect();
    if !halted.is_empty() {
        let told = halted.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        return Check::bad(RUNS, told, "docs/runbook.md, RunHalted.");
    }
    if let Some(since) = status.waiting_since {
        let told =
            format!("Nothing is written since {}, before a plan was approved and carried out.", ago(since, status.at));
        return Check::warn(RUNS, told, "docs/deploy.md, \"Having the first run approved\".");
    }
    match &status.full {
        Some(run) => {
            let (state, saved) = (run.state.as_str(), ago(run.saved, status.at));
            Check::ok(RUNS, format!("The latest full run is {state}; it was last saved {saved}."))
        }
        None => Check::warn(
            RUNS,
            "There was no full run yet: only who changes from now on is brought into line.",
            "`entra-zenqms sync` starts one.",
        ),
    }
}

fn sweeps(status: &Status, deployment: &Deployment) -> Check {
    let cure =
        "The log of the function says why: docs/runbook.md, RunFailed; and look whether its schedule is enabled.";
    let Some(last) = status.last_sweep else {
        return Check::warn(SWEEP, "Entra ID was never asked what has changed.", cure);
    };
    if status.waiting_since.is_some() {
        let told = format!("Whatever has changed in Entra ID since {} is looked at after the first run.", at(last));
        return Check::ok(SWEEP, told);
    }
    let interval = SignedDuration::from_mins(deployment.sweep_minutes);
    let (age, told) = (status.at.duration_since(last), ago(last, status.at));
    let late = format!("The last one was {told}; there ought to be one every {} minutes.", deployment.sweep_minutes);
    if age > WITHOUT_SWEEPS.max(interval * 2 + A_SWEEP) {
        Check::bad(SWEEP, late, cure)
    } else if age > interval * 2 + A_SWEEP {
        Check::warn(SWEEP, late, cure)
    } else {
        Check::ok(SWEEP, format!("Entra ID was last asked what has changed {told}."))
    }
}

fn queues(status: &Status) -> Check {
    let alive = status.queues.iter().filter(|(name, _)| name.given_up().is_none());
    let (waiting, in_work) = alive.fold((0, 0), |(waiting, in_work), (_, messages)| {
        (waiting + messages.waiting, in_work + messages.hidden + messages.delayed)
    });
    let waiting = counted(waiting, "message waits", "messages wait");
    Check::ok(QUEUES, format!("{waiting}, {} are in work or not due yet.", thousands(in_work)))
}

fn dead_letters(status: &Status) -> Check {
    let dead: Vec<_> =
        status.waits_for_operator.iter().filter(|waits| matches!(waits, Waits::DeadLetters { .. })).collect();
    if dead.is_empty() {
        return Check::ok(DEAD_LETTERS, "Nothing was given up.");
    }
    let told = dead.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    Check::bad(DEAD_LETTERS, told, "Mend the cause, then put them back; the runbook has the commands.")
}

fn parked(status: &Status) -> Check {
    match status.parked {
        0 => Check::ok(PARKED, "Nobody is parked."),
        people => Check::warn(
            PARKED,
            format!("{} parked.", counted(people as u64, "person is", "people are")),
            "`entra-zenqms parked list` says why; docs/runbook.md, ParkedPeople.",
        ),
    }
}

fn kept_back(held: &[HeldPerson], now: Timestamp) -> Check {
    let (approved, waiting): (Vec<_>, Vec<_>) = held.iter().partition(|held| held.is_approved(now));
    let done = match approved.len() {
        0 => String::new(),
        people => format!(" {} approved and will follow.", counted(people as u64, "person is", "people are")),
    };
    let Some(oldest) = waiting.iter().map(|held| held.since).min() else {
        return Check::ok(HELD, format!("Nothing waits for approval.{done}"));
    };
    let people = counted(waiting.len() as u64, "person", "people");
    Check::warn(
        HELD,
        format!("Of {people} access is kept that the rules would take, the first {}.{done}", ago(oldest, now)),
        "`entra-zenqms held` shows it. Approve it, or mend it in Entra ID: docs/runbook.md, GuardHalted.",
    )
}

/// The subscriptions, by the ledger and by Graph.
pub(super) async fn subscriptions(
    directory: &impl Subscriptions,
    records: &[SubscriptionRecord],
    mapped: bool,
    url: &str,
    now: Timestamp,
) -> Vec<Check> {
    let mut checks = Vec::new();
    for watched in Watched::ALL.into_iter().filter(|&watched| watched == Watched::Users || mapped) {
        let record = records.iter().find(|record| record.watched == watched);
        checks.push(subscription(directory, watched, record, url, now).await);
    }
    checks
}

async fn subscription(
    directory: &impl Subscriptions,
    watched: Watched,
    record: Option<&SubscriptionRecord>,
    url: &str,
    now: Timestamp,
) -> Check {
    let (name, cure) = match watched {
        Watched::Users => (
            "subscription to users",
            "The keeper makes it anew within the hour; if not: docs/runbook.md, UserSubscription.",
        ),
        Watched::Groups => (
            "subscription to groups",
            "The keeper makes it anew within the hour; if not: docs/runbook.md, GroupSubscription.",
        ),
    };
    let Some(record) = record else {
        return Check::bad(name, "There is none: changes are found by the sweeps alone.", cure);
    };
    let Some(id) = record.id else {
        return Check::warn(name, "It is just being made.", "Ask again in some minutes.");
    };
    let found = match directory.subscription(id).await {
        Ok(found) => found,
        Err(Failure { cause: Cause::NotFound, .. }) => {
            return Check::bad(name, "Graph does not know the one that the ledger names; it was removed.", cure);
        }
        Err(failure) => {
            return Check::warn(name, sentence(&failure.to_string()), "Mend what is said of Entra ID, then ask again.");
        }
    };
    let ends = at_and_in(found.expires, now);
    let left = found.expires.duration_since(now);
    if found.notification_url != url {
        return Check::bad(name, "It notifies another address than the stack's NotificationUrl.", cure);
    }
    if left <= SignedDuration::ZERO {
        return Check::bad(name, format!("It has ended ({ends})."), cure);
    }
    if left < ENDS_SOON {
        return Check::warn(name, format!("It ends soon ({ends}), and ought to have been renewed."), cure);
    }
    Check::ok(name, format!("It lives for {} hours more and notifies the stack.", left.as_hours()))
}
