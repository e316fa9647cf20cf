//! The ledger, on the DynamoDB API alone: one table, on AWS or embedded in this very process, and no difference between
//! the two in here.
//!
//! | partition key `pk` | sort key `sk` | what |
//! |---|---|---|
//! | `user#<directory user>` | `link` | which account this integration linked to the person, when, by which run |
//! | `user#<directory user>` | `look` | who holds him, when he was last read, his account, who waits for him |
//! | `parked` | `<directory user>` | for whom nothing can be done until somebody mends what is wrong, and why |
//! | `exceptions#<first digit of his id>` | `<directory user>` | who is not in line with the directory, since when and why |
//! | `guard` | `window` | from whom something was taken within 24 hours, and how many accounts are linked |
//! | `held` | `<directory user>` | what waits for approval, since when, why, and who approved it |
//! | `proposals` | `<hash>` | what a run would write, made to be approved: when, by whom, by which settings, how many people |
//! | `approvals` | `<hash>` | who approved it, why, until when |
//! | `proposal#<hash>` | `<number, four digits>` | a piece of it: who, and the digest of what would be written for him |
//! | `runs` | `latest#<mode>` | the name of the latest run of a mode |
//! | `runs` | `run#<run>` | a run: its state, counts and checkpoint |
//! | `mapping` | `current` | the resolved mapping |
//! | `mapping` | `accepted`, `accepted-before` | the settings that the last deployments found good, and their mapping |
//! | `mapping` | `tree` | the groups below the mapped ones |
//! | `sweep` | `links` | where the next delta sweep goes on |
//! | `sweep` | `owed` | since when everything has to be compared |
//! | `integration` | `ending` | since when the integration is being removed, and since when it waits for its first approved run |
//! | `integration` | `cleanup` | where the cleanup stands |
//! | `subscriptions` | `users`, `groups` | our subscriptions, each with its clientState |
//!
//! What was written to ZenQMS is in a table of its own, which outlives the first:
//!
//! | partition key `pk` | sort key `sk` | what |
//! |---|---|---|
//! | `<directory user>` | `<number, ten digits>` | a record of his chain: its text, and its hash |
//!
//! Every write over which two could quarrel is conditional: a second worker, a retry of the SDK or an older writer changes
//! nothing by accident.

mod binary;
mod ending;
mod evidence;
mod evidence_read;
mod exceptions;
mod failure;
mod guard;
mod links;
mod mapping;
mod parked;
mod people;
mod proposals;
mod records;
mod runs;
mod subscriptions;
mod sweeps;
mod table;
mod traces;

pub use mapping::Accepted;
pub use table::Ledger;
