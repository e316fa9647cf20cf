use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use crate::domain::{AccountId, DirectoryUserId};

use super::{Kind, Withdrawal};

/// From how many people on something takes too much away: a number, or a share of the linked accounts, whichever is more.
/// The number is for small companies, where a share means nothing, the share for large ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Anything may be taken.
    None,
    /// So much.
    Of {
        /// People.
        people: u32,
        /// Hundredths of a per cent of the linked accounts.
        basis_points: u32,
    },
}

/// A text that is no limit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LimitError {
    /// It is not written as one.
    #[error("this is no limit; expected for example `20`, `20 or 2%` or `none`")]
    Malformed,
    /// Nobody can mean it.
    #[error("a limit has at most {} people and at most 100%", Limit::MOST)]
    TooLarge,
}

impl Limit {
    /// No limit is above so many people, whatever their share: the ledger keeps each of them for 24 hours in one item, and
    /// DynamoDB's items have 400 kB at most.
    pub const MOST: u32 = 8_000;

    /// How many people that is; `None`: any number.
    #[must_use]
    pub fn people(self, linked: u64) -> Option<u64> {
        match self {
            Self::None => None,
            Self::Of { people, basis_points } => {
                let share = linked.saturating_mul(basis_points.into()) / 10_000;
                Some(share.max(people.into()).min(Self::MOST.into()))
            }
        }
    }

    fn part(&mut self, text: &str) -> Result<(), LimitError> {
        let Self::Of { people, basis_points } = self else { return Err(LimitError::Malformed) };
        if let Some(percent) = text.strip_suffix('%') {
            let percent: f64 = percent.trim().parse().map_err(|_| LimitError::Malformed)?;
            if !(0.0..=100.0).contains(&percent) {
                return Err(LimitError::TooLarge);
            }
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 10,000")]
            let points = (percent * 100.0).round() as u32;
            *basis_points = points;
        } else {
            *people = text.parse().map_err(|_| LimitError::Malformed)?;
            if *people > Self::MOST {
                return Err(LimitError::TooLarge);
            }
        }
        Ok(())
    }
}

impl FromStr for Limit {
    type Err = LimitError;

    fn from_str(text: &str) -> Result<Self, LimitError> {
        let text = text.trim();
        if text == "none" {
            return Ok(Self::None);
        }
        let mut limit = Self::Of { people: 0, basis_points: 0 };
        match text.split_once(" or ") {
            // A share alone means nobody as long as nobody is linked.
            None if !text.contains('%') => limit.part(text)?,
            Some((people, share)) if !people.contains('%') && share.contains('%') => {
                limit.part(people.trim())?;
                limit.part(share.trim())?;
            }
            None | Some(_) => return Err(LimitError::Malformed),
        }
        Ok(limit)
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::None => f.write_str("none"),
            Self::Of { people, basis_points: 0 } => write!(f, "{people}"),
            Self::Of { people, basis_points } => write!(f, "{people} or {}%", f64::from(basis_points) / 100.0),
        }
    }
}

/// How much may be taken away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Accounts taken out of use by one run.
    pub deactivations_per_run: Limit,
    /// Accounts taken out of use in any 24 hours.
    pub deactivations_per_day: Limit,
    /// People who lose a role by one run.
    pub role_losses_per_run: Limit,
    /// People who lose a role in any 24 hours.
    pub role_losses_per_day: Limit,
    /// From whom nothing is taken.
    pub protected: Protected,
    /// Whether roles keep the holders that the mapping says they must.
    pub minimum_holders: bool,
}

impl Default for Limits {
    /// As the template has it.
    fn default() -> Self {
        let limit = |people, percent: u32| Limit::Of { people, basis_points: 100 * percent };
        Self {
            deactivations_per_run: limit(20, 2),
            deactivations_per_day: limit(40, 4),
            role_losses_per_run: limit(40, 5),
            role_losses_per_day: limit(80, 10),
            protected: Protected::default(),
            minimum_holders: true,
        }
    }
}

impl Limits {
    /// No limits, nor a minimum of holders; protected stays who is.
    #[must_use]
    pub const fn none(protected: Protected) -> Self {
        Self {
            deactivations_per_run: Limit::None,
            deactivations_per_day: Limit::None,
            role_losses_per_run: Limit::None,
            role_losses_per_day: Limit::None,
            protected,
            minimum_holders: false,
        }
    }

    /// What holds for one run.
    #[must_use]
    pub const fn per_run(&self, kind: Kind) -> Limit {
        match kind {
            Kind::Deactivation => self.deactivations_per_run,
            Kind::RoleLoss => self.role_losses_per_run,
        }
    }

    /// What holds for any 24 hours.
    #[must_use]
    pub const fn per_day(&self, kind: Kind) -> Limit {
        match kind {
            Kind::Deactivation => self.deactivations_per_day,
            Kind::RoleLoss => self.role_losses_per_day,
        }
    }

    /// Whether something of this withdrawal is limited.
    #[must_use]
    pub fn concern(&self, withdrawal: &Withdrawal) -> bool {
        Kind::ALL.into_iter().any(|kind| withdrawal.is(kind) && self.limits(kind))
            || self.protected.contains(withdrawal.user, &withdrawal.account)
    }

    /// Whether a kind has any limit.
    #[must_use]
    pub const fn limits(&self, kind: Kind) -> bool {
        !matches!((self.per_run(kind), self.per_day(kind)), (Limit::None, Limit::None))
    }
}

/// People and accounts from whom nothing is ever taken, approved or not: whoever has to get in when all else fails.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Protected(BTreeSet<String>);

impl Protected {
    /// Reads ids of directory users and of accounts, with commas, semicolons or blanks between them.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let ids = text.split(|c: char| c == ',' || c == ';' || c.is_whitespace()).filter(|id| !id.is_empty());
        // An object id may be written in several ways.
        let canonical =
            |id: &str| DirectoryUserId::parse(id).map_or_else(|_| id.to_ascii_lowercase(), |id| id.to_string());
        Self(ids.map(canonical).collect())
    }

    /// Whether this person, or this account, is one of them.
    #[must_use]
    pub fn contains(&self, user: DirectoryUserId, account: &AccountId) -> bool {
        !self.0.is_empty()
            && (self.0.contains(&user.to_string()) || self.0.contains(&account.to_string().to_ascii_lowercase()))
    }
}
