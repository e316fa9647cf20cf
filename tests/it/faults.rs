//! Services fail in every way they know, and ZenQMS ends up as the rules say all the same.

use std::time::Duration;

use simulator::{
    Age, Behaviour, CompanyPlan, Fault, FaultKind, IdForm, LedgerFault, LedgerFaultKind, ListKey, RetryAfter,
    RolesAnswer, Route, Spelling, World,
};
use sync_core::run::RunReport;

use crate::oracle;
use crate::rig::Rig;

fn company() -> World {
    CompanyPlan { people: 160, accounts: 80, groups: 5, ..CompanyPlan::default() }.build()
}

async fn rig(world: &World, behaviour: Behaviour) -> Rig {
    let mut rig = Rig::with(world.clone(), behaviour).await;
    rig.map(&serde_json::to_string(&world.suggested_mapping(5)).unwrap()).await.unwrap();
    rig.simulation.reset_tally();
    rig
}

/// What an undisturbed run leaves behind.
async fn undisturbed(world: &World) -> (RunReport, Vec<oracle::Seen>) {
    let rig = rig(world, Behaviour::default()).await;
    let report = rig.run().await.unwrap();
    (report, rig.simulation.world(oracle::accounts))
}

/// Runs until a run is complete; a run that failed is gone on with. Also returns how many attempts it took.
async fn until_complete(rig: &Rig) -> (RunReport, u32) {
    let mut attempts = 0;
    loop {
        attempts += 1;
        let result = rig.run().await;
        match result {
            Ok(report) if report.status == "complete" => return (report, attempts),
            other => assert!(attempts < 20, "no run became complete: {other:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn one_fault_of_any_kind_on_any_call_changes_nothing() {
    let world = company();
    let (report, expected) = undisturbed(&world).await;
    let refusal = |retry_after: Option<&str>| FaultKind::Answer {
        status: 429,
        body: None,
        retry_after: retry_after.map(str::to_owned),
    };
    let kinds = [
        refusal(None),
        refusal(Some("3")),
        refusal(Some("2.128")),
        refusal(Some("Wed, 25 Nov 2026 08:00:07 GMT")),
        refusal(Some("soon")),
        FaultKind::Status(500),
        FaultKind::Status(503),
        FaultKind::Status(504),
        FaultKind::Refused,
        FaultKind::CutBefore,
        FaultKind::CutAfter,
        FaultKind::NoAnswer,
        FaultKind::Slow(Duration::from_secs(20)),
        FaultKind::Html,
        FaultKind::TruncatedJson,
        FaultKind::DuplicateEntries,
        FaultKind::RepeatedEntry,
    ];
    let routes = [
        Route::Token,
        Route::UsersList,
        Route::TransitiveMembers,
        Route::Batch,
        Route::AccountSearch,
        Route::AccountCreate,
        Route::AccountPatch,
        Route::RolesAdd,
        Route::RolesRemove,
    ];
    for route in routes {
        for kind in &kinds {
            let rig = rig(&world, Behaviour::default()).await;
            rig.simulation.faults().add(Fault::on(route).kind(kind.clone()));
            let (disturbed, attempts) = until_complete(&rig).await;
            assert_eq!(attempts, 1, "{kind:?} on {route:?}");
            assert_eq!(disturbed.counts, report.counts, "{kind:?} on {route:?}");
            assert_eq!(rig.simulation.world(oracle::accounts), expected, "{kind:?} on {route:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_without_measure_neither_panics_nor_hangs() {
    let world = company();
    let (_, expected) = undisturbed(&world).await;
    let routes =
        [Route::Token, Route::UsersList, Route::User, Route::DeletedItem, Route::AccountSearch, Route::RolesAdd];
    for route in routes {
        for text in ["18446744073709551615", "1e300", "31557600", "Fri, 31 Dec 9999 23:59:59 GMT", "-1", "NaN"] {
            let rig = rig(&world, Behaviour::default()).await;
            let kind = FaultKind::Answer { status: 429, body: None, retry_after: Some(text.to_owned()) };
            rig.simulation.faults().add(Fault::on(route).kind(kind));
            let began = tokio::time::Instant::now();
            until_complete(&rig).await;
            assert!(began.elapsed() < Duration::from_mins(10), "{text} on {route:?}");
            // A group that Graph would not let be read is left to the next run.
            rig.run().await.unwrap();
            assert!(rig.simulation.world(oracle::accounts) == expected, "{text} on {route:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_tenth_of_all_calls_failing_changes_nothing_and_creates_nobody_twice() {
    let world = company();
    let (_, expected) = undisturbed(&world).await;
    for seed in 0..4 {
        let rig = rig(&world, Behaviour::default()).await;
        let share = |route, kind| Fault::on(route).share(0.02, seed).kind(kind);
        for kind in [FaultKind::Status(503), FaultKind::CutAfter, FaultKind::CutBefore, FaultKind::NoAnswer] {
            rig.simulation.faults().add(share(Route::AnyZenqms, kind.clone()));
            rig.simulation.faults().add(share(Route::AnyGraph, kind));
        }
        rig.simulation.faults().add(share(Route::AnyZenqms, FaultKind::Status(429)));
        until_complete(&rig).await;
        // What failed four times in a row is left to the next run; that is what it is for.
        rig.simulation.faults().clear();
        rig.run().await.unwrap();
        assert_eq!(rig.simulation.world(oracle::accounts), expected, "seed {seed}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_listing_whose_page_token_expired_starts_again() {
    let world = company();
    let (report, expected) = undisturbed(&world).await;
    for nth in 1..=4 {
        let rig = rig(&world, Behaviour::default()).await;
        rig.simulation.behave(|behaviour| behaviour.graph.page_cap = Some(50));
        rig.simulation.faults().add(Fault::on(Route::UsersList).nth(nth).kind(FaultKind::ExpiredPageToken));
        let disturbed = rig.run().await.unwrap();
        assert_eq!(disturbed.counts, report.counts, "page {nth}");
        assert_eq!(rig.simulation.world(oracle::accounts), expected, "page {nth}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_group_whose_list_is_short_or_empty_takes_nobodys_role() {
    let world = company();
    for kind in [FaultKind::ShortPage, FaultKind::EmptyPage] {
        let rig = rig(&world, Behaviour::default()).await;
        rig.run().await.unwrap();
        let before = rig.simulation.world(oracle::accounts);
        rig.simulation.faults().add(Fault::on(Route::TransitiveMembers).always().kind(kind.clone()));
        let report = rig.run().await.unwrap();
        assert!(!report.groups_unread.is_empty(), "{kind:?}");
        assert_eq!(report.counts.roles_removed, 0, "{kind:?}");
        assert_eq!(rig.simulation.world(oracle::accounts), before, "{kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn accounts_that_are_listed_short_fail_the_run_before_anything_is_written() {
    let rig = rig(&company(), Behaviour::default()).await;
    rig.simulation.faults().add(Fault::on(Route::AccountSearch).always().kind(FaultKind::ShortPage));
    let failure = rig.run().await.unwrap_err().to_string();
    assert!(failure.contains("announced"), "{failure}");
    assert_eq!(rig.simulation.tally().calls(Route::AnyWrite), 0);
}

#[tokio::test(start_paused = true)]
async fn a_next_page_on_another_host_gets_no_token() {
    let rig = rig(&company(), Behaviour::default()).await;
    rig.simulation.faults().add(Fault::on(Route::UsersList).kind(FaultKind::ForeignLink("evil.example".to_owned())));
    let report = rig.run().await.unwrap();
    let because = report.halted_because.unwrap();
    assert!(because.contains("evil.example"), "{because}");
    assert_eq!(rig.simulation.tally().calls(Route::UsersList), 1);
    assert_eq!(rig.simulation.tally().calls(Route::Unknown), 0);
}

#[tokio::test(start_paused = true)]
async fn an_answer_without_end_is_cut_off() {
    let rig = rig(&company(), Behaviour::default()).await;
    rig.simulation.faults().add(Fault::on(Route::UsersList).always().kind(FaultKind::HugeBody(40 * 1024 * 1024)));
    let report = rig.run().await.unwrap();
    let because = report.halted_because.unwrap();
    assert!(because.contains("bytes"), "{because}");
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_revoked_meanwhile_is_renewed_once() {
    let world = company();
    let (report, expected) = undisturbed(&world).await;
    let rig = rig(&world, Behaviour::default()).await;
    rig.simulation.faults().add(Fault::on(Route::UsersList).kind(FaultKind::Status(401)));
    let disturbed = rig.run().await.unwrap();
    assert_eq!(disturbed.counts, report.counts);
    assert_eq!(rig.simulation.world(oracle::accounts), expected);
    assert_eq!(rig.simulation.tally().calls(Route::Token), 2);
}

#[tokio::test(start_paused = true)]
async fn stale_reads_of_accounts_create_nobody_twice() {
    let world = company();
    let (_, expected) = undisturbed(&world).await;
    let rig = rig(&world, Behaviour::default()).await;
    rig.run().await.unwrap();
    // ZenQMS shows the next run the accounts as they were before the first.
    rig.simulation.faults().add(Fault::on(Route::AccountSearch).times(1).kind(FaultKind::Stale(Age::Changes(60))));
    let report = rig.run().await.unwrap();
    assert_eq!(report.counts.created, 0);
    assert_eq!(rig.simulation.world(oracle::accounts), expected);
}

#[tokio::test(start_paused = true)]
async fn whatever_zenqms_leaves_open_is_understood() {
    let world = company();
    let (report, expected) = undisturbed(&world).await;
    for id_form in [IdForm::Text, IdForm::Number, IdForm::Prefixed] {
        for list_key in [ListKey::Items, ListKey::Data, ListKey::Results] {
            for (spelling, omit_total) in [(Spelling::Snake, false), (Spelling::Camel, true)] {
                let mut behaviour = Behaviour::default();
                behaviour.zenqms.id_form = id_form;
                behaviour.zenqms.list_key = list_key;
                behaviour.zenqms.spelling = spelling;
                behaviour.zenqms.omit_total = omit_total;
                behaviour.zenqms.roles_answer = if omit_total { RolesAnswer::NoContent } else { RolesAnswer::Account };
                behaviour.zenqms.page_cap = Some(30);
                let rig = rig(&world, behaviour).await;
                let other = rig.run().await.unwrap();
                let what = format!("{id_form:?} {list_key:?} {spelling:?}");
                assert_eq!(other.counts, report.counts, "{what}");
                assert_eq!(rig.simulation.world(oracle::accounts), expected, "{what}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_busy_graph_is_waited_for_in_whatever_words_it_asks_for_it() {
    let world = company();
    let (report, _) = undisturbed(&world).await;
    for retry_after in [RetryAfter::Seconds, RetryAfter::Decimal, RetryAfter::Date, RetryAfter::Absent] {
        let mut behaviour = Behaviour::default();
        behaviour.graph.retry_after = retry_after;
        behaviour.graph.throttle = simulator::GraphThrottle::Units(8);
        let rig = rig(&world, behaviour).await;
        let (busy, attempts) = until_complete(&rig).await;
        assert_eq!((busy.counts, attempts), (report.counts.clone(), 1), "{retry_after:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_ledger_that_stumbles_loses_no_link() {
    let world = company();
    let (_, expected) = undisturbed(&world).await;
    for kind in [LedgerFaultKind::Throttled, LedgerFaultKind::Failed, LedgerFaultKind::AnswerLost] {
        for operation in ["PutItem", "UpdateItem", "TransactWriteItems"] {
            for nth in [1, 2, 5, 30] {
                let rig = rig(&world, Behaviour::default()).await;
                rig.store.dynamo.order(LedgerFault::new(operation, nth, 2, kind));
                until_complete(&rig).await;
                assert_eq!(rig.simulation.world(oracle::accounts), expected, "{kind:?} on {operation} {nth}");
            }
        }
    }
}
