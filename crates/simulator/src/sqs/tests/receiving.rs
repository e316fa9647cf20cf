use std::sync::Arc;

use tokio::time::Instant;

use super::*;

async fn poll(scene: &Scene, seconds: i32) -> Vec<Message> {
    let request = scene.client.receive_message().queue_url(&scene.url).wait_time_seconds(seconds);
    request.send().await.unwrap().messages.unwrap_or_default()
}

#[tokio::test(start_paused = true)]
async fn a_long_poll_ends_with_a_message_or_with_its_time() {
    let scene = Arc::new(Scene::new());
    let began = Instant::now();
    assert!(poll(&scene, 20).await.is_empty());
    assert_eq!(began.elapsed().as_secs(), 20);

    let sender = scene.clone();
    let sending = async move {
        after(Duration::from_secs(7)).await;
        sender.send("a", "1").await;
    };
    let (received, ()) = tokio::join!(poll(&scene, 20), sending);
    assert_eq!(bodies(&received), ["1"]);
    assert_eq!(began.elapsed().as_secs(), 27);
}

#[tokio::test(start_paused = true)]
async fn a_long_poll_gets_what_comes_back_while_it_waits() {
    let scene = Scene::with(QueueSettings { visibility: Duration::from_secs(12), ..QueueSettings::default() });
    scene.send("a", "1").await;
    scene.receive(1).await;
    let began = Instant::now();
    assert_eq!(bodies(&poll(&scene, 20).await), ["1"]);
    assert_eq!(began.elapsed().as_secs(), 12);
}

#[tokio::test(start_paused = true)]
async fn a_receive_tells_times_by_its_calendar() {
    let scene = Scene::new();
    scene.send("a", "1").await;
    after(Duration::from_secs(5)).await;
    let received = scene.receive(1).await;
    let attribute = |name| received[0].attributes().unwrap()[&name].clone();
    assert_eq!(attribute(MessageSystemAttributeName::SentTimestamp), "1767225600000");
    assert_eq!(attribute(MessageSystemAttributeName::ApproximateFirstReceiveTimestamp), "1767225605000");
}

#[tokio::test(start_paused = true)]
async fn its_calendar_can_be_that_of_a_simulation() {
    let world = crate::CompanyPlan { people: 1, accounts: 1, ..Default::default() }.build();
    let simulation = crate::Simulation::new(world, crate::Behaviour::default());
    after(Duration::from_hours(1)).await;
    let sqs = EmbeddedSqs::with_clock(KillSwitch::default(), simulation.clock());
    let url = sqs.queue("users.fifo", QueueSettings::default());
    after(Duration::from_hours(1)).await;
    let scene = Scene { client: sqs.client(), sqs, url, kill: KillSwitch::default() };
    scene.send("a", "1").await;
    assert_eq!(scene.sqs.messages(&scene.url)[0].sent, sync_core::ports::Clock::now(&simulation.clock()));
}
