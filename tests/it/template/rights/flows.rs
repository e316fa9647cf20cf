//! Everything that the intake and the flows do with the ledger and the queues.

use std::collections::BTreeSet;

use serde_json::json;
use simulator::{Fault, FaultKind, LifecycleEvent, Member, MembersHint, Person, Record, Route};
use sync_core::domain::{DirectoryUserId, GroupId, Operator, Scope};
use sync_core::guard::{Limit, Limits};
use sync_core::ports::{Claim, Clock, ExceptionList, Holds, People, Queue, TracesWrite};
use sync_core::work::{UserWork, Wish};
use uuid::Uuid;

use super::policy::Call;
use super::watch::{Watch, deliver};
use crate::laboratory::{self, group, person, roles_of, title_of};
use crate::live::Live;

pub(super) async fn intake() -> BTreeSet<Call> {
    let live = laboratory::live().await;
    let mut watch = Watch::new(&live.rig.store);
    live.rig.simulation.change(|editor| {
        editor.update_person(person(1), |ada| ada.job_title = Some("Director".into()));
        editor.add_member(group(1), Member::Person(person(4)));
    });
    for subscription in live.rig.simulation.subscriptions() {
        assert!(live.rig.simulation.send_lifecycle(subscription.id, LifecycleEvent::Missed));
    }
    watch.during(deliver(&live)).await;
    assert_eq!(live.left_behind().len(), 4);
    // A subscription that is not known may be a new one.
    let body = json!({ "value": [{ "subscriptionId": Uuid::from_u128(5), "clientState": "guessed" }] }).to_string();
    let answer = watch.during(live.host().intake("", body.as_bytes())).await;
    assert_eq!((answer.status, answer.taken.dropped.len()), (202, 1));
    watch.calls
}

pub(super) async fn work_on_users(watch: &mut Watch, live: &Live) {
    let host = live.host();
    watch.drain("UserQueue", |batch: Vec<Record>| async { host.users(batch).await }).await;
}

