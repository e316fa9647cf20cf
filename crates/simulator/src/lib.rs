//! Microsoft Graph, ZenQMS, DynamoDB and SQS on one machine, stateful and able to fail on purpose.
//!
//! [`Simulation`] is both services in one: reachable in process ([`Simulation::transport`]), where a paused clock works,
//! and over a real socket ([`serve`]). [`EmbeddedDynamo`] is DynamoDB, [`EmbeddedSqs`] SQS's FIFO queues with
//! [`EventSource`] as Lambda polls them; [`contract`] is what any FIFO queue is held to. [`Faults`] go wrong on order, [`Tally`] counts, [`KillSwitch`] stops everything
//! between any two steps.
//!
//! Graph tells its subscribers of what [`WorldEditor`] changes: [`Simulation::notify`] says by which [`Receiver`],
//! [`Simulation::deliver_due`] and [`Simulation::deliver_forever`] do it. Delta queries tell whoever asks.
//!
//! Written against what the services document, not against the clients of this project: nothing of theirs is reused here.

mod answer;
mod behaviour;
mod change;
mod company;
mod dynamo;
mod faults;
mod graph;
mod in_process;
mod kill_switch;
mod login;
mod notify;
mod reply;
mod route;
mod schedule;
mod server;
mod simulation;
mod sqs;
mod state;
mod subscription;
mod tally;
mod world;
mod zenqms;

pub use behaviour::{
    AppSecret, Behaviour, Certificate, GraphBehaviour, GraphThrottle, IdForm, Latency, Limit, ListKey, MembersHint,
    MissingRights, NotificationBehaviour, OverlongExpiry, Registration, RetryAfter, RolesAnswer, Spelling,
    ZenqmsBehaviour,
};
pub use change::WorldEditor;
pub use company::{Churn, CompanyPlan, Happening, Mix};
pub use dynamo::{EmbeddedDynamo, EngineError, LedgerFault, LedgerFaultKind, Right};
pub use faults::{Age, Fault, FaultKind, Faults};
pub use in_process::{BASE, InProcess};
pub use kill_switch::KillSwitch;
pub use notify::{LifecycleEvent, NotificationTally, Receiver};
pub use reply::Reply;
pub use route::Route;
pub use server::{Server, serve};
pub use simulation::{SimulatedClock, Simulation};
pub use sqs::contract;
pub use sqs::{Depth, EmbeddedSqs, EventSource, QueueSettings, Record, SqsFault, SqsFaultKind, StoredMessage};
pub use subscription::Subscription;
pub use tally::{Outcomes, Tally, WriteRecord};
pub use world::{
    Account, AccountNumber, Accounts, Deleted, Details, Group, Member, People, Person, Role, RoleNumber, UserType,
    World,
};
