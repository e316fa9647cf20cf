//! A rig at work: notifications come in, the flows handle them, sweeps follow, all in virtual time.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::join;
use http::HeaderMap;
use initial_sync::Silent;
use simulator::{Behaviour, EventSource, Receiver, World};
use tokio::time::timeout;

use crate::rig::{Heard, Rig, TestHost};

/// A rig whose intake is joined to the simulated Graph.
pub(crate) struct Live {
    pub(crate) rig: Rig,
    /// The process at work. A crash replaces it.
    host: Arc<Mutex<Arc<TestHost>>>,
    pub(crate) sweep_every: Duration,
    /// Kills handlers: the share of them, and the dice.
    pub(crate) killing: Option<Arc<Mutex<(f64, fastrand::Rng)>>>,
}

/// The way from Graph to the intake.
struct Door(Arc<Mutex<Arc<TestHost>>>);

impl Receiver for Door {
    fn post<'a>(&'a self, url: &'a str, _: &'a str, body: Bytes) -> BoxFuture<'a, Option<(u16, HeaderMap, Bytes)>> {
        let host = self.0.lock().unwrap().clone();
        let query = url.split_once('?').map_or("", |(_, query)| query);
        Box::pin(async move {
            let answer = host.intake(query, &body).await;
            let headers = HeaderMap::from_iter([(http::header::CONTENT_TYPE, "text/plain".parse().unwrap())]);
            Some((answer.status, headers, Bytes::from(answer.body)))
        })
    }
}

impl Live {
    /// Everything is set up as by a deployment: mapping, subscriptions, initial sync.
    pub(crate) async fn deployed(world: World, behaviour: Behaviour, groups: usize) -> Self {
        let mapping = serde_json::to_string(&world.suggested_mapping(groups)).unwrap();
        Self::deployed_with(Rig::with(world, behaviour).await, &mapping).await
    }

    pub(crate) async fn deployed_with(mut rig: Rig, mapping: &str) -> Self {
        rig.map(mapping).await.unwrap();
        let live = Self::new(rig);
        let host = live.host();
        let report = host.keep(None).await.unwrap();
        assert!(report.sweep, "{report:?}");
        let heard = Heard::default();
        let report = host.full(&heard).await.unwrap();
        assert_eq!((report.status, report.counts.failed), ("complete", 0), "{report:?} {:?}", heard.lines.lock());
        // What was read a moment ago would be in doubt.
        tokio::time::sleep(Duration::from_mins(10)).await;
        live.rig.simulation.reset_tally();
        live
    }

    pub(crate) fn new(rig: Rig) -> Self {
        let host = Arc::new(Mutex::new(rig.host()));
        rig.simulation.notify(Arc::new(Door(host.clone())));
        Self { rig, host, sweep_every: Duration::from_mins(15), killing: None }
    }

    pub(crate) fn host(&self) -> Arc<TestHost> {
        self.host.lock().unwrap().clone()
    }

    /// Lets everybody work for so long.
    pub(crate) async fn work_for(&self, time: Duration) {
        let _ = timeout(time, async { join!(self.work(), self.rig.simulation.deliver_forever()) }).await;
    }

    /// Lets everybody work until nobody has anything to do, and no longer than so.
    pub(crate) async fn work_until_idle(&self, most: Duration) {
        let idle = async {
            loop {
                tokio::time::sleep(Duration::from_secs(1)).await;
                if self.is_idle() {
                    break;
                }
            }
        };
        let all = async {
            tokio::select! {
                () = idle => {}
                _ = async { join!(self.work(), self.rig.simulation.deliver_forever()) } => {}
            }
        };
        assert!(timeout(most, all).await.is_ok(), "work does not end");
    }

    fn is_idle(&self) -> bool {
        let urls = &self.rig.store.urls;
        let is_empty = |url: &str| self.rig.store.sqs.messages(url).is_empty();
        is_empty(&urls.users)
            && is_empty(&urls.groups)
            && is_empty(&urls.keeper)
            && self.rig.simulation.next_due().is_none()
    }

    /// Sweeps, and lets everybody work until nothing is left to do.
    pub(crate) async fn sweep(&self) {
        while self.host().sweep(&Silent).await.unwrap().status != "complete" {}
        self.work_until_idle(Duration::from_hours(3)).await;
    }

    fn work(&self) -> impl Future<Output = ()> {
        Box::pin(self.work_unboxed())
    }

    async fn work_unboxed(&self) {
        let source = |url: &str| EventSource { queue_url: url.to_owned(), batch_size: 10, concurrency: 4 };
        let (sqs, urls) = (&self.rig.store.sqs, &self.rig.store.urls);
        let (users, groups, keeper) = (source(&urls.users), source(&urls.groups), source(&urls.keeper));
        let users = users.run(sqs, |batch| self.attempt(|host| Box::pin(async move { host.users(batch).await })));
        let groups = groups.run(sqs, |batch| self.attempt(|host| Box::pin(async move { host.groups(batch).await })));
        let keeper = keeper.run(sqs, |batch| self.attempt(|host| Box::pin(async move { host.news(batch).await })));
        join!(users, groups, keeper, self.schedule());
    }

    async fn schedule(&self) {
        loop {
            tokio::time::sleep(self.sweep_every).await;
            let host = self.host();
            self.survives(host.keep(None)).await;
            self.survives(host.sweep(&Silent)).await;
        }
    }

    /// A handler at work on a batch. One that is killed leaves its batch to the visibility time-out.
    async fn attempt(
        &self,
        handle: impl FnOnce(Arc<TestHost>) -> BoxFuture<'static, Vec<String>>,
    ) -> Result<Vec<String>, ()> {
        self.survives(handle(self.host())).await.ok_or(())
    }

    /// Does `work`, unless it is killed on the way. A kill takes the process with it.
    async fn survives<R>(&self, work: impl Future<Output = R>) -> Option<R> {
        let work = Box::pin(work);
        let fate = self.killing.as_ref().and_then(|killing| {
            let (share, dice) = &mut *killing.lock().unwrap();
            (dice.f64() < *share).then(|| Duration::from_millis(dice.u64(0..1_500)))
        });
        let Some(after) = fate else { return Some(work.await) };
        let survived = timeout(after, work).await.ok();
        if survived.is_none() {
            *self.host.lock().unwrap() = self.rig.host();
        }
        survived
    }

    /// What is left on all queues, the dead letters included.
    pub(crate) fn left_behind(&self) -> Vec<String> {
        let urls = &self.rig.store.urls;
        [&urls.users, &urls.groups, &urls.keeper, &urls.user_dead_letters, &urls.group_dead_letters]
            .into_iter()
            .flat_map(|url| self.rig.store.sqs.messages(url))
            .map(|message| message.body)
            .collect()
    }
}
