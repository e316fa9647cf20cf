use super::*;

#[tokio::test(start_paused = true)]
async fn a_deduplication_id_counts_for_five_minutes() {
    let scene = Scene::new();
    let first = scene.send_as("a", "same", "1").await;
    after(Duration::from_secs(299)).await;
    assert_eq!(scene.send_as("a", "same", "2").await, first);
    after(Duration::from_secs(1)).await;
    assert_ne!(scene.send_as("a", "same", "3").await, first);
    assert_eq!(bodies(&scene.receive(10).await), ["1", "3"]);
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

#[tokio::test(start_paused = true)]
async fn a_message_stays_in_flight_for_twelve_hours_at_most() {
    let scene = Scene::new();
    scene.send("a", "1").await;
    let received = scene.receive(1).await;
    scene.change_visibility(&received[0], 43_200).await.unwrap();
    after(Duration::from_secs(10)).await;
    assert_eq!(scene.change_visibility(&received[0], 43_191).await.unwrap_err(), "InvalidParameterValue");
    scene.change_visibility(&received[0], 43_190).await.unwrap();
    after(Duration::from_secs(43_190)).await;
    assert_eq!(scene.depth(), (1, 0));
}
