//! The ledger, on the DynamoDB API alone: one table, on AWS or embedded in this very process, and no difference between
//! the two in here.
//!
//! | partition key `pk` | sort key `sk` | what |
//! |---|---|---|
//! | `user#<directory user>` | `link` | which account this integration linked to the person, when, by which run |
//! | `runs` | `latest#<mode>` | the name of the latest run of a mode |
//! | `runs` | `run#<run>` | a run: its state, counts and checkpoint |
//! | `mapping` | `current` | the resolved mapping |
//!
//! Every write is conditional: a second worker, a retry of the SDK or an older writer changes nothing by accident.

mod failure;
mod links;
mod mapping;
mod runs;
mod table;

pub use table::Ledger;
