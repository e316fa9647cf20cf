use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::Serialize;
use sync_core::ports::{Depth, SubscriptionRecord, Watched};
use sync_core::run::{CleanupRecord, CleanupState, Counts, Mode, RunRecord, RunState};
use uuid::Uuid;

use crate::tables::counted;

/// How a stack is doing, at one moment.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Status {
    /// When it was read.
    pub(crate) at: Timestamp,
    /// The latest full run.
    pub(crate) full: Option<Run>,
    /// The latest run under an approved plan.
    pub(crate) applied: Option<Run>,
    /// The latest sweep that had to compare everything. Others leave no record but their time.
    pub(crate) comparison: Option<Run>,
    /// When Entra ID was last asked what has changed.
    pub(crate) last_sweep: Option<Timestamp>,
    /// The subscriptions.
    pub(crate) subscriptions: Vec<Subscription>,
    /// Until when nothing that was changed in Entra ID waits to be looked at; none while something does, or was not looked for yet.
    /// The parked, and what waits for approval, have been looked at.
    pub(crate) in_step_until: Option<Timestamp>,
    /// How many people are parked.
    pub(crate) parked: usize,
    /// Who is not in line with Entra ID until somebody mends what is wrong, by the reasons' names.
    pub(crate) exceptions: BTreeMap<String, Excepted>,
    /// How many people something is kept back of, until it is approved.
    pub(crate) held: usize,
    /// What is on the queues.
    pub(crate) queues: BTreeMap<QueueName, Messages>,
    /// Since when the first approved run is waited for, if it is.
    pub(crate) waiting_since: Option<Timestamp>,
    /// The removal, if it has begun.
    pub(crate) removal: Option<Removal>,
    /// What goes on only when somebody does something.
    pub(crate) waits_for_operator: Vec<Waits>,
}

/// People on the list of exceptions for the same reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Excepted {
    /// How many.
    pub(crate) people: u64,
    /// Since when the first of them is on the list.
    pub(crate) since: Timestamp,
}

/// A run.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Run {
    /// Its name.
    pub(crate) id: String,
    /// Where it stands.
    pub(crate) state: State,
    /// Why it was halted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) halted_because: Option<String>,
    /// When it began.
    pub(crate) began: Timestamp,
    /// When it was last saved.
    pub(crate) saved: Timestamp,
    /// What came of it so far.
    pub(crate) counts: Counts,
    /// Why people were skipped.
    pub(crate) skipped_by_reason: BTreeMap<String, u64>,
    /// Why writes failed.
    pub(crate) failed_by_reason: BTreeMap<String, u64>,
}

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    /// Somebody works on it.
    Running,
    /// It is not at its end, and nobody works on it: a message goes on with it, or the next sweep.
    Interrupted,
    /// Finished.
    Complete,
    /// Stopped.
    Halted,
}

impl State {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Interrupted => "interrupted",
            Self::Complete => "complete",
            Self::Halted => "halted",
        }
    }
}

/// A subscription.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Subscription {
    /// What it watches.
    pub(crate) watched: Watched,
    /// Its id in Graph; none while it is being made.
    pub(crate) id: Option<Uuid>,
    /// When it ends.
    pub(crate) expires: Timestamp,
    /// Whether Graph notifies by it now.
    pub(crate) is_live: bool,
}

/// A queue, by what is on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum QueueName {
    /// People to look at.
    Users,
    /// Groups to look at.
    Groups,
    /// Work on the subscriptions.
    Subscriptions,
    /// Runs to begin or to go on with.
    Runs,
    /// By which a long cleanup goes on.
    Cleanup,
    /// What could not be done about people.
    UserDeadLetters,
    /// What could not be done about groups.
    GroupDeadLetters,
    /// What could not be done about subscriptions, runs and the cleanup.
    ControlDeadLetters,
}

