//! The group queue's flow: who entered or left a group, and which roles follow from it.
//!
//! ```text
//! works ── groups that are neither mapped nor below a mapped one: dropped, without a call
//!       ├─ nobody is named: the delta listing knows who it was ([`sync_core::sweep`])
//!       ├─ a group entered or left: its people are meant, and the tree of groups is read anew
//!       └─ people ── look at their roles, twenty at a time; whoever has to wait goes to the user queue
//! ```

mod expand;
mod rest;
mod settings;
mod strangers;

pub use settings::{Services, Settings};

use std::collections::BTreeMap;

use expand::Expander;
use jiff::SignedDuration;
use sync_core::domain::DirectoryUserId;
use sync_core::evidence::{Author, SettingsHash};
use sync_core::look::{Look, Observer, OfGroups};
use sync_core::plan::Policy;
use sync_core::ports::{
    AccountsFind, AccountsWrite, Allowances, Clock, Comparisons, DeltaRecords, DirectoryAddresses, DirectoryChanges,
    DirectoryGroups, DirectoryLook, DirectoryMemberships, DirectoryNesting, DirectoryPresence, Ending, Evidence,
    Exceptions, FreshIds, GroupMembers, GroupTrees, Holds, Links, Marks, Parked, People, Queue, RolesWrite, Visibility,
};
use sync_core::run::RunId;
use sync_core::work::{Delivered, GroupWork, MessageId, Opened, UserWork, open};

/// What the ledger notes as the maker of a link, and the evidence as the writer; a change of roles makes none.
const ACTOR: &str = "group-flow";
/// People who are looked at together: where no more than twenty groups are mapped, one `$batch` answers for all of them.
const TOGETHER: usize = 20;
/// Whoever has not been looked at by then goes onto the queue again: the function has to end within its time, and a slow
/// service must not make a batch of many people never end.
const LONG_ENOUGH: SignedDuration = SignedDuration::from_mins(1);

/// Handles a batch. Returns the messages that have to be handed out again.
pub async fn handle<D, A, L, U, Q, C, I, O>(
    batch: Vec<Delivered>,
    services: Services<'_, D, A, L, U, Q, C, I>,
    settings: &Settings<'_, O>,
) -> Vec<MessageId>
where
    D: DirectoryLook
        + DirectoryMemberships
        + DirectoryNesting
        + DirectoryChanges
        + DirectoryAddresses
        + DirectoryGroups
        + GroupMembers
        + DirectoryPresence,
    A: AccountsFind + AccountsWrite + RolesWrite,
    L: People
        + Parked
        + Links
        + Evidence
        + Allowances
        + Holds
        + Exceptions
        + GroupTrees
        + DeltaRecords
        + Comparisons
        + Ending,
    U: Queue,
    Q: Queue + Visibility,
    C: Clock,
    I: FreshIds,
    O: Observer,
{
    let now = services.clock.now();
    let held_up = services.ledger.marks().await.map(Marks::held_up);
    let Opened { due, mut failed, dropped } =
        open(held_up, services.groups, batch, GroupWork::read, |work| work.not_before, now).await;
    settings.observer.dropped(dropped);

    let expander = Expander::new(&services, settings);
    let mut people: BTreeMap<DirectoryUserId, Concerned> = BTreeMap::new();
    for (work, id) in due {
        match expander.expand(&work, now).await {
            Ok(concerned) => {
                for user in concerned {
                    let concerned = people.entry(user).or_insert_with(|| Concerned {
                        work: UserWork::new(user, work.why, work.since),
                        by: work.clone(),
                        messages: Vec::new(),
                    });
                    concerned.messages.push(id.clone());
                }
            }
            Err(failure) => {
                tracing::warn!(group = %work.group, %failure, "a group comes back later");
                failed.extend(expander.put_off(&work, id, now).await);
            }
        }
    }
    if people.is_empty() {
        return failed;
    }

    let groups = services.groups;
    let Settings { mapping, nesting, initial_sync, limits, lens, .. } = *settings;
    let by_settings = SettingsHash::of(mapping, nesting, initial_sync, limits, lens);
    let look = Look {
        // Of somebody who may be outside the scope his groups alone do not say what becomes of his roles, and they may say whether he
        // has an account at all.
        subjects: OfGroups { directory: services.directory, nesting, whole: !lens.takes_everybody(mapping.scope()) },
        mapping: settings.mapping,
        nesting: settings.nesting,
        policy: Policy::change(settings.initial_sync),
        limits: settings.limits,
        observer: settings.observer,
        by: Author::new(RunId::from_stored(ACTOR.to_owned())).by(by_settings),
        services: services.into_look(),
    };
    let works: Vec<UserWork> = people.values().map(|concerned| concerned.work.clone()).collect();
    let mut lost = Vec::new();
    let mut rest = works.as_slice();
    while let Some((together, others)) =
        rest.split_at_checked(TOGETHER.min(rest.len())).filter(|(now, _)| !now.is_empty())
    {
        rest = others;
        let unsettled = look.people(together.to_vec()).await;
        for (user, failure) in unsettled.failed {
            tracing::warn!(%user, %failure, "a person comes back later");
            failed.extend(people.remove(&user).map(|concerned| concerned.messages).unwrap_or_default());
        }
        lost.extend(unsettled.lost.into_iter().filter_map(|user| people.remove(&user)));
        if look.services.clock.now().duration_since(now) >= LONG_ENOUGH {
            break;
        }
    }
    let rest = rest.iter().filter_map(|work| people.remove(&work.user)).collect();
    failed.extend(rest::send(rest, groups, look.services.ids).await);
    failed.extend(strangers::follow(lost, &look.services, groups, now).await);
    failed.sort();
    failed.dedup();
    failed
}

/// A person whom a change of a group concerns.
struct Concerned {
    work: UserWork,
    by: GroupWork,
    messages: Vec<MessageId>,
}
