use super::*;

#[tokio::test(start_paused = true)]
async fn a_group_keeps_its_order_in_a_batch() {
    let scene = Scene::new();
    scene.send_all(&["a:1", "b:1", "a:2", "b:2", "a:3"]).await;
    assert_eq!(bodies(&scene.receive(4).await), ["a:1", "a:2", "a:3", "b:1"]);
    assert_eq!(scene.depth(), (1, 4));
}

#[tokio::test(start_paused = true)]
async fn while_one_is_in_flight_no_other_of_its_group_comes() {
    let scene = Scene::new();
    scene.send_all(&["a:1", "a:2", "b:1"]).await;
    let first = scene.receive(1).await;
    assert_eq!(bodies(&first), ["a:1"]);
    assert_eq!(bodies(&scene.receive(10).await), ["b:1"]);
    assert!(scene.receive(10).await.is_empty());
    scene.delete(&first[0]).await.unwrap();
    assert_eq!(bodies(&scene.receive(10).await), ["a:2"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_deleted_comes_back_to_the_front_of_its_group() {
    let scene = Scene::new();
    scene.send_all(&["a:1", "a:2"]).await;
    scene.receive(1).await;
    after(Duration::from_secs(29)).await;
    assert!(scene.receive(10).await.is_empty());
    after(Duration::from_secs(1)).await;
    let again = scene.receive(10).await;
    assert_eq!(bodies(&again), ["a:1", "a:2"]);
    let counts: Vec<_> = again
        .iter()
        .map(|message| message.attributes().unwrap()[&MessageSystemAttributeName::ApproximateReceiveCount].as_str())
        .collect();
    assert_eq!(counts, ["2", "1"]);
}

#[tokio::test(start_paused = true)]
async fn a_later_one_alone_in_flight_holds_an_earlier_one_back() {
    let scene = Scene::new();
    scene.send_all(&["a:1", "a:2"]).await;
    let both = scene.receive(10).await;
    scene.change_visibility(&both[0], 0).await.unwrap();
    assert!(scene.receive(10).await.is_empty());
    scene.delete(&both[1]).await.unwrap();
    assert_eq!(bodies(&scene.receive(10).await), ["a:1"]);
}

#[tokio::test(start_paused = true)]
async fn a_deduplication_id_counts_for_five_minutes_even_after_a_deletion() {
    let scene = Scene::new();
    let first = scene.send_as("a", "same", "1").await;
    assert_eq!(scene.send_as("b", "same", "2").await, first);
    let received = scene.receive(10).await;
    assert_eq!(bodies(&received), ["1"]);
    scene.delete(&received[0]).await.unwrap();
    after(Duration::from_secs(299)).await;
    assert_eq!(scene.send_as("a", "same", "3").await, first);
    assert_eq!(scene.depth(), (0, 0));
    after(Duration::from_secs(1)).await;
    assert_ne!(scene.send_as("a", "same", "4").await, first);
    assert_eq!(bodies(&scene.receive(10).await), ["4"]);
}

#[tokio::test(start_paused = true)]
async fn with_high_throughput_a_deduplication_id_counts_within_its_group() {
    let scene = Scene::with(QueueSettings { deduplication_per_group: true, ..QueueSettings::default() });
    let first = scene.send_as("a", "same", "1").await;
    assert_ne!(scene.send_as("b", "same", "2").await, first);
    assert_eq!(scene.send_as("a", "same", "3").await, first);
    assert_eq!(bodies(&scene.receive(10).await), ["1", "2"]);
}

#[tokio::test(start_paused = true)]
async fn a_receipt_is_worthless_after_the_time_out_and_after_a_newer_one() {
    let scene = Scene::new();
    scene.send("a", "1").await;
    let old = scene.receive(1).await;
    after(VISIBILITY).await;
    assert_eq!(scene.delete(&old[0]).await.unwrap_err(), "InvalidParameterValue");
    let new = scene.receive(1).await;
    assert_eq!(scene.delete(&old[0]).await.unwrap_err(), "InvalidParameterValue");
    assert_eq!(scene.change_visibility(&old[0], 5).await.unwrap_err(), "InvalidParameterValue");
    assert_eq!(scene.depth(), (0, 1));
    scene.delete(&new[0]).await.unwrap();
    scene.delete(&new[0]).await.unwrap();
    assert_eq!(scene.depth(), (0, 0));
    let nonsense = Message::builder().receipt_handle("nonsense").build();
    assert_eq!(scene.delete(&nonsense).await.unwrap_err(), "ReceiptHandleIsInvalid");
}

#[tokio::test(start_paused = true)]
async fn a_message_is_gone_once_its_retention_has_passed() {
    let hour = Duration::from_hours(1);
    let scene = Scene::with(QueueSettings { retention: hour, ..QueueSettings::default() });
    scene.send("a", "1").await;
    after(hour / 2).await;
    scene.send("a", "2").await;
    after(hour / 2).await;
    assert_eq!(bodies(&scene.receive(10).await), ["2"]);
    after(hour / 2).await;
    assert_eq!(scene.depth(), (0, 0));
}