impl QueueName {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Users => "people",
            Self::Groups => "groups",
            Self::Subscriptions => "subscriptions",
            Self::Runs => "runs",
            Self::Cleanup => "cleanup",
            Self::UserDeadLetters => "dead letters: people",
            Self::GroupDeadLetters => "dead letters: groups",
            Self::ControlDeadLetters => "dead letters: other work",
        }
    }

    /// Where nothing ought to be: what the messages there are about, and the entry of the runbook.
    pub(crate) const fn given_up(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::UserDeadLetters => Some(("people", "UserDeadLetters")),
            Self::GroupDeadLetters => Some(("groups", "GroupDeadLetters")),
            Self::ControlDeadLetters => Some(("subscriptions, a run or the cleanup", "ControlDeadLetters")),
            Self::Users | Self::Groups | Self::Subscriptions | Self::Runs | Self::Cleanup => None,
        }
    }
}

/// How many messages are on a queue, about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Messages {
    /// Those that can be handed out.
    pub(crate) waiting: u64,
    /// Those that are being worked on, or hidden until they are due.
    pub(crate) hidden: u64,
    /// Those that were sent with a delay.
    pub(crate) delayed: u64,
}

impl Messages {
    const fn all(self) -> u64 {
        self.waiting + self.hidden + self.delayed
    }
}

impl From<Depth> for Messages {
    fn from(Depth { waiting, hidden, delayed }: Depth) -> Self {
        Self { waiting, hidden, delayed }
    }
}

/// The removal of the integration.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Removal {
    /// Since when.
    pub(crate) since: Timestamp,
    /// Where its cleanup stands; none as long as it has not begun.
    pub(crate) cleanup: Option<Cleanup>,
}

/// Where a cleanup stands.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Cleanup {
    /// Its state.
    pub(crate) state: CleanupState,
    /// Links that it has cleared.
    pub(crate) cleared: u64,
    /// Accounts that the pass under way, or the last one, has looked at.
    pub(crate) looked_at: u64,
    /// Accounts of which it is not certain whether their link is ours.
    pub(crate) in_doubt: u64,
    /// Accounts that could not be cleared.
    pub(crate) failed: u64,
}

/// Something that goes on only when the operator does something.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub(crate) enum Waits {
    /// Nothing is written before a plan was approved.
    FirstPlan,
    /// A run was halted.
    HaltedRun {
        /// Which kind.
        mode: Mode,
        /// Why.
        because: String,
    },
    /// People are parked.
    ParkedPeople {
        /// How many.
        people: usize,
    },
    /// Something is kept back until it is approved.
    HeldPeople {
        /// Of how many people.
        people: usize,
    },
    /// Messages were given up.
    DeadLetters {
        /// Where they are.
        queue: QueueName,
        /// How many.
        messages: u64,
    },
    /// A cleanup could not clear everything.
    FailedCleanup {
        /// Accounts that are left.
        accounts: u64,
    },
}

impl fmt::Display for Waits {
    /// What it is, and the cure.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FirstPlan => f.write_str(
                "Nothing is written before a plan was approved: `entra-zenqms plan` makes it, then `approve` and `apply` it.",
            ),
            Self::HaltedRun { mode: Mode::Sweep, because } => {
                write!(f, "A comparison by a sweep was halted: {because}. Mend it; the next sweep begins anew.")
            }
            Self::HaltedRun { mode: Mode::Apply, because } => {
                write!(f, "The run under an approved plan was halted: {because}. Mend it, then `entra-zenqms plan`.")
            }
            Self::HaltedRun { mode, because } => {
                write!(f, "The latest {mode} run was halted: {because}. Mend it, then `entra-zenqms sync`.")
            }
            Self::ParkedPeople { people } => {
                write!(
                    f,
                    "{} parked: `entra-zenqms parked list` says why.",
                    counted(*people as u64, "person is", "people are")
                )
            }
            Self::HeldPeople { people } => write!(
                f,
                "{} to lose something, and it waits for approval: `entra-zenqms held` shows it.",
                counted(*people as u64, "person is", "people are")
            ),
            Self::DeadLetters { queue, messages } => {
                let (about, entry) = queue.given_up().unwrap_or_default();
                let messages = counted(*messages, "message", "messages");
                write!(f, "{messages} about {about} given up: docs/runbook.md, {entry}.")
            }
            Self::FailedCleanup { accounts } => write!(
                f,
                "The cleanup could not clear {}: mend what its log says, then delete the stack again.",
                counted(*accounts, "account", "accounts")
            ),
        }
    }
}

