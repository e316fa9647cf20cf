use cleanup::{CleanupReport, Services as CleanupServices, Settings as CleanupSettings, clean_up};
use initial_sync::{Budget, Services as RunServices, Settings as RunSettings};
use notification_intake::intake::{Answer, Cache, Intake, Queues};
use simulator::Record;
use subscription_keeper::{Keeper, Report};
use sync_core::domain::{DirectoryUserId, Mapping};
use sync_core::failure::Failure;
use sync_core::guard::Limits;
use sync_core::io::dynamo::Ledger;
use sync_core::io::graph::GraphClient;
use sync_core::io::http::Transport;
use sync_core::io::sqs::SqsQueue;
use sync_core::io::zenqms::ZenqmsClient;
use sync_core::look::{Explanation, Observer, Services as LookServices, Terms, explain};
use sync_core::plan::Policy;
use sync_core::ports::{Clock, FreshIds, Nesting, Receipt};
use sync_core::run::RunReport;
use sync_core::work::{Delivered, KeeperWork, MessageId};
use uuid::Uuid;

use crate::access::Clients;
use crate::store::Store;

/// How the product is set up.
#[derive(Clone, Debug)]
pub struct Options {
    /// Which groups give which roles.
    pub mapping: Mapping,
    /// Whether nested groups count.
    pub nesting: Nesting,
    /// Whether people without an account get one.
    pub initial_sync: bool,
    /// What may be taken away without being asked.
    pub limits: Limits,
    /// Where notifications are to go.
    pub notification_url: String,
    /// The tenant.
    pub tenant: Uuid,
    /// How long a run may work at a time.
    pub budget: Budget,
}

/// All handlers in one process.
pub struct Host<T, C, I, O> {
    /// The services, as runs and the keeper reach them.
    pub clients: Clients<T, C>,
    /// The services, as the flows reach them.
    pub flows: Clients<T, C>,
    /// The ledger and the queues.
    pub store: Store,
    /// How the product is set up.
    pub options: Options,
    /// Names for claims, messages and secrets.
    pub ids: I,
    /// Who wants to know what becomes of people.
    pub observer: O,
    cache: Cache,
}

/// What a run of this host works with.
pub type Runs<'a, T, C, I> = RunServices<'a, GraphClient<T, C>, ZenqmsClient<T, C>, Ledger, SqsQueue, C, I>;

/// What the cleanup of this host works with.
pub type Cleanup<'a, T, C> = CleanupServices<'a, GraphClient<T, C>, ZenqmsClient<T, C>, Ledger, C>;

