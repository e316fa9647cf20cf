use super::{HeldBecause, Reason};

/// Whether a person is in line with the directory, by the reasons of his plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Compliance {
    /// He is, or is once the plan is carried out, or as soon as it is approved.
    InLine,
    /// He is not, and stays so until somebody mends what is wrong.
    Exception {
        /// The first reason's name. Stable.
        code: &'static str,
        /// All that stands in the way, in words; ids only.
        because: String,
    },
    /// This look could not tell.
    Untold,
}

impl Compliance {
    /// What these reasons come to.
    #[must_use]
    pub fn of(reasons: &[Reason]) -> Self {
        if reasons.iter().any(Reason::is_no_answer) {
            return Self::Untold;
        }
        let mut standing = reasons.iter().filter(|reason| reason.stands());
        let Some(first) = standing.next() else { return Self::InLine };
        let because = standing.fold(first.to_string(), |because, next| format!("{because}; {next}"));
        Self::Exception { code: first.code(), because }
    }
}

impl Reason {
    /// Whether it stays until somebody mends what is wrong, in the directory or in ZenQMS. Whom an initial sync that is OFF leaves
    /// without an account, and who is outside the scope, is left so by choice; what waits for approval is on a list of its own.
    pub(crate) const fn stands(&self) -> bool {
        match self {
            Self::MissingFields(_)
            | Self::EmailHeld { .. }
            | Self::SeveralAccounts(_)
            | Self::EmailSharedInDirectory(_)
            | Self::EnabledUnknown
            | Self::NotInDirectory
            | Self::Held(HeldBecause::Protected) => true,
            Self::Unchanged
            | Self::NotInZenqms
            | Self::LinkedAlready
            | Self::OutOfScope(_)
            | Self::ScopeUntold
            | Self::Unreadable
            | Self::ReadSince
            | Self::NotAsProposed
            | Self::Held(_) => false,
        }
    }

    /// Whether the person was not compared at all, or only by half.
    const fn is_no_answer(&self) -> bool {
        matches!(
            self,
            Self::LinkedAlready
                | Self::ScopeUntold
                | Self::Unreadable
                | Self::ReadSince
                | Self::NotAsProposed
                | Self::Held(HeldBecause::Later | HeldBecause::Unseen)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Field, FieldSet, Outside};

    fn missing(field: Field) -> Reason {
        Reason::MissingFields([field].into_iter().collect::<FieldSet>())
    }

    #[test]
    fn whatever_stands_in_the_way_is_said_and_the_first_of_it_gives_the_name() {
        let reasons = [missing(Field::Title), Reason::Unchanged, Reason::Held(HeldBecause::Protected)];
        let Compliance::Exception { code, because } = Compliance::of(&reasons) else { panic!("in line") };
        assert_eq!(code, "missing_jobTitle");
        assert_eq!(
            because,
            "the directory lacks jobTitle; the account stays in use: protected: nothing is taken from this person or account"
        );
    }

    #[test]
    fn what_is_wanted_or_waits_for_approval_is_no_exception() {
        for reason in [
            Reason::Unchanged,
            Reason::NotInZenqms,
            Reason::OutOfScope(Outside::Filter),
            Reason::Held(HeldBecause::AwaitsApproval),
        ] {
            assert_eq!(Compliance::of(&[reason]), Compliance::InLine);
        }
        assert_eq!(Compliance::of(&[]), Compliance::InLine);
    }

    #[test]
    fn a_look_that_saw_but_half_of_somebody_takes_nobody_off_the_list() {
        for reason in [Reason::LinkedAlready, Reason::ReadSince, Reason::ScopeUntold, Reason::Held(HeldBecause::Later)]
        {
            assert_eq!(Compliance::of(&[missing(Field::Title), reason]), Compliance::Untold);
        }
    }
}
