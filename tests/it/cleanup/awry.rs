//! A service that is down, refuses, answers late or shows what was: what can be cleared is, and the rest is said.

use super::*;

#[tokio::test(start_paused = true)]
async fn while_zenqms_is_down_it_fails_and_later_it_goes_on() {
    let live = company().await;
    let rig = &live.rig;
    rig.simulation.faults().add(Fault::on(Route::AnyZenqms).always().kind(FaultKind::Status(503)));
    let failure = clean_up(rig).await.unwrap_err().to_string();
    assert!(failure.contains("out of order (HTTP 503)"), "{failure}");
    assert!(rig.simulation.subscriptions().is_empty());
    rig.simulation.faults().clear();
    let report = cleaned_up(rig).await;
    assert_eq!((report.status, report.cleared, report.subscriptions_ended), ("complete", 2, 2));
}

#[tokio::test(start_paused = true)]
async fn a_secret_that_is_wrong_keeps_no_id_in_zenqms_and_is_said_in_the_end() {
    let mut live = company().await;
    live.rig.secret = "wrong".to_owned();
    let failure = clean_up(&live.rig).await.unwrap_err();
    assert_eq!(failure.cause.code(), "not_signed_in");
    assert_eq!(patched(&live.rig).len(), 2);
    live.rig.secret = simulator::Registration::SECRET.to_owned();
    let report = cleaned_up(&live.rig).await;
    assert_eq!((report.status, report.cleared, report.subscriptions_ended), ("complete", 2, 2));
    assert_eq!(patched(&live.rig).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_account_that_zenqms_refuses_is_named_and_holds_up_nobody() {
    let live = company().await;
    let rig = &live.rig;
    let refused = Fault::on(Route::AccountPatch).about(format!("/{}", ADA.0)).always().kind(FaultKind::Status(422));
    rig.simulation.faults().add(refused);
    let report = cleaned_up(rig).await;
    assert_eq!((report.status, report.cleared, report.remaining), ("failed", 1, Some(1)));
    let failed: Vec<_> = report.failed.iter().map(|one| (one.account.to_string(), one.code.as_str())).collect();
    assert_eq!(failed, [("101".to_owned(), "rejected")]);
    assert_eq!(report.left_alone, COMPANY_LEFT_ALONE);
    rig.simulation.faults().clear();
    let report = cleaned_up(rig).await;
    assert_eq!((report.status, report.cleared, report.failed), ("complete", 2, Vec::new()));
}

#[tokio::test(start_paused = true)]
async fn a_write_whose_answer_was_lost_is_looked_at_and_counted_once() {
    for kind in [FaultKind::CutAfter, FaultKind::CutBefore, FaultKind::Status(500), FaultKind::NoAnswer] {
        let live = company().await;
        live.rig.simulation.faults().add(Fault::on(Route::AccountPatch).times(2).kind(kind.clone()));
        let report = cleaned_up(&live.rig).await;
        assert_eq!((report.status, report.cleared, report.remaining), ("complete", 2, Some(0)), "{kind:?}");
        assert!(!is_twice(&patched(&live.rig)), "{kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_old_page_leads_to_a_second_look_and_a_short_one_proves_nothing() {
    let live = company().await;
    let stale = FaultKind::Stale(simulator::Age::Changes(1));
    live.rig.simulation.faults().add(Fault::on(Route::AccountSearch).nth(2).times(2).kind(stale));
    let report = cleaned_up(&live.rig).await;
    assert_eq!((report.status, report.cleared), ("complete", 2));
    assert!(!is_twice(&patched(&live.rig)));

    let live = company().await;
    live.rig.simulation.faults().add(Fault::on(Route::AccountSearch).kind(FaultKind::EmptyPage));
    assert_eq!(clean_up(&live.rig).await.unwrap_err().cause.code(), "inconsistent_listing");
    assert_eq!(cleaned_up(&live.rig).await.cleared, 2);
}

#[tokio::test(start_paused = true)]
async fn keys_that_dynamodb_leaves_unprocessed_are_asked_for_again() {
    let live = company().await;
    live.rig.store.dynamo.order(LedgerFault::new("BatchGetItem", 1, 3, LedgerFaultKind::Unprocessed));
    let report = cleaned_up(&live.rig).await;
    assert_eq!((report.status, report.cleared, report.left_alone), ("complete", 2, COMPANY_LEFT_ALONE));
}
