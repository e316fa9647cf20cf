//! Taking Microsoft Graph's change notifications in.
//!
//! | room | what it knows |
//! |---|---|
//! | [`handshake`] | the proof that an address is ours |
//! | [`delivery`] | what a stranger's body holds, read leniently |
//! | [`verdict`] | which of it is genuine and ours, and what work it is |
//! | [`gather`] | the messages that it comes to |
//! | [`intake`] | one request: what goes onto the queues, and the answer |
//!
//! Only the last waits for anything, and for one thing: the queues. Graph wants its answer within three seconds (Graph docs:
//! receive change notifications through webhooks).

pub mod delivery;
pub mod gather;
pub mod handshake;
pub mod intake;
pub mod verdict;
