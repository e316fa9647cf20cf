use aws_sdk_sqs::types::SendMessageBatchResultEntry;

use super::*;

#[tokio::test(start_paused = true)]
async fn throttling_and_internal_errors_carry_nothing_out_and_are_retried() {
    let scene = Scene::new();
    scene.sqs.order(SqsFault::on("SendMessage").kind(SqsFaultKind::Throttled));
    scene.sqs.order(SqsFault::on("SendMessage"));
    scene.send("a", "1").await;
    assert_eq!(scene.sqs.calls()["SendMessage"], 3);
    assert_eq!((scene.depth(), scene.kill.steps()), ((1, 0), 1));

    scene.sqs.order(SqsFault::on("SendMessage").nth(2).always().kind(SqsFaultKind::Throttled));
    scene.send("a", "2").await;
    let request = scene.client.send_message().queue_url(&scene.url).message_body("3");
    let error = request.message_group_id("a").message_deduplication_id("3").send().await.unwrap_err();
    assert_eq!(code(&error), "ThrottlingException");
    assert_eq!(scene.depth(), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_sent_again_and_dropped() {
    let scene = Scene::new();
    scene.sqs.order(SqsFault::on("SendMessage").kind(SqsFaultKind::AnswerLost));
    scene.send("a", "1").await;
    assert_eq!(scene.sqs.calls()["SendMessage"], 2);
    assert_eq!((scene.sqs.calls_of(&scene.url)["SendMessage"], scene.sqs.calls_of("another").len()), (2, 0));
    assert_eq!(scene.depth(), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn of_a_batch_the_first_entry_can_fail_alone() {
    let scene = Scene::new();
    scene.sqs.order(SqsFault::on("SendMessageBatch").kind(SqsFaultKind::PartialFailure));
    scene.sqs.order(SqsFault::on("DeleteMessageBatch").kind(SqsFaultKind::PartialFailure));
    let entries = vec![entry("1", "1"), entry("2", "2"), entry("3", "3")];
    let request = scene.client.send_message_batch().queue_url(&scene.url).set_entries(Some(entries));
    let answer = request.send().await.unwrap();
    let failed: Vec<_> =
        answer.failed().iter().map(|failed| (failed.id(), failed.code(), failed.sender_fault())).collect();
    assert_eq!(failed, [("1", "InternalError", false)]);
    let successful: Vec<_> = answer.successful().iter().map(SendMessageBatchResultEntry::id).collect();
    assert_eq!(successful, ["2", "3"]);
    let received = scene.receive(10).await;
    assert_eq!(bodies(&received), ["2", "3"]);

    let delete = |(place, message): (usize, &Message)| {
        let entry = DeleteMessageBatchRequestEntry::builder().id(place.to_string());
        entry.receipt_handle(message.receipt_handle().unwrap()).build().unwrap()
    };
    let entries = received.iter().enumerate().map(delete).collect();
    let request = scene.client.delete_message_batch().queue_url(&scene.url).set_entries(Some(entries));
    assert_eq!(request.send().await.unwrap().failed()[0].id(), "0");
    assert_eq!(scene.depth(), (0, 1));
    assert_eq!(scene.kill.steps(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_dead_sender_never_hears_of_what_was_carried_out() {
    let scene = Scene::new();
    scene.kill.arm(1);
    tokio::select! {
        _ = scene.send("a", "1") => panic!("a dead process heard an answer"),
        () = scene.kill.tripped() => {}
    }
    scene.kill.disarm();
    assert_eq!(bodies(&scene.receive(1).await), ["1"]);
    assert_eq!(scene.kill.steps(), 1, "a receive is no step");
}
