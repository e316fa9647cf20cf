use std::cell::{Cell, RefCell};
use std::collections::HashSet;

use tokio::time::Instant;

use super::*;
use crate::Record;

#[tokio::test(start_paused = true)]
async fn what_is_not_reported_is_deleted_and_the_rest_comes_again_in_order() {
    let scene = Scene::new();
    scene.send_all(&["a:1", "a:2", "a:3", "b:1"]).await;
    let seen = RefCell::new(Vec::new());
    let handler = async |records: Vec<Record>| {
        let first = seen.borrow().is_empty();
        seen.borrow_mut().push(records.iter().map(|record| record.body.clone()).collect::<Vec<_>>());
        let failed = records.iter().filter(|record| first && ["a:2", "a:3"].contains(&record.body.as_str()));
        Ok(failed.map(|record| record.message_id.clone()).collect())
    };
    let began = Instant::now();
    scene.source(10, 1).drain(&scene.sqs, handler).await;
    assert_eq!(*seen.borrow(), [vec!["a:1", "a:2", "a:3", "b:1"], vec!["a:2", "a:3"]]);
    assert_eq!(began.elapsed().as_secs(), 30);
    assert_eq!(scene.depth(), (0, 0));
    assert_eq!(scene.sqs.calls()["ReceiveMessage"], 2, "it does not poll in vain");
}

#[tokio::test(start_paused = true)]
async fn an_error_or_an_unknown_id_fails_the_whole_batch() {
    let scene = Scene::new();
    scene.send_all(&["a:1", "b:1"]).await;
    let counts = RefCell::new(Vec::new());
    let handler = async |records: Vec<Record>| {
        counts.borrow_mut().push(records[0].receive_count);
        assert_eq!(records.len(), 2);
        match counts.borrow().len() {
            1 => Err(()),
            2 => Ok(vec!["nobody".to_owned()]),
            _ => Ok(vec![]),
        }
    };
    scene.source(10, 3).drain(&scene.sqs, handler).await;
    assert_eq!(*counts.borrow(), [1, 2, 3]);
}

#[tokio::test(start_paused = true)]
async fn groups_run_side_by_side_and_never_twice() {
    let scene = Scene::new();
    for number in 0..3 {
        for group in ["a", "b", "c", "d", "e", "f"] {
            scene.send(group, &format!("{group}:{number}")).await;
        }
    }
    let (running, most) = (RefCell::new(HashSet::new()), Cell::new(0));
    let handler = async |records: Vec<Record>| {
        assert!(running.borrow_mut().insert(records[0].group.clone()), "a group in two batches");
        most.set(most.get().max(running.borrow().len()));
        after(Duration::from_secs(1)).await;
        running.borrow_mut().remove(&records[0].group);
        Ok(vec![])
    };
    let began = Instant::now();
    scene.source(1, 3).drain(&scene.sqs, handler).await;
    assert_eq!(most.get(), 3);
    assert_eq!(began.elapsed().as_secs(), 6);
}

#[tokio::test(start_paused = true)]
async fn it_waits_for_messages_and_outlives_failing_calls() {
    let scene = Scene::new();
    scene.sqs.order(SqsFault::on("ReceiveMessage").times(7));
    let bodies = RefCell::new(Vec::new());
    let handler = async |records: Vec<Record>| {
        bodies.borrow_mut().extend(records.into_iter().map(|record| record.body));
        Ok(vec![])
    };
    let source = scene.source(10, 2);
    let sending = async {
        after(Duration::from_hours(5)).await;
        assert!(scene.sqs.calls().is_empty());
        scene.send_all(&["a:1", "a:2"]).await;
        after(Duration::from_mins(10)).await;
    };
    tokio::select! {
        () = source.run(&scene.sqs, handler) => {}
        () = sending => {}
    }
    assert_eq!(*bodies.borrow(), ["a:1", "a:2"]);
    assert_eq!(scene.depth(), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn whoever_dies_at_any_step_loses_nothing() {
    for after_steps in 0..=3 {
        let scene = Scene::new();
        scene.send_all(&["a:1", "b:1", "a:2"]).await;
        let bodies = RefCell::new(Vec::new());
        let handler = async |records: Vec<Record>| {
            bodies.borrow_mut().extend(records.into_iter().map(|record| record.body));
            Ok(vec![])
        };
        let source = scene.source(1, 2);
        scene.kill.arm(after_steps);
        tokio::select! {
            () = source.run(&scene.sqs, &handler) => {}
            () = scene.kill.tripped() => {}
            () = after(Duration::from_mins(1)) => {}
        }
        scene.kill.disarm();
        source.drain(&scene.sqs, &handler).await;
        let of_group_a: Vec<_> = bodies.borrow().iter().filter(|body| body.starts_with('a')).cloned().collect();
        assert_eq!(of_group_a.first().map(String::as_str), Some("a:1"));
        assert_eq!(of_group_a.last().map(String::as_str), Some("a:2"));
        assert!(bodies.borrow().iter().any(|body| body == "b:1"));
        assert_eq!(scene.depth(), (0, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn it_can_run_on_another_thread() {
    fn sendable<T: Send>(future: T) -> T {
        future
    }
    let scene = Scene::new();
    scene.send("a", "1").await;
    let source = scene.source(10, 2);
    sendable(source.drain(&scene.sqs, |_| std::future::ready(Ok(Vec::new())))).await;
    assert_eq!(scene.depth(), (0, 0));
}