pub(super) async fn users() -> BTreeSet<Call> {
    let live = laboratory::live().await;
    let (simulation, ledger) = (&live.rig.simulation, &live.rig.store.ledger);
    let mut watch = Watch::new(&live.rig.store);
    // crates/user-flow/src/main.rs, for each batch.
    watch.during(ledger.mapping()).await.unwrap();

    // Somebody new is announced and linked. Ada is refused, and parked.
    simulation.faults().add(Fault::on(Route::AccountPatch).about("Director").kind(FaultKind::Status(422)));
    simulation.change(|editor| {
        editor.update_person(person(1), |ada| ada.job_title = Some("Director".into()));
        editor.add_person(Person::new(person(9), "Emmy", "Noether", "emmy@example.com", "Scientist"));
    });
    deliver(&live).await;
    work_on_users(&mut watch, &live).await;
    assert!(ledger.link(person(9).into()).await.unwrap().is_some());
    assert!(ledger.parked(person(1).into()).await.unwrap().is_some());

    // She is taken off the list, and changes once more, in vain as before.
    let now = simulation.clock().now();
    let by = Operator::new("arn:aws:iam::123456789012:user/ada");
    let wish = Wish::Drop { parked: ledger.parked(person(1).into()).await.unwrap().unwrap().at };
    let drop = UserWork::asked(person(1).into(), by, wish, now);
    live.rig.store.users.send(&[drop.message("drop")]).await.unwrap();
    work_on_users(&mut watch, &live).await;
    assert!(ledger.parked(person(1).into()).await.unwrap().is_none());
    simulation.faults().add(Fault::on(Route::AccountPatch).about("Director").kind(FaultKind::Status(422)));
    simulation.change(|editor| editor.update_person(person(1), |ada| ada.given_name = Some("Augusta".into())));
    deliver(&live).await;
    work_on_users(&mut watch, &live).await;
    assert!(ledger.parked(person(1).into()).await.unwrap().is_some());

    // What was refused is mended. Kurt wants Grace's address, and waits for her.
    simulation.change(|editor| {
        editor.update_person(person(1), |ada| ada.job_title = Some("Countess".into()));
        editor.update_person(person(4), |kurt| kurt.mail = Some("grace@example.com".into()));
    });
    deliver(&live).await;
    work_on_users(&mut watch, &live).await;
    assert_eq!(title_of(&live, person(1)), "Countess");
    assert!(ledger.parked(person(1).into()).await.unwrap().is_none());

    // She gives it up and he is woken. An older read of Alan is made good by a second look.
    simulation
        .faults()
        .add(Fault::on(Route::User).about(person(3).to_string()).kind(FaultKind::Stale(simulator::Age::Changes(1))));
    simulation.change(|editor| {
        editor.update_person(person(2), |grace| grace.mail = Some("hopper@example.com".into()));
        editor.update_person(person(3), |alan| alan.job_title = Some("Fellow".into()));
    });
    deliver(&live).await;
    work_on_users(&mut watch, &live).await;
    assert_eq!(title_of(&live, person(3)), "Fellow");
    let kurt =
        simulation.world(|world| world.accounts.by_email("grace@example.com").next().unwrap().external_id.clone());
    assert_eq!(kurt.as_deref(), Some(person(4).to_string().as_str()));

    // A flow that died announced a link; whoever comes next records it.
    link_unrecorded(&live, person(2).into()).await;
    simulation.change(|editor| editor.update_person(person(2), |grace| grace.job_title = Some("Admiral".into())));
    deliver(&live).await;
    work_on_users(&mut watch, &live).await;
    assert!(ledger.link(person(2).into()).await.unwrap().is_some());
    assert!(live.left_behind().is_empty());

    // One may be taken out of use. The other is kept back, until it turns out to have been a mistake.
    let live = with_limit(live, 1);
    let simulation = &live.rig.simulation;
    let enable = |people: &[u128], enabled| {
        simulation.change(|editor| {
            for &n in people {
                editor.update_person(person(n), |person| person.account_enabled = Some(enabled));
            }
        });
    };
    enable(&[2, 3], false);
    deliver(&live).await;
    work_on_users(&mut watch, &live).await;
    assert_eq!(live.rig.store.ledger.all_held().await.unwrap().len(), 1);
    enable(&[2, 3], true);
    deliver(&live).await;
    work_on_users(&mut watch, &live).await;
    assert_eq!(live.rig.store.ledger.all_held().await.unwrap(), []);

    // Where a group says who is synchronised, whoever enters or leaves it is looked at whole: Kurt, who lacks a title, is an
    // exception until he has one, and Alan is parked no more.
    let mut rig = live.rig;
    let groups = [group(1), group(2)].map(GroupId::from).into();
    rig.mapping = rig.mapping.clone().within(Scope { groups, ..Scope::default() });
    let live = Live::new(rig);
    let listed = async || live.rig.store.ledger.exceptions().await.unwrap().len();
    for (title, expected) in [(None, 1), (Some("Fellow"), 0)] {
        live.rig.simulation.change(|editor| {
            editor.update_person(person(4), |kurt| kurt.job_title = title.map(Into::into));
            editor.remove_member(group(1), Member::Person(person(4)));
            editor.add_member(group(1), Member::Person(person(4)));
            editor.remove_member(group(1), Member::Person(person(3)));
            editor.add_member(group(1), Member::Person(person(3)));
        });
        deliver(&live).await;
        work_on_groups(&mut watch, &live).await;
        assert_eq!(listed().await, expected);
    }
    assert!(live.rig.store.ledger.parked(person(3).into()).await.unwrap().is_none());
    watch.calls
}

/// From now on, so many people may lose something.
pub(super) fn with_limit(mut live: Live, people: u32) -> Live {
    let limit = Limit::Of { people, basis_points: 0 };
    live.rig.limits = Limits {
        deactivations_per_run: limit,
        deactivations_per_day: limit,
        role_losses_per_run: limit,
        role_losses_per_day: limit,
        ..Limits::default()
    };
    Live::new(live.rig)
}

/// Takes a link off the ledger, as if whoever made it had died between announcing and recording it.
async fn link_unrecorded(live: &Live, user: DirectoryUserId) {
    let ledger = &live.rig.store.ledger;
    let account = ledger.link(user).await.unwrap().unwrap().account;
    ledger.forget_link(user, &account).await.unwrap();
    announce_link(live, user).await;
}

/// Announces a link, long ago.
pub(super) async fn announce_link(live: &Live, user: DirectoryUserId) {
    let ledger = &live.rig.store.ledger;
    let claim = Claim::new(user, Uuid::from_u128(7), "2026-11-25T00:00:00Z".parse().unwrap());
    ledger.claim(&claim, None).await.unwrap();
    ledger.announce_link(&claim).await.unwrap();
}

pub(super) async fn work_on_groups(watch: &mut Watch, live: &Live) {
    let host = live.host();
    watch.drain("GroupQueue", |batch: Vec<Record>| async { host.groups(batch).await }).await;
}

