//! Two questions to the directory, asked only where a plan needs the answer. Whoever gets none is left out of just that: a
//! leaver is deactivated all the same.

use std::collections::BTreeSet;

use crate::apply::Subject;
use crate::domain::{Account, Email, GroupId, Mapping, Outside};
use crate::failure::Failure;
use crate::guard::{Asked, HeldPerson, Keeping, Withdrawal};
use crate::plan::{Candidates, Policy, ProfileAction, Reason, UserPlan};
use crate::ports::{AccountsFind, DirectoryAddresses, DirectoryGroups};

/// A person with his plan.
pub(super) struct Planned {
    pub(super) subject: Subject,
    pub(super) found: Candidates,
    pub(super) plan: UserPlan,
    /// Why something of it was left out, and has to be planned another time.
    pub(super) left_out: Option<Failure>,
    /// What was kept back of him before.
    pub(super) held: Option<HeldPerson>,
    /// What of that is kept back from now on.
    pub(super) keeping: Keeping,
}

impl Planned {
    pub(super) fn new(subject: Subject, found: Candidates, mapping: &Mapping, policy: Policy) -> Self {
        let plan = subject.plan(found.clone(), mapping, policy);
        Self { subject, found, plan, left_out: None, held: None, keeping: Keeping::default() }
    }

    fn plan_anew(&mut self, mapping: &Mapping, policy: Policy) {
        self.plan = self.subject.plan(self.found.clone(), mapping, policy);
    }

    /// The account that the plan is for, as it was found.
    pub(super) fn account(&self) -> Option<&Account> {
        let Candidates { by_external_id, by_email, .. } = &self.found;
        by_external_id.iter().chain(by_email).find(|account| Some(&account.id) == self.plan.account.as_ref())
    }

    /// What he is to lose, and what was said about it before.
    pub(super) fn asked(&self, mapping: &Mapping) -> Option<Asked> {
        let withdrawal = Withdrawal::of(&self.plan)?;
        Some(Asked::new(withdrawal, self.held.clone(), self.account(), mapping))
    }

    /// The address that the account is to take on.
    fn address(&self) -> Option<&Email> {
        match self.plan.profile.action.as_ref()? {
            action @ (ProfileAction::Create(_) | ProfileAction::Update { .. }) => action.new_email(),
            ProfileAction::Link { .. } => self.subject.email(),
        }
    }

    fn leave_address_out(&mut self, failure: Failure) {
        self.left_out = Some(failure);
        match &mut self.plan.profile.action {
            Some(ProfileAction::Update { patch, .. }) => {
                patch.changes.email = None;
                if patch.changes.is_empty() {
                    self.plan.profile.action = None;
                }
            }
            action => {
                // Without the account there are no roles to give either.
                *action = None;
                self.plan.account = None;
                self.plan.roles.add.clear();
                self.plan.roles.remove.clear();
            }
        }
    }

    /// Whether he is outside the scope because he is in none of its groups.
    fn is_outside_by_groups(&self) -> bool {
        self.plan.profile.reasons.contains(&Reason::OutOfScope(Outside::Groups))
    }

    /// Whether the account is to be taken out of use for no other reason.
    fn leaves_by_groups(&self) -> bool {
        self.is_outside_by_groups() && !self.subject.is_disabled() && self.plan.profile.action.is_some()
    }

    /// Leaves out what is taken because of groups of which it is not known whether they are there.
    fn leave_losses_out(&mut self, failure: Failure) {
        self.left_out = Some(failure);
        self.plan.roles.remove.clear();
        if self.leaves_by_groups() {
            self.plan.profile.action = None;
        }
    }
}

/// Whoever takes on an address must be the only one in the directory who carries it.
pub(super) async fn ask_after_rivals(
    directory: &impl DirectoryAddresses,
    accounts: &impl AccountsFind,
    planned: &mut [Planned],
    mapping: &Mapping,
    policy: Policy,
) {
    let mut takers: Vec<&mut Planned> = planned.iter_mut().filter(|planned| planned.address().is_some()).collect();
    let addresses: Vec<Email> = takers.iter().filter_map(|taker| taker.address().cloned()).collect();
    if addresses.is_empty() {
        return;
    }
    let answers = match directory.holders(&addresses).await {
        Ok(answers) => answers,
        Err(failure) => addresses.iter().map(|_| Err(failure.clone())).collect(),
    };
    for ((taker, address), answer) in takers.iter_mut().zip(&addresses).zip(answers) {
        let rivals = answer.map(|mut holders| {
            holders.retain(|&holder| holder != taker.subject.id());
            // As a run has them.
            holders.sort_unstable();
            holders
        });
        match rivals {
            Ok(rivals) if rivals.is_empty() => {}
            Ok(rivals) => match accounts.by_email(address).await {
                // Of somebody whose account was known nobody has looked yet whether another account holds the address, and that is
                // the first thing to be said: a run, which has seen all accounts, says it as well.
                Ok(by_email) => {
                    let by_external_id = std::mem::take(&mut taker.found.by_external_id);
                    taker.found = Candidates::of(taker.subject.id(), by_external_id, by_email);
                    taker.subject.note_rivals(rivals);
                    taker.plan_anew(mapping, policy);
                }
                Err(failure) => taker.leave_address_out(failure),
            },
            Err(failure) => taker.leave_address_out(failure),
        }
    }
}

/// A role is taken only if the groups that give it are there, and somebody is outside because of the scope's groups only if those
/// are: of a deleted one Graph says of everybody that he is not in it, and that is no answer (rule 8).
pub(super) async fn ask_after_groups(
    directory: &impl DirectoryGroups,
    planned: &mut [Planned],
    mapping: &Mapping,
    policy: Policy,
) {
    let is_to_lose = |planned: &&mut Planned| !planned.plan.roles.remove.is_empty() || planned.is_outside_by_groups();
    let mut losers: Vec<&mut Planned> = planned.iter_mut().filter(is_to_lose).collect();
    let taken = losers.iter().flat_map(|loser| &loser.plan.roles.remove);
    let mut groups: BTreeSet<GroupId> = taken.flat_map(|role| mapping.groups_giving(role)).collect();
    if losers.iter().any(|loser| loser.is_outside_by_groups()) {
        groups.extend(&mapping.scope().groups);
    }
    if groups.is_empty() {
        return;
    }
    let groups: Vec<GroupId> = groups.into_iter().collect();
    let existing = directory.existing(&groups).await;
    for loser in &mut losers {
        match &existing {
            Ok(existing) => {
                let missing: BTreeSet<GroupId> =
                    groups.iter().copied().filter(|group| !existing.contains(group)).collect();
                if !missing.is_empty() {
                    loser.subject.note_unread(&missing);
                    let left_out = loser.left_out.take();
                    loser.plan_anew(mapping, policy);
                    if let Some(failure) = left_out {
                        loser.leave_address_out(failure);
                    }
                }
            }
            Err(failure) => loser.leave_losses_out(failure.clone()),
        }
    }
}
