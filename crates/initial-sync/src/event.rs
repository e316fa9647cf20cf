use sync_core::apply::Settled;
use sync_core::domain::GroupId;
use sync_core::run::RunId;

/// What a run is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Reading all accounts.
    Accounts,
    /// Reading the members of the mapped groups.
    Members,
    /// Listing the directory's users, and settling those who are linked.
    Users,
    /// Settling those who are to be matched, created or renamed.
    Claims,
    /// Asking after linked people whom the listing lacks.
    Absentees,
}

/// What a run reports while it is under way.
#[derive(Debug)]
pub enum Event<'a> {
    /// It begins, or goes on where another invocation stopped.
    Began {
        /// Which run.
        run: &'a RunId,
        /// Whether it was begun by another invocation.
        resumed: bool,
    },
    /// A stage begins; `expected` is how much there is to do, where that is known.
    Entered {
        /// The stage.
        stage: Stage,
        /// Accounts, groups or people.
        expected: Option<u64>,
    },
    /// So many more accounts, groups or people are done. [`Stage::Claims`] has none of these: there each person who is
    /// settled is one.
    Advanced {
        /// The stage.
        stage: Stage,
        /// How many.
        by: u64,
    },
    /// A group's members could not be read whole; nobody loses a role for it.
    GroupUnread {
        /// The group.
        group: GroupId,
        /// Why.
        why: &'a str,
    },
    /// A person was settled.
    Settled(&'a Settled),
    /// The directory's listing has to start again, because a page token expired.
    ListingRestarted,
    /// A sweep looks at nobody, since the first approved run is waited for.
    Waits,
    /// The first approved run is complete: from now on everything is followed.
    LeftOff,
}

/// Somebody who wants to know.
pub trait Observer: Sync {
    /// Is told.
    fn on(&self, event: &Event<'_>);
}

/// Nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {
    fn on(&self, _: &Event<'_>) {}
}
