//! The subscriptions that the app has in Graph.

use std::fmt;

use jiff::Timestamp;
use uuid::Uuid;

use crate::change::{Touch, What};

/// A subscription to changes of people or groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// Its id.
    pub id: Uuid,
    /// What it is to, as Graph writes it: `Users`, `Groups`, `Groups/{id}`.
    pub resource: String,
    /// The kinds of changes, as they were asked for.
    pub change_type: String,
    /// Where notifications go.
    pub notification_url: String,
    /// Where lifecycle notifications go, if elsewhere.
    pub lifecycle_notification_url: Option<String>,
    /// The secret that notifications carry.
    pub client_state: Option<String>,
    /// When it ends.
    pub expires: Timestamp,
    pub(crate) tls: String,
    pub(crate) target: Target,
    pub(crate) kinds: ChangeKinds,
}

/// Whose changes a subscription is to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Users,
    User(Uuid),
    Groups,
    Group(Uuid),
}

/// Which kinds of changes a subscription is to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ChangeKinds {
    pub(crate) updated: bool,
    pub(crate) deleted: bool,
}

/// All of them, in the order in which they were made.
#[derive(Debug, Default)]
pub(crate) struct Subscriptions {
    all: Vec<Subscription>,
}

impl Subscriptions {
    /// Those that have not lapsed.
    pub(crate) fn live(&self, now: Timestamp) -> impl Iterator<Item = &Subscription> {
        self.all.iter().filter(move |one| now < one.expires)
    }

    pub(crate) fn get(&self, id: Uuid, now: Timestamp) -> Option<&Subscription> {
        self.live(now).find(|one| one.id == id)
    }

    pub(crate) fn get_mut(&mut self, id: Uuid, now: Timestamp) -> Option<&mut Subscription> {
        self.all.iter_mut().find(|one| one.id == id && now < one.expires)
    }

    /// Adds one, and forgets those that have lapsed.
    pub(crate) fn add(&mut self, subscription: Subscription, now: Timestamp) {
        self.all.retain(|one| now < one.expires);
        self.all.push(subscription);
    }

    /// Forgets one; `false` if there is none with this id.
    pub(crate) fn remove(&mut self, id: Uuid, now: Timestamp) -> bool {
        let was_there = self.get(id, now).is_some();
        self.all.retain(|one| one.id != id);
        was_there
    }
}

impl Target {
    /// The target behind the name of a resource, as callers write it.
    pub(crate) fn of(resource: &str) -> Option<Self> {
        let resource = resource.trim_start_matches('/').to_ascii_lowercase();
        match resource.split_once('/') {
            None if resource == "users" => Some(Self::Users),
            None if resource == "groups" => Some(Self::Groups),
            Some(("users", id)) => id.parse().ok().map(Self::User),
            Some(("groups", id)) => id.parse().ok().map(Self::Group),
            _ => None,
        }
    }

    pub(crate) const fn is_of_users(self) -> bool {
        matches!(self, Self::Users | Self::User(_))
    }

    fn covers(self, what: What) -> bool {
        match (self, what) {
            (Self::Users, What::Person(..)) | (Self::Groups, What::Group(..) | What::Membership { .. }) => true,
            (Self::User(own), What::Person(id, _))
            | (Self::Group(own), What::Group(id, _) | What::Membership { group: id, .. }) => own == id,
            _ => false,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Users => f.write_str("Users"),
            Self::User(id) => write!(f, "Users/{id}"),
            Self::Groups => f.write_str("Groups"),
            Self::Group(id) => write!(f, "Groups/{id}"),
        }
    }
}

impl Subscription {
    /// Whether its subscriber is told of this change.
    pub(crate) fn wants(&self, what: What) -> bool {
        let is_purge = matches!(what, What::Person(_, Touch::Purged) | What::Group(_, Touch::Purged));
        let is_kind = if is_purge { self.kinds.deleted } else { self.kinds.updated };
        is_kind && self.target.covers(what)
    }
}
