use super::*;

async fn send_batch(
    scene: &Scene,
    entries: Vec<SendMessageBatchRequestEntry>,
) -> Result<Vec<(String, String)>, String> {
    let request = scene.client.send_message_batch().queue_url(&scene.url).set_entries(Some(entries));
    let answer = request.send().await.map_err(|error| code(&error))?;
    Ok(answer.failed.into_iter().map(|failed| (failed.id, failed.code)).collect())
}

#[tokio::test(start_paused = true)]
async fn a_batch_has_ten_entries_of_a_mebibyte_with_names_of_their_own() {
    let scene = Scene::new();
    let half = "x".repeat(512 * 1024);
    let ten = (0..10).map(|n| entry(&n.to_string(), "body")).collect();
    assert_eq!(send_batch(&scene, ten).await, Ok(vec![]));
    let full = vec![entry("f1", &half), entry("f2", &half)];
    assert_eq!(send_batch(&scene, full).await, Ok(vec![]));
    assert_eq!(scene.depth(), (12, 0));

    let eleven = (0..11).map(|n| entry(&n.to_string(), "body")).collect();
    let wrong = [
        (eleven, "TooManyEntriesInBatchRequest"),
        (vec![entry("a", &half), entry("b", &half), entry("c", "x")], "BatchRequestTooLong"),
        (vec![entry("a", "x"), entry("a", "y")], "BatchEntryIdsNotDistinct"),
        (vec![entry("a b", "x")], "InvalidBatchEntryId"),
        (vec![], "EmptyBatchRequest"),
    ];
    for (entries, code) in wrong {
        assert_eq!(send_batch(&scene, entries).await, Err(format!("AWS.SimpleQueueService.{code}")));
    }
    assert_eq!(scene.depth(), (12, 0));
}

#[tokio::test(start_paused = true)]
async fn one_wrong_entry_leaves_the_others_alone() {
    let scene = Scene::new();
    let delayed = SendMessageBatchRequestEntry::builder().id("delayed").message_body("x").delay_seconds(5);
    let delayed = delayed.message_group_id("group").message_deduplication_id("delayed").build().unwrap();
    let failed = send_batch(&scene, vec![entry("1", "1"), delayed, entry("odd", "\u{1}"), entry("2", "2")]).await;
    let expected = [("delayed", "InvalidParameterValue"), ("odd", "InvalidMessageContents")];
    assert_eq!(failed, Ok(expected.map(|(id, code)| (id.to_owned(), code.to_owned())).to_vec()));
    assert_eq!(bodies(&scene.receive(10).await), ["1", "2"]);
}

#[tokio::test(start_paused = true)]
async fn a_fifo_message_needs_a_group_and_a_deduplication_id_and_no_delay() {
    let scene = Scene::new();
    let send = || scene.client.send_message().queue_url(&scene.url).message_body("x");
    let complete = || send().message_group_id("a").message_deduplication_id("1");
    let wrong = [
        (send().message_deduplication_id("1"), "MissingParameter"),
        (send().message_group_id("a"), "InvalidParameterValue"),
        (complete().delay_seconds(1), "InvalidParameterValue"),
        (complete().message_group_id("with space"), "InvalidParameterValue"),
        (complete().message_body("x".repeat(1024 * 1024 + 1)), "InvalidParameterValue"),
        (
            complete().queue_url("http://sqs.localhost/000000000000/none.fifo"),
            "AWS.SimpleQueueService.NonExistentQueue",
        ),
    ];
    for (request, expected) in wrong {
        assert_eq!(code(&request.send().await.unwrap_err()), expected);
    }
    let accepted = complete().send().await.unwrap();
    assert_eq!(accepted.md5_of_message_body(), Some("9dd4e461268c8034f5c8564e155c67a6"));
    assert_eq!(accepted.sequence_number().unwrap().len(), 20);
}

#[tokio::test(start_paused = true)]
async fn a_message_stays_in_flight_for_twelve_hours_at_most() {
    let scene = Scene::new();
    scene.send("a", "1").await;
    let received = scene.receive(1).await;
    assert_eq!(scene.change_visibility(&received[0], 43_201).await.unwrap_err(), "InvalidParameterValue");
    scene.change_visibility(&received[0], 43_200).await.unwrap();
    after(Duration::from_secs(10)).await;
    assert_eq!(scene.change_visibility(&received[0], 43_191).await.unwrap_err(), "InvalidParameterValue");
    scene.change_visibility(&received[0], 43_190).await.unwrap();
    after(Duration::from_secs(43_190)).await;
    assert_eq!(scene.depth(), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn the_attributes_tell_what_a_queue_holds() {
    let scene = Scene::new();
    scene.send_all(&["a:1", "a:2", "b:1"]).await;
    scene.receive(1).await;
    let all = aws_sdk_sqs::types::QueueAttributeName::All;
    let answer = scene.client.get_queue_attributes().queue_url(&scene.url).attribute_names(all).send().await.unwrap();
    let attributes: std::collections::BTreeMap<_, _> =
        answer.attributes().unwrap().iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(attributes["ApproximateNumberOfMessages"], "2");
    assert_eq!(attributes["ApproximateNumberOfMessagesNotVisible"], "1");
    assert_eq!(attributes["VisibilityTimeout"], "30");
}
