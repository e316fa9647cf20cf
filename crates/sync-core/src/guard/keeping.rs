use jiff::Timestamp;

use crate::plan::{HeldBecause, UserPlan};
use crate::run::RunId;

use super::{HeldPerson, Kind, Ruling, Verdict, Withdrawal};

/// What a look could see of a person: a look at somebody's roles alone says nothing about his account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Whether the account is to stay in use.
    pub account: bool,
    /// Which roles are to stay.
    pub roles: bool,
    /// The directory has deleted him.
    pub gone: bool,
}

impl Seen {
    /// All of somebody who is there.
    pub const WHOLE: Self = Self { account: true, roles: true, gone: false };

    const fn has(self, kind: Kind) -> bool {
        match kind {
            Kind::Deactivation => self.account,
            Kind::RoleLoss => self.roles,
        }
    }
}

/// What becomes of a person's record of what is kept back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keeping {
    /// What is kept back from now on, before anything is written. `None`: nothing new.
    pub before: Option<HeldPerson>,
    /// What is still kept back once the plan is carried out. `None`: nothing.
    pub after: Option<HeldPerson>,
}

/// Takes out of a plan what the guard keeps back, and says what is to be kept on record.
pub fn keep(
    plan: &mut UserPlan,
    ruling: Option<Ruling>,
    held: Option<&HeldPerson>,
    seen: Seen,
    (by, now): (&RunId, Timestamp),
) -> Keeping {
    let asked = Withdrawal::of(plan);
    let mut kept = Vec::new();
    let mut because = None;
    let mut undone = Vec::new();
    if let (Some(asked), Some(ruling)) = (&asked, ruling) {
        for kind in asked.kinds() {
            match ruling.of(kind) {
                Verdict::Granted => {}
                Verdict::Approved => undone.push(kind),
                Verdict::KeptBack(why) => {
                    plan.keep_back(kind, why);
                    if why.waits() {
                        kept.push(kind);
                        // Whoever approves it is to be told of the holders, whatever else there is to say.
                        if why == HeldBecause::TooFewHolders || because.is_none() {
                            because = Some(why);
                        }
                    }
                }
            }
        }
    }
    let unseen: Vec<Kind> = Kind::ALL.into_iter().filter(|&kind| !seen.has(kind)).collect();
    let stays = held.map(|held| held.withdrawal.clone().only(&unseen)).filter(|stays| !stays.is_empty());
    let record = |kinds: &[Kind]| {
        let withdrawal = match (asked.clone().map(|asked| asked.only(kinds)).filter(|one| !one.is_empty()), &stays) {
            (Some(asked), Some(stays)) => asked.with(stays),
            (Some(asked), None) => asked,
            (None, stays) => stays.clone()?,
        };
        let is_told = |held: &HeldPerson| {
            because != Some(HeldBecause::TooFewHolders) || held.because == HeldBecause::TooFewHolders
        };
        match held {
            Some(held) if held.withdrawal == withdrawal && held.gone == seen.gone && is_told(held) => {
                Some(held.clone())
            }
            _ => Some(HeldPerson {
                withdrawal,
                // That it waits is no reason of its own.
                because: because
                    .filter(|&because| because != HeldBecause::AwaitsApproval)
                    .or(held.map(|held| held.because))
                    .unwrap_or(HeldBecause::AwaitsApproval),
                since: held.map_or(now, |held| held.since),
                by: by.clone(),
                gone: seen.gone,
                approval: None,
            }),
        }
    };
    if let Some(held) = held.filter(|held| held.is_approved(now)) {
        // An approval stands until all of it was done. What else is kept back is put on record with the look that does the rest.
        // Unless it is kept back for a reason that was not shown.
        let is_new = because == Some(HeldBecause::TooFewHolders);
        let after = if stays.is_some() && !is_new { Some(held.clone()) } else { record(&kept) };
        return Keeping { before: None, after };
    }
    let after = record(&kept);
    let before = if kept.is_empty() { None } else { record(&[kept, undone].concat()) };
    Keeping { before: before.filter(|before| held != Some(before)), after }
}
