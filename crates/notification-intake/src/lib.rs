//! Taking Microsoft Graph's change notifications in, up to the decision what is to be done with each.
//!
//! | room | what it knows |
//! |---|---|
//! | [`handshake`] | the proof that an address is ours |
//! | [`delivery`] | what a stranger's body holds, read leniently |
//! | [`verdict`] | which of it is genuine and ours, and what work it is |
//!
//! Nothing here waits, asks or stores: a body and what is known of our subscriptions go in, verdicts come out.

pub mod delivery;
pub mod handshake;
pub mod verdict;
