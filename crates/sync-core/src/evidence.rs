//! What was written to ZenQMS, on record for whoever has to explain it, or to prove it.
//!
//! Each person has a **chain** of records, numbered from 1, each with the SHA-256 of the one before it and of its own text. A
//! write takes two: the [`Intent`] is on record before ZenQMS is asked (who, why, each field with its old and its new value,
//! each role with the groups that give it), the [`Outcome`] after it has answered. Whoever writes a person has claimed him, so
//! nobody contends for the end of a chain.
//!
//! Whoever is killed in between leaves an intent without an outcome. The next one to claim the person sees that somebody died
//! over him, looks what the account shows, and writes that. So evidence and ZenQMS cannot disagree for longer than until the
//! next look, and nothing that was done is missing.
//!
//! What an operator does about somebody himself stands in the same chain: [`Dropped`].
//!
//! ```text
//! claim ── read, plan, guard ── end an open intent ── intent ── write ── outcome ── release (keeps number and hash of the last)
//! ```

mod author;
mod chain;
mod entry;
mod intent;
mod seen;
mod verify;
mod witness;

pub use author::{Author, SettingsHash};
pub use chain::{Chain, Flaw, Hash, Head, Stored};
pub use entry::{
    Answer, Answered, Dropped, Entry, FieldChange, Intent, Outcome, Record, RecordedField, RoleChange, Write,
};
pub use verify::{Verdict, Verifier, sample, verify};
pub use witness::Witness;

#[cfg(test)]
mod tests;
