use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::apply::{Settled, Written};
use crate::plan::{HeldBecause, Reason, UserPlan};

use super::{Intent, Mode, RunId};

/// How many people were looked at, and what came of it. Every person is in exactly one of `created` to `failed`; roles
/// are counted one by one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Directory users looked at.
    pub seen: u64,
    /// Accounts created.
    pub created: u64,
    /// Accounts linked, by e-mail.
    pub linked: u64,
    /// Linked accounts whose fields changed.
    pub updated: u64,
    /// Linked accounts taken out of use.
    pub deactivated: u64,
    /// People of whom nothing differed.
    pub unchanged: u64,
    /// People left alone, for the reasons in `skipped_by_reason`.
    pub skipped: u64,
    /// People for whom a write failed.
    pub failed: u64,
    /// Roles given.
    pub roles_added: u64,
    /// Roles taken.
    pub roles_removed: u64,
}

/// The counting of a run. What was written counts once, over all attempts; what was read counts anew in each attempt,
/// because each attempt reads everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    created: u64,
    linked: u64,
    updated: u64,
    deactivated: u64,
    roles_added: u64,
    roles_removed: u64,
    seen: u64,
    skipped_by_reason: BTreeMap<String, u64>,
    failed_by_reason: BTreeMap<String, u64>,
    /// People who were written and failed nevertheless (an account created, its roles refused).
    written_but_failed: u64,
    /// People who were written although something was left out, by its reason. Later attempts find them skipped.
    written_in_part: BTreeMap<String, u64>,
    /// People taken out of use because the directory has deleted them. Later attempts do not look at them again.
    deleted: u64,
    /// People from whom something is kept back until it is approved.
    #[serde(default)]
    held: u64,
    /// Those of `written_in_part` whom this attempt finds skipped.
    found_in_part: BTreeMap<String, u64>,
}

impl Tally {
    /// Why an entry of a listing was skipped that has no id, or one that is none.
    const NAMELESS: &str = "without_id";

    /// Starts an attempt: forgets what was read, keeps what was written.
    pub fn begin_attempt(&mut self) {
        self.seen = self.deleted;
        self.skipped_by_reason.clear();
        self.failed_by_reason.clear();
        self.written_but_failed = 0;
        self.held = 0;
        self.found_in_part.clone_from(&self.written_in_part);
    }

    /// Counts one person.
    pub fn count(&mut self, settled: &Settled) {
        self.seen += 1;
        self.held += u64::from(settled.held_for().is_some_and(HeldBecause::waits));
        self.credit(settled.written, settled.roles_added, settled.roles_removed);
        self.deleted += u64::from(settled.deleted && settled.written.is_some());
        if let Some(failure) = &settled.failure {
            one_more(&mut self.failed_by_reason, failure.cause.code());
            self.written_but_failed += u64::from(settled.written.is_some());
        } else if let Some(reason) = settled.skipped_for() {
            let by_reason =
                if settled.written.is_some() { &mut self.written_in_part } else { &mut self.skipped_by_reason };
            one_more(by_reason, reason.code());
        }
    }

    /// Counts entries of a listing that name nobody.
    pub fn count_nameless(&mut self, entries: u64) {
        if entries > 0 {
            self.seen += entries;
            *self.skipped_by_reason.entry(Self::NAMELESS.to_owned()).or_default() += entries;
        }
    }

    /// Counts what an attempt that was cut off had announced and done: `plan` is what is still to do of it, for somebody
    /// whom the directory has `deleted` or not.
    pub fn credit_interrupted(&mut self, announced: &Intent, plan: &UserPlan, deleted: bool) {
        let remaining = Intent::of(plan);
        let written = if remaining.profile.is_none() { announced.profile } else { None };
        self.credit(
            written,
            u64::from(announced.roles_to_add.saturating_sub(remaining.roles_to_add)),
            u64::from(announced.roles_to_remove.saturating_sub(remaining.roles_to_remove)),
        );
        self.deleted += u64::from(deleted && written.is_some());
        if written.is_some()
            && let Some(reason) = plan.profile.reasons.iter().find(|reason| **reason != Reason::Unchanged)
        {
            one_more(&mut self.written_in_part, reason.code());
            one_more(&mut self.found_in_part, reason.code());
        }
    }

    fn credit(&mut self, written: Option<Written>, roles_added: u64, roles_removed: u64) {
        match written {
            Some(Written::Created) => self.created += 1,
            Some(Written::Linked) => self.linked += 1,
            Some(Written::Updated) => self.updated += 1,
            Some(Written::Deactivated) => self.deactivated += 1,
            None => {}
        }
        self.roles_added += roles_added;
        self.roles_removed += roles_removed;
    }

    /// Writes carried out so far.
    #[must_use]
    pub const fn written(&self) -> u64 {
        self.created + self.linked + self.updated + self.deactivated + self.roles_added + self.roles_removed
    }

    /// The counts as they are reported. `unchanged` is what remains: a person created by an earlier attempt is found
    /// unchanged by the next, and must not count twice.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let skipped = self.skipped_by_reason().values().sum();
        let failed = self.failed_by_reason.values().sum();
        let written = self.created + self.linked + self.updated + self.deactivated;
        Counts {
            seen: self.seen,
            created: self.created,
            linked: self.linked,
            updated: self.updated,
            deactivated: self.deactivated,
            unchanged: (self.seen + self.written_but_failed).saturating_sub(written + skipped + failed),
            skipped,
            failed,
            roles_added: self.roles_added,
            roles_removed: self.roles_removed,
        }
    }

    /// Why people were skipped: a reason's code and how many.
    #[must_use]
    pub fn skipped_by_reason(&self) -> BTreeMap<String, u64> {
        let left = |(reason, count): (&String, &u64)| {
            let written = self.found_in_part.get(reason).copied().unwrap_or_default();
            Some((reason.clone(), count.saturating_sub(written))).filter(|(_, count)| *count > 0)
        };
        self.skipped_by_reason.iter().filter_map(left).collect()
    }

    /// From how many people something is kept back until it is approved, whatever else was written for them.
    #[must_use]
    pub const fn held(&self) -> u64 {
        self.held
    }

    /// Why writes failed: a cause's code and how many.
    #[must_use]
    pub const fn failed_by_reason(&self) -> &BTreeMap<String, u64> {
        &self.failed_by_reason
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
const fn is_zero(number: &u64) -> bool {
    *number == 0
}

fn one_more(counts: &mut BTreeMap<String, u64>, code: &str) {
    *counts.entry(code.to_owned()).or_default() += 1;
}

/// The answer of a run to whoever started it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RunReport {
    /// The run's name.
    pub run_id: RunId,
    /// What it was for.
    pub mode: Mode,
    /// `complete`, `running` or `halted`.
    pub status: &'static str,
    /// Why it was halted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub halted_because: Option<String>,
    /// What came of it.
    pub counts: Counts,
    /// Why people were skipped.
    pub skipped_by_reason: BTreeMap<String, u64>,
    /// Why writes failed.
    pub failed_by_reason: BTreeMap<String, u64>,
    /// From how many people something is kept back until it is approved.
    #[serde(skip_serializing_if = "is_zero")]
    pub held: u64,
    /// Mapped groups whose members could not be read: nobody lost a role for them.
    pub groups_unread: Vec<crate::domain::GroupId>,
}
