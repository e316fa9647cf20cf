use super::*;

#[tokio::test(start_paused = true)]
async fn what_is_moved_counts_as_sent_when_it_was_moved() {
    let scene = Scene::new();
    let dead = scene.sqs.queue("dead.fifo", QueueSettings::default());
    let settings = QueueSettings { dead_letters: Some(("dead.fifo".into(), 3)), ..QueueSettings::default() };
    let url = scene.sqs.queue("users.fifo", settings);
    assert_eq!(url, scene.url);
    scene.send_all(&["a:1", "a:2"]).await;
    for _ in 0..3 {
        scene.receive(1).await;
        after(VISIBILITY).await;
    }
    assert_eq!(scene.depth(), (2, 0), "nobody has asked since");
    scene.receive(1).await;
    let moved = scene.sqs.messages(&dead);
    assert_eq!((moved.len(), moved[0].receive_count), (1, 3));
    assert_eq!(moved[0].sent - scene.sqs.messages(&url)[0].sent, jiff::SignedDuration::from_secs(90));
}

#[tokio::test(start_paused = true)]
async fn draining_ends_once_the_poison_is_moved() {
    let scene = Scene::new();
    let dead = scene.sqs.queue("dead.fifo", QueueSettings::default());
    let settings = QueueSettings { dead_letters: Some(("dead.fifo".into(), 5)), ..QueueSettings::default() };
    let _ = scene.sqs.queue("users.fifo", settings);
    scene.send_all(&["a:poison", "b:1"]).await;
    let tries = std::cell::Cell::new(0);
    let handler = async |records: Vec<crate::Record>| {
        let poison: Vec<_> = records.into_iter().filter(|record| record.body == "a:poison").collect();
        tries.set(tries.get() + poison.len());
        Ok(poison.into_iter().map(|record| record.message_id).collect())
    };
    scene.source(10, 2).drain(&scene.sqs, handler).await;
    assert_eq!(tries.get(), 5);
    assert_eq!(scene.sqs.messages(&dead)[0].body, "a:poison");
}
