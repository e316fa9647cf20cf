use crate::apply::Written;
use crate::domain::DirectoryUserId;
use crate::plan::{ProfileAction, UserPlan};

/// What is about to be written for a person. Kept in the ledger before the writing, so that after a crash it is known
/// which links were made by this integration, and what to count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// The person.
    pub user: DirectoryUserId,
    /// What is to become of the profile.
    pub profile: Option<Written>,
    /// How many roles are to be given.
    pub roles_to_add: u16,
    /// How many roles are to be taken.
    pub roles_to_remove: u16,
}

/// Stored intents that cannot be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("stored intents have {0} bytes, or a kind unknown to this version")]
pub struct IntentError(usize);

impl Intent {
    /// The bytes of one stored intent: id 16, kind 1, roles to add 2, roles to remove 2.
    const SIZE: usize = 21;

    /// What a plan announces.
    #[must_use]
    pub fn of(plan: &UserPlan) -> Self {
        Self {
            user: plan.user,
            profile: plan.profile.action.as_ref().map(ProfileAction::outcome),
            roles_to_add: u16::try_from(plan.roles.add.len()).unwrap_or(u16::MAX),
            roles_to_remove: u16::try_from(plan.roles.remove.len()).unwrap_or(u16::MAX),
        }
    }

    /// Packs intents for the ledger: a batch of 500 takes 10.5 kB, that is eleven DynamoDB write units.
    #[must_use]
    pub fn pack(intents: &[Self]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(intents.len() * Self::SIZE);
        for intent in intents {
            bytes.extend(intent.user.to_bytes());
            bytes.push(match intent.profile {
                None => 0,
                Some(Written::Created) => 1,
                Some(Written::Linked) => 2,
                Some(Written::Updated) => 3,
                Some(Written::Deactivated) => 4,
            });
            bytes.extend(intent.roles_to_add.to_le_bytes());
            bytes.extend(intent.roles_to_remove.to_le_bytes());
        }
        bytes
    }

    /// The inverse of [`Self::pack`].
    ///
    /// # Errors
    /// When the bytes are not such.
    pub fn unpack(bytes: &[u8]) -> Result<Vec<Self>, IntentError> {
        let (records, rest) = bytes.as_chunks::<{ Self::SIZE }>();
        if !rest.is_empty() {
            return Err(IntentError(bytes.len()));
        }
        records.iter().map(|record| Self::unpack_one(*record).ok_or(IntentError(bytes.len()))).collect()
    }

    fn unpack_one(record: [u8; Self::SIZE]) -> Option<Self> {
        let (user, rest) = record.split_first_chunk::<16>()?;
        let (&[kind], rest) = rest.split_first_chunk::<1>()?;
        let (&to_add, rest) = rest.split_first_chunk::<2>()?;
        let (&to_remove, _) = rest.split_first_chunk::<2>()?;
        Some(Self {
            user: DirectoryUserId::from_bytes(*user),
            profile: match kind {
                0 => None,
                1 => Some(Written::Created),
                2 => Some(Written::Linked),
                3 => Some(Written::Updated),
                4 => Some(Written::Deactivated),
                _ => return None,
            },
            roles_to_add: u16::from_le_bytes(to_add),
            roles_to_remove: u16::from_le_bytes(to_remove),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intents_survive_storage() {
        let kinds =
            [None, Some(Written::Created), Some(Written::Linked), Some(Written::Updated), Some(Written::Deactivated)];
        let intents: Vec<Intent> = (0_u16..)
            .zip(kinds)
            .map(|(n, profile)| Intent {
                user: DirectoryUserId::from_bytes([7; 16]),
                profile,
                roles_to_add: n,
                roles_to_remove: 300 * n,
            })
            .collect();
        assert_eq!(Intent::unpack(&Intent::pack(&intents)).unwrap(), intents);
        assert_eq!(Intent::unpack(&[]).unwrap(), []);
    }

    #[test]
    fn damaged_intents_are_refused() {
        assert_eq!(Intent::unpack(&[0; 20]), Err(IntentError(20)));
        assert_eq!(Intent::unpack(&[9; 21]), Err(IntentError(21)));
    }
}
