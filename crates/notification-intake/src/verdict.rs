//! Which notifications are genuine and ours, and what work they are.

use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use sync_core::work::KeeperWork;

use crate::delivery::{Item, Says};

/// A subscription of ours.
#[derive(Clone, Debug)]
pub struct KnownSubscription {
    /// Its id; `None` while it is being made. Its first notifications may come before Graph has answered what its id is.
    pub id: Option<Uuid>,
    /// The secret that Graph was given when it was made, and repeats in each of its notifications.
    pub client_state: SecretString,
}

/// What is done with a notification. All of them are answered 202: Graph would repeat any other for hours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is genuine: put it on the queue.
    Genuine(Says),
    /// It is genuine, and about the subscription: the keeper's affair.
    Keeper(KeeperWork),
    /// It is dropped and counted.
    Dropped(Why),
}

/// Why a notification is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// It names no subscription of ours.
    UnknownSubscription,
    /// Its clientState is missing or another than ours: it is forged, or from a subscription made before.
    WrongClientState,
    /// It is about another tenant.
    ForeignTenant,
    /// It is about neither a user nor a group, or about one without a readable id.
    NotOurs,
}

impl Why {
    /// The reason's name in metrics. Stable: alarms rely on it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::UnknownSubscription => "unknown_subscription",
            Self::WrongClientState => "wrong_client_state",
            Self::ForeignTenant => "foreign_tenant",
            Self::NotOurs => "not_a_user_or_group",
        }
    }
}

/// Judges a notification by what is known.
#[must_use]
pub fn judge(item: Item, tenant: Uuid, known: &[KnownSubscription]) -> Verdict {
    let Some(id) = item.subscription else {
        return Verdict::Dropped(Why::UnknownSubscription);
    };
    let named = known.iter().any(|known| known.id == Some(id));
    let may_be = |known: &&KnownSubscription| known.id.map_or(!named, |known| known == id);
    let proves =
        |known: &KnownSubscription| item.client_state.as_ref().is_some_and(|state| same(state, &known.client_state));
    if !known.iter().filter(may_be).any(proves) {
        return Verdict::Dropped(if named { Why::WrongClientState } else { Why::UnknownSubscription });
    }
    if item.tenant != Some(tenant) {
        return Verdict::Dropped(Why::ForeignTenant);
    }
    match item.says {
        Says::Lifecycle(event) => Verdict::Keeper(KeeperWork { subscription: id, event }),
        Says::Unknown => Verdict::Dropped(Why::NotOurs),
        says => Verdict::Genuine(says),
    }
}

/// Compares in a time that tells nothing of where two secrets differ.
fn same(one: &SecretString, other: &SecretString) -> bool {
    one.expose_secret().as_bytes().ct_eq(other.expose_secret().as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use sync_core::domain::DirectoryUserId;
    use sync_core::work::Lifecycle;

    use super::*;

    const TENANT: Uuid = Uuid::from_u128(1);
    const SUBSCRIPTION: Uuid = Uuid::from_u128(2);

    fn known() -> Vec<KnownSubscription> {
        vec![KnownSubscription { id: Some(SUBSCRIPTION), client_state: SecretString::from("ours") }]
    }

    fn says() -> Says {
        Says::User { user: DirectoryUserId::from(Uuid::from_u128(3)), deleted: false, change: None }
    }

    fn genuine() -> Item {
        Item {
            subscription: Some(SUBSCRIPTION),
            tenant: Some(TENANT),
            client_state: Some(SecretString::from("ours")),
            says: says(),
        }
    }

    #[test]
    fn a_genuine_notification_is_work() {
        assert_eq!(judge(genuine(), TENANT, &known()), Verdict::Genuine(says()));
    }

    #[test]
    fn a_lifecycle_event_goes_to_the_keeper() {
        let item = Item { says: Says::Lifecycle(Lifecycle::Missed), ..genuine() };
        let expected = Verdict::Keeper(KeeperWork { subscription: SUBSCRIPTION, event: Lifecycle::Missed });
        assert_eq!(judge(item, TENANT, &known()), expected);
    }

    #[test]
    fn a_subscription_that_is_being_made_is_known_by_its_secret_alone() {
        let making = [KnownSubscription { id: None, client_state: SecretString::from("ours") }];
        assert_eq!(judge(genuine(), TENANT, &making), Verdict::Genuine(says()));
        let forged = Item { client_state: Some(SecretString::from("theirs")), ..genuine() };
        assert_eq!(judge(forged, TENANT, &making), Verdict::Dropped(Why::UnknownSubscription));
        // Once its id is known, another one's secret proves nothing.
        let both = [known(), vec![KnownSubscription { id: None, client_state: SecretString::from("new") }]].concat();
        let mixed = Item { client_state: Some(SecretString::from("new")), ..genuine() };
        assert_eq!(judge(mixed, TENANT, &both), Verdict::Dropped(Why::WrongClientState));
    }

    #[test]
    fn what_is_forged_or_foreign_is_dropped_with_its_reason() {
        let state = |text: &str| Some(SecretString::from(text.to_owned()));
        for (item, why) in [
            (Item { subscription: None, ..genuine() }, Why::UnknownSubscription),
            (Item { subscription: Some(Uuid::from_u128(9)), ..genuine() }, Why::UnknownSubscription),
            (Item { client_state: None, ..genuine() }, Why::WrongClientState),
            (Item { client_state: state("theirs"), ..genuine() }, Why::WrongClientState),
            (Item { client_state: state("ours and more"), ..genuine() }, Why::WrongClientState),
            (Item { client_state: state(""), ..genuine() }, Why::WrongClientState),
            (Item { tenant: None, ..genuine() }, Why::ForeignTenant),
            (Item { tenant: Some(Uuid::from_u128(8)), ..genuine() }, Why::ForeignTenant),
            (Item { says: Says::Unknown, ..genuine() }, Why::NotOurs),
        ] {
            assert_eq!(judge(item, TENANT, &known()), Verdict::Dropped(why));
        }
    }
}
