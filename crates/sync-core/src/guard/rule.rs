use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::{Account, Mapping, RoleId};
use crate::plan::HeldBecause;

use super::holders::{Holders, counts_for};
use super::{HeldPerson, Kind, Limit, Limits, Window, Withdrawal};

/// What somebody is to lose, and what was said about it before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// What.
    pub withdrawal: Withdrawal,
    /// What is kept back of the person's already.
    pub held: Option<HeldPerson>,
    /// The roles that must keep holders of which he is one.
    pub counts_for: BTreeSet<RoleId>,
}

impl Asked {
    /// What somebody is to lose whose account is this.
    #[must_use]
    pub fn new(withdrawal: Withdrawal, held: Option<HeldPerson>, account: Option<&Account>, mapping: &Mapping) -> Self {
        Self { counts_for: counts_for(account, mapping), withdrawal, held }
    }

    /// The roles that must keep holders which a kind of this takes from him.
    fn gives_up(&self, kind: Kind) -> impl Iterator<Item = &RoleId> {
        // Whoever cannot use his account holds no role.
        let is_taken = move |role: &&RoleId| match kind {
            Kind::Deactivation => self.withdrawal.deactivates,
            Kind::RoleLoss => self.withdrawal.roles.contains(role),
        };
        self.counts_for.iter().filter(is_taken)
    }

    /// Whether he is one holder less of this role.
    pub(super) fn gives_up_any(&self, role: &RoleId) -> bool {
        Kind::ALL.into_iter().any(|kind| self.gives_up(kind).any(|given_up| given_up == role))
    }
}

/// On whose behalf is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// People who changed one by one: each is granted what he asks while the day's limit lasts.
    Flow,
    /// A comparison of everybody: all of a kind, or nothing of it.
    Run {
        /// When it began.
        began: Timestamp,
        /// What it saw of the directory.
        directory: Directory,
        /// What it has refused already: some of it may be on record, and the rest is not to be granted for being less.
        refused: KindsRefused,
    },
}

/// Which kinds a run has refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KindsRefused {
    /// Accounts.
    pub deactivations: bool,
    /// Roles.
    pub role_losses: bool,
}

impl KindsRefused {
    /// Whether this kind.
    #[must_use]
    pub const fn has(self, kind: Kind) -> bool {
        match kind {
            Kind::Deactivation => self.deactivations,
            Kind::RoleLoss => self.role_losses,
        }
    }

    /// From now on, this kind as well.
    pub const fn add(&mut self, kind: Kind) {
        match kind {
            Kind::Deactivation => self.deactivations = true,
            Kind::RoleLoss => self.role_losses = true,
        }
    }
}

/// How much of the directory a run saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Directory {
    /// Linked accounts, in use or not.
    pub linked: u64,
    /// Linked accounts in use.
    pub in_use: u64,
    /// Those of them whose person no listing showed.
    pub unseen: u64,
}

impl Directory {
    /// Below so many people a share means nothing.
    const FEW: u64 = 10;

    /// Whether the directory has become so much smaller that it is not to be believed: less than half of it is there.
    #[must_use]
    pub const fn has_shrunk(&self) -> bool {
        self.unseen > Self::FEW && self.unseen.saturating_mul(2) > self.in_use
    }
}

/// What becomes of one kind of withdrawal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It goes on.
    Granted,
    /// It goes on, since somebody approved just that. It counts against no limit.
    Approved,
    /// It does not.
    KeptBack(HeldBecause),
}

/// What becomes of a withdrawal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ruling {
    /// The account.
    pub deactivation: Verdict,
    /// The roles.
    pub roles: Verdict,
}

impl Ruling {
    /// Of this kind.
    #[must_use]
    pub const fn of(&self, kind: Kind) -> Verdict {
        match kind {
            Kind::Deactivation => self.deactivation,
            Kind::RoleLoss => self.roles,
        }
    }

    /// Whether something of it could not be decided.
    #[must_use]
    pub fn is_unseen(self) -> bool {
        Kind::ALL.into_iter().any(|kind| self.of(kind) == Verdict::KeptBack(HeldBecause::Unseen))
    }

    const fn set(&mut self, kind: Kind, verdict: Verdict) {
        match kind {
            Kind::Deactivation => self.deactivation = verdict,
            Kind::RoleLoss => self.roles = verdict,
        }
    }
}

