//! The subscriptions: one for each resource, alive, whatever happens.

use std::time::Duration;

use simulator::{Behaviour, Fault, FaultKind, Group, LifecycleEvent, Role, Route, World};
use subscription_keeper::{Outcome, Report};
use sync_core::ports::{SubscriptionRecords, Watched};
use uuid::Uuid;

use crate::live::Live;
use crate::rig::Rig;

fn group() -> Uuid {
    Uuid::from_u128(0x9000)
}

async fn mapped(behaviour: Behaviour) -> Live {
    let world = World::default().with_role(Role::new(17, "Reader")).with_group(Group::new(group(), "Quality"));
    let mut rig = Rig::with(world, behaviour).await;
    rig.map(&format!(r#"{{"{}":"Reader"}}"#, group())).await.unwrap();
    Live::new(rig)
}

fn said(report: &Report) -> Vec<String> {
    let word = |outcome: &Outcome| match outcome {
        Outcome::Failed(failure) => failure.to_string(),
        other => format!("{other:?}"),
    };
    report.kept.iter().map(|kept| format!("{}: {}", kept.watched, word(&kept.outcome))).collect()
}

async fn keep(live: &Live) -> Report {
    live.host().keep(None).await.unwrap()
}

fn resources(live: &Live) -> Vec<String> {
    let mut resources: Vec<_> =
        live.rig.simulation.subscriptions().iter().map(|one| one.resource.to_lowercase()).collect();
    resources.sort();
    resources
}

#[tokio::test(start_paused = true)]
async fn there_is_one_for_users_and_one_for_groups_when_something_is_mapped() {
    let live = mapped(Behaviour::default()).await;
    let report = keep(&live).await;
    assert_eq!((said(&report), report.sweep), (vec!["users: Made".to_owned(), "groups: Made".to_owned()], true));
    assert_eq!(resources(&live), ["groups", "users"]);
    let secrets: Vec<_> = live.rig.simulation.subscriptions().into_iter().map(|one| one.client_state).collect();
    assert_ne!(secrets[0], secrets[1]);
    // Again: nothing to do.
    let report = keep(&live).await;
    assert_eq!(
        (said(&report), report.sweep),
        (vec!["users: Untouched".to_owned(), "groups: Untouched".to_owned()], false)
    );

    let unmapped = Live::new(Rig::new(World::default()).await);
    keep(&unmapped).await;
    assert_eq!(resources(&unmapped), ["users"]);
}

#[tokio::test(start_paused = true)]
async fn it_is_renewed_at_half_life_and_never_lapses() {
    let live = mapped(Behaviour::default()).await;
    keep(&live).await;
    live.rig.simulation.reset_tally();
    for _ in 0..60 {
        tokio::time::sleep(Duration::from_hours(24)).await;
        keep(&live).await;
    }
    let tally = live.rig.simulation.tally();
    assert_eq!((tally.calls(Route::SubscriptionCreate), tally.calls(Route::SubscriptionRenew)), (0, 8));
    assert_eq!(resources(&live), ["groups", "users"]);
}

#[tokio::test(start_paused = true)]
async fn one_that_is_gone_is_noticed_made_anew_and_followed_by_a_sweep() {
    let live = mapped(Behaviour::default()).await;
    keep(&live).await;
    let users = live.rig.simulation.subscriptions().into_iter().find(|one| one.resource.eq_ignore_ascii_case("users"));
    assert!(live.rig.simulation.drop_subscription(users.unwrap().id));
    let report = keep(&live).await;
    assert_eq!((said(&report), report.sweep), (vec!["users: Made".to_owned(), "groups: Untouched".to_owned()], true));
    assert_eq!(resources(&live), ["groups", "users"]);
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_requests_for_renewal_is_one_renewal_in_ten_minutes() {
    let live = mapped(Behaviour::default()).await;
    keep(&live).await;
    live.work_for(Duration::from_mins(11)).await;
    live.rig.simulation.reset_tally();
    let id = live.rig.simulation.subscriptions()[0].id;
    for _ in 0..18 {
        assert!(live.rig.simulation.send_lifecycle(id, LifecycleEvent::ReauthorizationRequired));
        live.work_for(Duration::from_secs(30)).await;
    }
    assert_eq!(live.rig.simulation.tally().calls(Route::SubscriptionRenew), 1);
    live.work_for(Duration::from_mins(5)).await;
    assert!(live.rig.simulation.send_lifecycle(id, LifecycleEvent::ReauthorizationRequired));
    live.work_for(Duration::from_secs(30)).await;
    assert_eq!(live.rig.simulation.tally().calls(Route::SubscriptionRenew), 2);
}

#[tokio::test(start_paused = true)]
async fn one_that_graph_has_already_is_adopted_and_one_of_an_earlier_address_replaced() {
    let live = mapped(Behaviour::default()).await;
    live.rig.simulation.faults().add(Fault::on(Route::SubscriptionCreate).kind(FaultKind::CutAfter));
    let report = keep(&live).await;
    assert!(said(&report)[0].starts_with("users: subscribing to changes of users failed"), "{report:?}");
    let report = keep(&live).await;
    assert_eq!(said(&report), ["users: Adopted", "groups: Untouched"]);
    assert!(report.sweep);

    // The stack gets another address.
    let mut moved = live;
    moved.rig.notification_url = "https://elsewhere.example/".to_owned();
    let moved = Live::new(moved.rig);
    let report = keep(&moved).await;
    assert_eq!((said(&report), report.sweep), (vec!["users: Made".to_owned(), "groups: Made".to_owned()], true));
    let urls: Vec<_> = moved.rig.simulation.subscriptions().into_iter().map(|one| one.notification_url).collect();
    assert_eq!(urls, vec!["https://elsewhere.example/"; 2]);
}

#[tokio::test(start_paused = true)]
async fn a_quota_and_a_missing_consent_are_told_apart_and_the_sweeps_go_on() {
    let mut behaviour = Behaviour::default();
    behaviour.graph.subscription_quota = Some(1);
    let live = mapped(behaviour).await;
    let report = keep(&live).await;
    assert!(said(&report)[1].contains("no room for another subscription"), "{report:?}");
    live.rig.simulation.behave(|behaviour| {
        behaviour.graph.subscription_quota = None;
        behaviour.entra.permissions.remove("Group.Read.All");
    });
    live.rig.simulation.revoke_tokens();
    let report = keep(&live).await;
    assert!(said(&report)[1].contains("it needs the application permission Group.Read.All"), "{report:?}");
    live.rig.simulation.behave(|behaviour| {
        behaviour.entra.permissions.insert("Group.Read.All".to_owned());
    });
    live.rig.simulation.revoke_tokens();
    assert_eq!(said(&keep(&live).await), ["users: Untouched", "groups: Made"]);
}

#[tokio::test(start_paused = true)]
async fn nobody_wants_the_one_for_groups_any_more() {
    let live = mapped(Behaviour::default()).await;
    keep(&live).await;
    let mut unmapped = live.rig;
    unmapped.map("{}").await.unwrap();
    let live = Live::new(unmapped);
    assert_eq!(said(&keep(&live).await), ["users: Untouched", "groups: Ended"]);
    assert_eq!(resources(&live), ["users"]);
    let records = live.rig.store.ledger.records().await.unwrap();
    assert_eq!(records.iter().map(|record| record.watched).collect::<Vec<_>>(), [Watched::Users]);
}

#[tokio::test(start_paused = true)]
async fn what_was_missed_is_swept() {
    let live = mapped(Behaviour::default()).await;
    keep(&live).await;
    live.host().sweep(&initial_sync::Silent).await.unwrap();
    live.rig.simulation.reset_tally();
    let id = live.rig.simulation.subscriptions()[0].id;
    for event in [LifecycleEvent::Missed, LifecycleEvent::SubscriptionRemoved] {
        assert!(live.rig.simulation.send_lifecycle(id, event));
        live.work_for(Duration::from_mins(1)).await;
    }
    let tally = live.rig.simulation.tally();
    assert_eq!(tally.batch_items(Route::UsersDelta).succeeded, 2);
    // One that is said to be gone is made anew; Graph had it all the same.
    assert_eq!(resources(&live), ["groups", "users"]);
}

#[tokio::test(start_paused = true)]
async fn two_keepers_at_once_leave_one_subscription_which_the_ledger_knows() {
    for head_start in 0..40 {
        let latency = simulator::Latency::Between(Duration::from_millis(20), Duration::from_millis(200));
        let graph = simulator::GraphBehaviour { latency, ..simulator::GraphBehaviour::default() };
        let live = mapped(Behaviour { graph, ..Behaviour::default() }).await;
        let (one, other) = (live.rig.host(), live.rig.host());
        let late = async {
            tokio::time::sleep(Duration::from_millis(head_start * 10)).await;
            other.keep(None).await
        };
        let (first, second) = futures::join!(one.keep(None), late);
        assert!(first.is_ok() && second.is_ok());
        // Whoever was overtaken is put right by the next, as is whatever was left half done.
        keep(&live).await;
        let made = live.rig.simulation.subscriptions();
        assert_eq!(resources(&live), ["groups", "users"], "{head_start}");
        for record in live.rig.store.ledger.records().await.unwrap() {
            let known = made.iter().find(|made| Some(made.id) == record.id);
            let secret = known.and_then(|made| made.client_state.clone());
            let kept = secrecy::ExposeSecret::expose_secret(&record.client_state);
            assert_eq!(secret.as_deref(), Some(kept), "{head_start}: {}", record.watched);
        }
    }
}
