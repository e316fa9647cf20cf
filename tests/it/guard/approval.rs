//! What was kept back, and goes on once somebody approves exactly that.

use std::cell::Cell;
use std::time::Duration;

use jiff::SignedDuration;
use simulator::Member;
use sync_core::domain::DirectoryUserId;
use sync_core::evidence::Entry;
use sync_core::guard::{PlanHash, Refused};
use sync_core::ports::EvidenceRead;

use super::{DAY, approve_for, disable, held, inactive, live, narrow, person, quality, readers, shown};

#[tokio::test(start_paused = true)]
async fn what_is_not_exactly_what_was_shown_is_not_approved() {
    let live = live(narrow()).await;
    disable(&live.rig, 1..=7);
    live.work_until_idle(Duration::from_hours(1)).await;
    let seen = shown(&live.rig).await;
    disable(&live.rig, 8..=8);
    live.work_until_idle(Duration::from_hours(1)).await;
    let refused = approve_for(&live.rig, &seen, DAY).await.unwrap_err();
    assert_eq!(refused, Refused { now: shown(&live.rig).await, people: 3 });
    // Nor a hash that somebody has cut too short, nor none.
    for text in ["", "0", &refused.now.as_str()[..11]] {
        assert!(approve_for(&live.rig, &PlanHash::typed(text), DAY).await.is_err(), "{text}");
    }
    live.work_until_idle(Duration::from_hours(1)).await;
    assert_eq!(inactive(&live.rig), 5);
    let typed = PlanHash::typed(&format!(" {} ", refused.now.short().to_uppercase()));
    assert_eq!(approve_for(&live.rig, &typed, DAY).await.unwrap().people.len(), 3);
    live.work_until_idle(Duration::from_hours(1)).await;
    assert_eq!(inactive(&live.rig), 8);
}

#[tokio::test(start_paused = true)]
async fn an_approval_that_comes_too_late_is_none() {
    let live = live(narrow()).await;
    disable(&live.rig, 1..=7);
    live.work_until_idle(Duration::from_hours(1)).await;
    // Approved, and nobody at work until it is void.
    approve_for(&live.rig, &shown(&live.rig).await, SignedDuration::from_mins(30)).await.unwrap();
    tokio::time::sleep(Duration::from_hours(1)).await;
    live.work_until_idle(Duration::from_hours(1)).await;
    assert_eq!((inactive(&live.rig), held(&live.rig).await.len()), (5, 2));
}

#[tokio::test(start_paused = true)]
async fn whoever_would_lose_more_than_was_approved_is_asked_for_again() {
    let live = live(narrow()).await;
    let leave = |people: std::ops::RangeInclusive<u128>| {
        live.rig.simulation.change(|editor| {
            for n in people {
                editor.remove_member(quality(), Member::Person(person(n)));
            }
        });
    };
    leave(1..=6);
    live.work_until_idle(Duration::from_hours(1)).await;
    assert_eq!((readers(&live.rig), held(&live.rig).await.len()), (25, 1));
    let who = held(&live.rig).await[0].withdrawal.user;
    // He is disabled as well, after the day's accounts are used up.
    disable(&live.rig, 31..=35);
    live.work_until_idle(Duration::from_hours(1)).await;
    let roles_only = shown(&live.rig).await;
    let number = (1..=6).find(|&n| DirectoryUserId::from(person(n)) == who).unwrap();
    approve_for(&live.rig, &roles_only, DAY).await.unwrap();
    disable(&live.rig, [number]);
    live.work_until_idle(Duration::from_hours(1)).await;
    // The role was approved. The account was not.
    let waiting = held(&live.rig).await;
    assert_eq!((readers(&live.rig), inactive(&live.rig), waiting.len()), (24, 5, 1), "{waiting:?}");
    assert!(
        waiting[0].withdrawal.deactivates && waiting[0].withdrawal.roles.is_empty() && waiting[0].approval.is_none()
    );
}

/// Of whom is gone for good the directory says so once. Who is merely not found loses nothing, so it has to be remembered.
#[tokio::test(start_paused = true)]
async fn whoever_is_deleted_for_good_is_taken_out_of_use_once_it_is_approved() {
    let live = live(narrow()).await;
    live.rig.simulation.change(|editor| {
        for n in 1..=7 {
            editor.purge_person(person(n));
        }
    });
    live.work_until_idle(Duration::from_hours(2)).await;
    assert_eq!((inactive(&live.rig), held(&live.rig).await.len()), (5, 2));
    approve_for(&live.rig, &shown(&live.rig).await, DAY).await.unwrap();
    live.work_until_idle(Duration::from_hours(2)).await;
    assert_eq!((inactive(&live.rig), held(&live.rig).await), (7, Vec::new()));
    // On whose word is on record with what was done.
    let mut approved = Vec::new();
    for n in 1..=7 {
        let chain = live.rig.store.ledger.chain(person(n).into()).await.unwrap();
        let last = chain.iter().rev().nth(1).unwrap().record().unwrap();
        let Entry::Intent(intent) = last.entry else { panic!("{last:?}") };
        assert!(intent.deleted && intent.fields[0].to.as_ref().unwrap().expose() == "false");
        approved.extend(intent.by.approval);
    }
    assert_eq!(approved.len(), 2);
    assert!(approved.iter().all(|approval| approval.why == "checked with HR, ticket 4711"), "{approved:?}");
}

/// A run and its approval, killed after each step in turn: never more than was agreed, and in the end all of it.
#[tokio::test(start_paused = true)]
async fn killed_anywhere_it_takes_no_more_and_forgets_nobody() {
    for step in 0.. {
        let live = live(narrow()).await;
        let rig = &live.rig;
        disable(rig, 1..=5);
        let kill = rig.simulation.kill_switch().clone();
        let is_approved = Cell::new(false);
        kill.arm(step);
        let all = async {
            rig.run().await.unwrap();
            assert_eq!(inactive(rig), 0);
            is_approved.set(true);
            approve_for(rig, &shown(rig).await, DAY).await.unwrap();
            live.work_until_idle(Duration::from_hours(1)).await;
        };
        let done = tokio::select! {
            () = all => true,
            () = kill.tripped() => false,
        };
        kill.disarm();
        if done {
            assert!(step > 40, "only {step} steps");
            break;
        }
        tokio::time::sleep(Duration::from_mins(6)).await;
        rig.run().await.unwrap();
        // Nobody is forgotten: whoever is still in use waits. Whoever is not may be on record until he is looked at again.
        let waiting = held(rig).await;
        assert!(waiting.len() + inactive(rig) >= 5, "killed after {step} steps: {waiting:?}");
        // Some of them may have been on record already: that the others are fewer than the limit lets nobody through.
        assert!(is_approved.get() || inactive(rig) == 0, "killed after {step} steps: {} are gone", inactive(rig));
        // The operator repeats what he approved, if he got so far, and approves what is left.
        let open = waiting.iter().filter(|held| held.approval.is_none());
        let mut plans = vec![PlanHash::of(open.map(|held| &held.withdrawal))];
        plans.extend(waiting.iter().filter_map(|held| Some(held.approval.clone()?.plan)));
        for plan in plans {
            let _ = approve_for(rig, &plan, DAY).await;
        }
        live.work_until_idle(Duration::from_hours(3)).await;
        assert_eq!((inactive(rig), held(rig).await), (5, Vec::new()), "killed after {step} steps");
    }
}
