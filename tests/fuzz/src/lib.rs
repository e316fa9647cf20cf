//! What has to hold for any bytes that a stranger sends.
//!
//! | room | whose bytes |
//! |---|---|
//! | [`delivery`] | the body of a request to the intake's address |
//! | [`query`] | its query |
//! | [`work`] | a message on a queue |
//!
//! Each has one function, `check`, that panics where something does not hold. The suite calls it for the seeds in `seeds/`, for
//! thousands of mutations of them, and for inputs that are made to get far in; `make fuzz` lets libFuzzer look for inputs that reach
//! what no other did.

pub mod delivery;
pub mod query;
pub mod work;

mod door;
#[cfg(test)]
mod seeds;

/// serde_json's name for what is to be read later. Its trees, by which some of this is checked, take an object with it for that; nobody
/// writes one.
fn is_private_to_serde_json(bytes: &[u8]) -> bool {
    const NAME: &[u8] = b"serde_json::private";
    bytes.windows(NAME.len()).any(|part| part == NAME)
}