impl Run {
    pub(crate) fn of(record: RunRecord, now: Timestamp) -> Self {
        let state = match record.state {
            RunState::Running { .. } if record.is_leased(now) => State::Running,
            RunState::Running { .. } => State::Interrupted,
            RunState::Complete => State::Complete,
            RunState::Halted { .. } => State::Halted,
        };
        Self {
            id: record.id.to_string(),
            state,
            counts: record.tally.counts(),
            skipped_by_reason: record.tally.skipped_by_reason(),
            failed_by_reason: record.tally.failed_by_reason().clone(),
            halted_because: match record.state {
                RunState::Halted { because } => Some(because),
                RunState::Running { .. } | RunState::Complete => None,
            },
            began: record.began,
            saved: record.saved,
        }
    }
}

impl Subscription {
    pub(crate) fn of(record: &SubscriptionRecord, now: Timestamp) -> Self {
        let is_live = record.id.is_some() && now < record.expires;
        Self { watched: record.watched, id: record.id, expires: record.expires, is_live }
    }
}

impl Cleanup {
    pub(crate) fn of(record: &CleanupRecord) -> Self {
        Self {
            state: record.state,
            cleared: record.cleared,
            looked_at: record.pass.entries,
            in_doubt: record.pass.in_doubt,
            failed: record.pass.failed,
        }
    }
}

impl Status {
    /// A sweep puts whoever has changed on the queues, so once these are empty, what changed before it has been looked at.
    pub(crate) fn in_step(&self) -> Option<Timestamp> {
        let is_idle = [QueueName::Users, QueueName::Groups, QueueName::Runs]
            .iter()
            .all(|queue| self.queues.get(queue).is_none_or(|messages| messages.all() == 0));
        let is_compared =
            [&self.full, &self.applied, &self.comparison].into_iter().flatten().all(|run| run.state == State::Complete);
        self.last_sweep.filter(|_| is_idle && is_compared && self.waiting_since.is_none())
    }

    /// Whether nothing is written before the operator has approved a plan, and none is being carried out.
    pub(crate) fn waits_for_plan(&self) -> bool {
        let is_begun = self.applied.as_ref().is_some_and(|run| run.state != State::Halted);
        self.waiting_since.is_some() && !is_begun
    }

    /// What of this waits for the operator. Once the integration is being removed, nobody waits for a run or a person any more.
    pub(crate) fn waiting(&self) -> Vec<Waits> {
        let mut waits = Vec::new();
        if self.removal.is_none() {
            if self.waits_for_plan() {
                waits.push(Waits::FirstPlan);
            }
            let runs = [(Mode::Full, &self.full), (Mode::Apply, &self.applied), (Mode::Sweep, &self.comparison)];
            waits.extend(runs.into_iter().filter_map(|(mode, run)| {
                let because = run.as_ref()?.halted_because.as_ref()?;
                Some(Waits::HaltedRun { mode, because: because.trim_end_matches('.').to_owned() })
            }));
            if self.parked > 0 {
                waits.push(Waits::ParkedPeople { people: self.parked });
            }
            if self.held > 0 {
                waits.push(Waits::HeldPeople { people: self.held });
            }
        }
        let dead = self.queues.iter().filter(|(queue, messages)| queue.given_up().is_some() && messages.all() > 0);
        waits.extend(dead.map(|(&queue, messages)| Waits::DeadLetters { queue, messages: messages.all() }));
        let cleanup = self.removal.as_ref().and_then(|removal| removal.cleanup.as_ref());
        if let Some(cleanup) = cleanup.filter(|cleanup| cleanup.state == CleanupState::Failed) {
            waits.push(Waits::FailedCleanup { accounts: cleanup.failed });
        }
        waits
    }
}
