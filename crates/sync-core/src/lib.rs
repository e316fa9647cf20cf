//! The core of the synchronisation: what must be written for whom, and the machinery to do it.
//!
//! The rooms, from the inside out; each knows only those above it:
//!
//! | room | what it knows |
//! |---|---|
//! | [`domain`] | directory users, accounts, links, groups, roles, the mapping |
//! | [`plan`] | the rules: values in, a plan of actions and reasons out |
//! | [`index`] | a million accounts and memberships in the memory of a small Lambda |
//! | [`guard`] | what may be taken away without being asked |
//! | [`failure`], [`pace`] | what may go wrong and what then; how fast a service can be asked |
//! | [`evidence`] | what was written to ZenQMS, for whom and why: a chain of records a person |
//! | [`work`] | whom to look at and why, as it stands on the queues |
//! | [`ports`] | what the flows need of the outside, one capability a trait |
//! | [`look`] | the look at single people, which every change ends in |
//! | [`sweep`] | who has changed since the last time |
//! | [`proposal`] | what a run would write, kept to be approved before it is done |
//! | [`apply`], [`claim`], [`run`], [`mapping`], [`members`] | carrying plans out, one at a time for a person; runs, their counts and checkpoints |
//! | `io` (feature) | Microsoft Graph, ZenQMS, DynamoDB and SQS behind the ports |

pub mod apply;
pub mod claim;
pub mod domain;
pub mod evidence;
pub mod failure;
pub mod guard;
pub mod index;
#[cfg(feature = "io")]
pub mod io;
pub mod look;
pub mod mapping;
pub mod members;
pub mod pace;
pub mod plan;
pub mod ports;
pub mod proposal;
pub mod run;
pub mod sweep;
pub mod work;