pub(super) async fn groups() -> BTreeSet<Call> {
    let live = laboratory::live().await;
    let (simulation, ledger) = (&live.rig.simulation, &live.rig.store.ledger);
    let mut watch = Watch::new(&live.rig.store);
    // crates/group-flow/src/main.rs, for each batch.
    watch.during(ledger.mapping()).await.unwrap();

    // Alan enters; ZenQMS refuses his role, and he is parked. A group enters, and what stands below the mapped ones is read
    // anew; its people's role is refused for a reason that passes.
    simulation.faults().add(Fault::on(Route::RolesAdd).kind(FaultKind::Status(422)));
    simulation.change(|editor| editor.add_member(group(1), Member::Person(person(3))));
    deliver(&live).await;
    work_on_groups(&mut watch, &live).await;
    assert!(ledger.parked(person(3).into()).await.unwrap().is_some());
    simulation.faults().add(Fault::on(Route::RolesAdd).always().kind(FaultKind::Status(503)));
    simulation.change(|editor| editor.add_member(group(2), Member::Group(group(4))));
    deliver(&live).await;
    work_on_groups(&mut watch, &live).await;
    simulation.faults().clear();
    assert!(!live.rig.store.sqs.messages(&live.rig.store.urls.users).is_empty(), "people whose role is tried again");

    // A flow that died announced a link; whoever comes next records it.
    link_unrecorded(&live, person(2).into()).await;
    simulation.change(|editor| editor.remove_member(group(1), Member::Person(person(2))));
    deliver(&live).await;
    work_on_groups(&mut watch, &live).await;
    assert!(roles_of(&live, person(2)).is_empty() && ledger.link(person(2).into()).await.unwrap().is_some());

    // It is not said who: the delta listing is followed.
    simulation.behave(|behaviour| behaviour.graph.notifications.members_hint = MembersHint::Absent);
    simulation.change(|editor| editor.add_member(group(1), Member::Person(person(2))));
    deliver(&live).await;
    work_on_groups(&mut watch, &live).await;
    assert_eq!(roles_of(&live, person(2)), [17]);
    // Its link is not honoured any more: everything has to be compared.
    simulation.reset_delta();
    simulation.change(|editor| editor.add_member(group(3), Member::Person(person(2))));
    deliver(&live).await;
    work_on_groups(&mut watch, &live).await;
    assert!(sync_core::ports::Comparisons::owed(ledger).await.unwrap().is_some());

    // Nobody may lose a role: it is kept back, until she is in the group again.
    let live = with_limit(live, 0);
    live.rig.simulation.behave(|behaviour| behaviour.graph.notifications.members_hint = MembersHint::Object);
    live.rig.simulation.change(|editor| editor.remove_member(group(1), Member::Person(person(1))));
    deliver(&live).await;
    work_on_groups(&mut watch, &live).await;
    assert_eq!(live.rig.store.ledger.all_held().await.unwrap().len(), 1);
    live.rig.simulation.change(|editor| editor.add_member(group(1), Member::Person(person(1))));
    deliver(&live).await;
    work_on_groups(&mut watch, &live).await;
    assert_eq!(live.rig.store.ledger.all_held().await.unwrap(), []);

    // Where a group says who is synchronised, whoever enters or leaves it is looked at whole: Kurt, who lacks a title, is an
    // exception until he has one, and Alan is parked no more.
    let mut rig = live.rig;
    let groups = [group(1), group(2)].map(GroupId::from).into();
    rig.mapping = rig.mapping.clone().within(Scope { groups, ..Scope::default() });
    let live = Live::new(rig);
    let listed = async || live.rig.store.ledger.exceptions().await.unwrap().len();
    for (title, expected) in [(None, 1), (Some("Fellow"), 0)] {
        live.rig.simulation.change(|editor| {
            editor.update_person(person(4), |kurt| kurt.job_title = title.map(Into::into));
            editor.remove_member(group(1), Member::Person(person(4)));
            editor.add_member(group(1), Member::Person(person(4)));
            editor.remove_member(group(1), Member::Person(person(3)));
            editor.add_member(group(1), Member::Person(person(3)));
        });
        deliver(&live).await;
        work_on_groups(&mut watch, &live).await;
        assert_eq!(listed().await, expected);
    }
    assert!(live.rig.store.ledger.parked(person(3).into()).await.unwrap().is_none());
    watch.calls
}