/// Decides what of `asked` goes on, and takes note of it in `window`: one ruling for each, in their order. A kind that a
/// withdrawal does not have is granted. Of a role that would have too few holders nobody loses anything who holds it; where it is
/// not told who does, nobody does until it is.
pub fn rule(
    asked: &[Asked],
    window: &mut Window,
    (limits, holders): (&Limits, &Holders),
    occasion: Occasion,
    now: Timestamp,
) -> Vec<Ruling> {
    window.forget(now);
    let lately = window.lately(now);
    let linked = match occasion {
        Occasion::Run { directory, .. } => directory.linked,
        Occasion::Flow => window.linked,
    };
    let mut rulings = vec![Ruling { deactivation: Verdict::Granted, roles: Verdict::Granted }; asked.len()];
    for kind in Kind::ALL {
        let short = |asked: &Asked| {
            if asked.gives_up(kind).any(|role| holders.is_scarce(role, &lately)) {
                return Some(HeldBecause::TooFewHolders);
            }
            asked.gives_up(kind).any(|role| holders.is_untold(role)).then_some(HeldBecause::Unseen)
        };
        let mut new = Vec::new();
        for (asked, ruling) in asked.iter().zip(&mut rulings).filter(|(asked, _)| asked.withdrawal.is(kind)) {
            match said_before(asked, kind, limits, occasion, now) {
                // Whoever approved it was told of the roles only where that was the reason.
                Some(Verdict::Approved) if !is_for_holders(asked) => {
                    ruling.set(kind, short(asked).map_or(Verdict::Approved, Verdict::KeptBack));
                }
                Some(verdict) => ruling.set(kind, verdict),
                None => new.push((asked, ruling)),
            }
        }
        let shrunk = matches!(occasion, Occasion::Run { directory, .. } if directory.has_shrunk());
        let refusal = match occasion {
            Occasion::Run { refused, .. } if refused.has(kind) => Some(HeldBecause::Limit),
            Occasion::Run { .. } if shrunk => Some(HeldBecause::DirectoryShrunk),
            Occasion::Run { began, .. } if !all_fit(&new, kind, window, limits, (began, now), linked) => {
                Some(HeldBecause::Limit)
            }
            Occasion::Run { .. } | Occasion::Flow => None,
        };
        let most = limits.per_day(kind).people(linked);
        let mut taken = window.since(kind, day_before(now));
        for (asked, ruling) in new {
            let user = asked.withdrawal.user;
            let fits = most.is_none_or(|most| taken.contains(&user) || (taken.len() as u64) < most);
            let verdict = match refusal {
                Some(because) => Verdict::KeptBack(because),
                None if !fits => Verdict::KeptBack(HeldBecause::Limit),
                None => short(asked).map_or(Verdict::Granted, Verdict::KeptBack),
            };
            // Where a day has no limit, its people are not counted: of any number the window would outgrow its item. Whoever holds a
            // role of which some are to stay is, as long as there is room.
            let is_counted = most.is_some() || (!asked.counts_for.is_empty() && taken.len() < Limit::MOST as usize);
            if verdict == Verdict::Granted && is_counted {
                window.note(kind, user, now);
                taken.insert(user);
            }
            ruling.set(kind, verdict);
        }
    }
    rulings
}

/// Whether it was kept back because a role would have too few holders.
fn is_for_holders(asked: &Asked) -> bool {
    asked.held.as_ref().is_some_and(|held| held.because == HeldBecause::TooFewHolders)
}

fn said_before(asked: &Asked, kind: Kind, limits: &Limits, occasion: Occasion, now: Timestamp) -> Option<Verdict> {
    let Asked { withdrawal, held, .. } = asked;
    if limits.protected.contains(withdrawal.user, &withdrawal.account) {
        return Some(Verdict::KeptBack(HeldBecause::Protected));
    }
    let held = held.as_ref().filter(|held| held.withdrawal.is(kind))?;
    // What was approved is on the user queue, and the user flow reads the person more closely than a run does.
    let approved =
        matches!(occasion, Occasion::Flow) && held.is_approved(now) && held.withdrawal.covers(withdrawal, kind);
    Some(if approved { Verdict::Approved } else { Verdict::KeptBack(HeldBecause::AwaitsApproval) })
}

/// Whether all of a run's people are within both limits.
fn all_fit(
    new: &[(&Asked, &mut Ruling)],
    kind: Kind,
    window: &Window,
    limits: &Limits,
    (began, now): (Timestamp, Timestamp),
    linked: u64,
) -> bool {
    let within = |limit: Limit, since: Timestamp| {
        let Some(most) = limit.people(linked) else { return true };
        let mut people = window.since(kind, since);
        people.extend(new.iter().map(|(asked, _)| asked.withdrawal.user));
        people.len() as u64 <= most
    };
    new.is_empty() || (within(limits.per_run(kind), began) && within(limits.per_day(kind), day_before(now)))
}

fn day_before(now: Timestamp) -> Timestamp {
    now.saturating_sub(Window::DAY).unwrap_or(Timestamp::UNIX_EPOCH)
}
