use super::*;

#[tokio::test(start_paused = true)]
async fn after_three_receives_in_vain_the_fourth_moves_it() {
    let scene = Scene::new();
    let dead = scene.sqs.queue("dead.fifo", QueueSettings::default());
    let settings = QueueSettings { dead_letters: Some(("dead.fifo".into(), 3)), ..QueueSettings::default() };
    let url = scene.sqs.queue("users.fifo", settings);
    assert_eq!(url, scene.url);
    scene.send_all(&["a:1", "a:2"]).await;
    for _ in 0..3 {
        assert_eq!(bodies(&scene.receive(1).await), ["a:1"]);
        assert_eq!(scene.sqs.depth(&dead), Depth::default());
        after(VISIBILITY).await;
    }
    assert_eq!(scene.depth(), (2, 0));
    assert_eq!(bodies(&scene.receive(1).await), ["a:2"]);
    assert_eq!(scene.depth(), (0, 1));
    let moved = scene.sqs.messages(&dead);
    assert_eq!(moved.len(), 1);
    assert_eq!((moved[0].body.as_str(), moved[0].group.as_str(), moved[0].receive_count), ("a:1", "a", 3));
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
