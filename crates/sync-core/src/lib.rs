//! The core of the synchronisation: what must be written for whom, and the machinery to do it.
//!
//! The rooms, from the inside out; each knows only those above it:
//!
//! | room | what it knows |
//! |---|---|
//! | [`domain`] | directory users, accounts, links, groups, roles, the mapping |
//! | [`plan`] | the rules: values in, a plan of actions and reasons out |
//! | [`index`] | a million accounts and memberships in the memory of a small Lambda |
//! | [`failure`], [`pace`] | what may go wrong and what then; how fast a service can be asked |
//! | [`ports`] | what the flows need of the outside, one capability a trait |
//! | [`apply`], [`run`], [`mapping`] | carrying plans out; runs, their counts and checkpoints |
//! | `io` (feature) | Microsoft Graph, ZenQMS and DynamoDB behind the ports |

pub mod apply;
pub mod domain;
pub mod failure;
pub mod index;
#[cfg(feature = "io")]
pub mod io;
pub mod mapping;
pub mod pace;
pub mod plan;
pub mod ports;
pub mod run;