impl<T, C, I, O> Host<T, C, I, O>
where
    T: Transport,
    C: Clock,
    I: FreshIds,
    O: Observer,
{
    /// A host that has not begun.
    pub fn new(
        clients: Clients<T, C>,
        flows: Clients<T, C>,
        store: Store,
        options: Options,
        ids: I,
        observer: O,
    ) -> Self {
        Self { clients, flows, store, options, ids, observer, cache: Cache::default() }
    }

    /// The notification intake: one request.
    pub async fn intake(&self, raw_query: &str, body: &[u8]) -> Answer {
        let intake = Intake {
            ledger: &self.store.ledger,
            queues: Queues { users: &self.store.users, groups: &self.store.groups, keeper: &self.store.keeper },
            clock: &self.clients.clock,
            ids: &self.ids,
            tenant: self.options.tenant,
            cache: &self.cache,
        };
        intake.answer(raw_query, body).await
    }

    /// What a look works with.
    const fn look_services(&self) -> LookServices<'_, GraphClient<T, C>, ZenqmsClient<T, C>, Ledger, SqsQueue, C, I> {
        LookServices {
            directory: &self.flows.graph,
            accounts: &self.flows.zenqms,
            ledger: &self.store.ledger,
            users: &self.store.users,
            clock: &self.flows.clock,
            ids: &self.ids,
        }
    }

    /// The user flow: one batch. Returns the messages that failed.
    pub async fn users(&self, batch: Vec<Record>) -> Vec<String> {
        let settings = user_flow::Settings {
            mapping: &self.options.mapping,
            nesting: self.options.nesting,
            initial_sync: self.options.initial_sync,
            limits: &self.options.limits,
            lens: self.flows.graph.lens(),
            observer: &self.observer,
        };
        texts(Box::pin(user_flow::handle(delivered(batch), self.look_services(), &settings)).await)
    }

    /// The group flow: one batch. Returns the messages that failed.
    pub async fn groups(&self, batch: Vec<Record>) -> Vec<String> {
        let services = group_flow::Services {
            directory: &self.flows.graph,
            accounts: &self.flows.zenqms,
            ledger: &self.store.ledger,
            users: &self.store.users,
            groups: &self.store.groups,
            clock: &self.flows.clock,
            ids: &self.ids,
        };
        let settings = group_flow::Settings {
            mapping: &self.options.mapping,
            nesting: self.options.nesting,
            initial_sync: self.options.initial_sync,
            limits: &self.options.limits,
            lens: self.flows.graph.lens(),
            observer: &self.observer,
        };
        let handled = Box::pin(group_flow::handle(delivered(batch), services, &settings)).await;
        texts(handled)
    }

    /// Why somebody has what he has, and what the next look would do.
    ///
    /// # Errors
    /// What could not be read.
    pub async fn explain(&self, user: DirectoryUserId) -> Result<Explanation, Failure> {
        let Options { mapping, nesting, initial_sync, limits, .. } = &self.options;
        let lens = self.flows.graph.lens();
        let terms = Terms { mapping, nesting: *nesting, policy: Policy::change(*initial_sync), limits, lens };
        Box::pin(explain(&self.look_services(), terms, user)).await
    }

    /// The subscription keeper: on schedule, or because of news.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn keep(&self, event: Option<KeeperWork>) -> Result<Report, Failure> {
        let keeper = Keeper {
            directory: &self.clients.graph,
            ledger: &self.store.ledger,
            clock: &self.clients.clock,
            ids: &self.ids,
            notification_url: &self.options.notification_url,
            groups: !self.options.mapping.is_empty(),
        };
        keeper.keep(event).await
    }

    /// The full run.
    ///
    /// # Errors
    /// What failed and may succeed later.
    pub async fn full(&self, observer: &impl initial_sync::Observer) -> Result<RunReport, Failure> {
        // Boxed, as all flows are: they are large, and several of them stand side by side in one task.
        Box::pin(initial_sync::full(self.run_services(), self.run_settings(), observer)).await
    }

    /// The sweep: what has changed, or everything where that is not known.
    ///
    /// # Errors
    /// What failed and may succeed later.
    pub async fn sweep(&self, observer: &impl initial_sync::Observer) -> Result<RunReport, Failure> {
        let sweep = initial_sync::sweep(self.run_services(), self.run_settings(), observer);
        Box::pin(sweep).await
    }

    /// The cleanup: this host is removed.
    ///
    /// # Errors
    /// What failed; the next one goes on from there.
    pub async fn clean_up(&self) -> Result<CleanupReport, Failure> {
        let url = self.options.notification_url.as_str();
        let settings =
            CleanupSettings { notification_url: (!url.is_empty()).then_some(url), budget: self.options.budget };
        Box::pin(clean_up(self.cleanup_services(), settings)).await
    }

    /// What the cleanup works with.
    pub const fn cleanup_services(&self) -> Cleanup<'_, T, C> {
        CleanupServices {
            directory: &self.clients.graph,
            accounts: &self.clients.zenqms,
            ledger: &self.store.ledger,
            clock: &self.clients.clock,
        }
    }

    /// What a run works with.
    pub const fn run_services(&self) -> Runs<'_, T, C, I> {
        RunServices {
            directory: &self.clients.graph,
            accounts: &self.clients.zenqms,
            ledger: &self.store.ledger,
            users: &self.store.users,
            groups: &self.store.groups,
            clock: &self.clients.clock,
            ids: &self.ids,
        }
    }

    /// How a run is to work.
    pub fn run_settings(&self) -> RunSettings<'_> {
        RunSettings {
            mapping: &self.options.mapping,
            nesting: self.options.nesting,
            initial_sync: self.options.initial_sync,
            limits: &self.options.limits,
            lens: self.clients.graph.lens(),
            budget: self.options.budget,
            asked_by: None,
            dice: self.ids.fresh().as_fields().0,
        }
    }
}

fn delivered(batch: Vec<Record>) -> Vec<Delivered> {
    batch
        .into_iter()
        .map(|record| Delivered {
            id: MessageId(record.message_id),
            receipt: Receipt(record.receipt_handle),
            body: record.body,
            receives: record.receive_count,
        })
        .collect()
}

fn texts(failed: Vec<MessageId>) -> Vec<String> {
    failed.into_iter().map(|id| id.0).collect()
}
