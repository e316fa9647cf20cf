//! The user queue's flow: a batch of messages in, those that have to come back out.
//!
//! A message says only whom to look at ([`UserWork`](sync_core::work::UserWork)). Several about the same person are one
//! look; one that an operator wants off the list of the parked is none ([`Wish`](sync_core::work::Wish)). What is not due yet
//! is hidden until it is; everything else ends as settled, parked, or as a new message for later, so that nobody's trouble
//! holds up what comes next for him.

mod drop;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use futures::future::join_all;
use sync_core::domain::{DirectoryUserId, Lens, Mapping};
use sync_core::evidence::{Author, SettingsHash};
use sync_core::guard::Limits;
use sync_core::look::{Look, Observer, Services, Whole};
use sync_core::plan::Policy;
use sync_core::ports::{
    AccountsFind, AccountsWrite, Allowances, Clock, DirectoryAddresses, DirectoryGroups, DirectoryLook,
    DirectoryPresence, Ending, Evidence, Exceptions, FreshIds, GroupMembers, Holds, Links, Marks, Nesting, Parked,
    ParkedDrop, People, Queue, RolesWrite, Visibility,
};
use sync_core::run::RunId;
use sync_core::work::{Delivered, MessageId, Opened, UserWork, open};

use crate::drop::{Drops, wanted};

/// How a flow is to work.
#[derive(Debug)]
pub struct Settings<'a, O> {
    /// Which groups give which roles.
    pub mapping: &'a Mapping,
    /// Whether nested groups count.
    pub nesting: Nesting,
    /// Whether people without an account get one.
    pub initial_sync: bool,
    /// What may be taken away without being asked.
    pub limits: &'a Limits,
    /// How people are seen; the directory shows them so, the evidence names it.
    pub lens: &'a Lens,
    /// Who wants to know.
    pub observer: &'a O,
}

/// What the ledger notes as the maker of a link, and the evidence as the writer.
const ACTOR: &str = "user-flow";

/// Handles a batch. Returns the messages that have to be handed out again: those not due yet, those of people whom the
/// ledger or the queue failed, and those that cannot be read.
pub async fn handle<D, A, L, Q, C, I, O>(
    batch: Vec<Delivered>,
    services: Services<'_, D, A, L, Q, C, I>,
    settings: &Settings<'_, O>,
) -> Vec<MessageId>
where
    D: DirectoryLook + DirectoryAddresses + DirectoryGroups + GroupMembers + DirectoryPresence,
    A: AccountsFind + AccountsWrite + RolesWrite,
    L: People + Parked + ParkedDrop + Links + Evidence + Allowances + Holds + Exceptions + Ending,
    Q: Queue + Visibility,
    C: Clock,
    I: FreshIds,
    O: Observer,
{
    let held_up = services.ledger.marks().await.map(Marks::held_up);
    let now = services.clock.now();
    let Opened { due, mut failed, dropped } =
        open(held_up, services.users, batch, UserWork::read, |work| work.not_before, now).await;
    settings.observer.dropped(dropped);

    let (drops, looks): (Vec<_>, Vec<_>) = due.into_iter().partition(|(work, _)| wanted(work).is_some());
    let (works, mut messages) = collapse(looks);
    let Settings { mapping, nesting, initial_sync, limits, lens, .. } = *settings;
    let by_settings = SettingsHash::of(mapping, nesting, initial_sync, limits, lens);
    let Services { accounts, ledger, users, clock, ids, .. } = services;
    let off = Drops { accounts, ledger, users, clock, ids };
    let look = Look {
        subjects: Whole(services.directory, settings.nesting),
        services,
        mapping: settings.mapping,
        nesting: settings.nesting,
        policy: Policy::change(settings.initial_sync),
        limits: settings.limits,
        observer: settings.observer,
        by: Author::new(RunId::from_stored(ACTOR.to_owned())).by(by_settings),
    };
    for (user, failure) in look.people(works).await.failed {
        tracing::warn!(%user, %failure, "a person comes back later");
        failed.extend(messages.remove(&user).unwrap_or_default());
    }
    // After the looks: of one person, a drop was sent after whatever came before it.
    let taking = drops.iter().map(async |(work, id)| Some((work.user, off.take_off(work).await.err()?, id)));
    for (user, failure, id) in join_all(taking).await.into_iter().flatten() {
        tracing::warn!(%user, %failure, "a person is not taken off the list of the parked yet");
        failed.push(id.clone());
    }
    failed
}

/// One piece of work for each person, and the messages that it answers.
fn collapse(due: Vec<(UserWork, MessageId)>) -> (Vec<UserWork>, BTreeMap<DirectoryUserId, Vec<MessageId>>) {
    let mut works: Vec<UserWork> = Vec::new();
    let mut messages: BTreeMap<DirectoryUserId, Vec<MessageId>> = BTreeMap::new();
    for (work, id) in due {
        match messages.entry(work.user) {
            Entry::Vacant(entry) => {
                entry.insert(vec![id]);
                works.push(work);
            }
            Entry::Occupied(mut entry) => {
                entry.get_mut().push(id);
                if let Some(first) = works.iter_mut().find(|first| first.user == work.user) {
                    first.merge(&work);
                }
            }
        }
    }
    (works, messages)
}
