//! What a full run holds in memory: every account of ZenQMS, who is in which mapped group, and the people whose e-mail
//! address has to wait until the whole directory has been seen.
//!
//! The structures are packed, because a Lambda of 128 MB has to hold a million of each: texts are kept once
//! ([`Texts`](texts::Texts)), entries hold numbers, and hash tables hold entry numbers. What comes out are ordinary
//! domain values, so planning knows nothing of all this.

mod accounts;
mod claims;
mod memberships;
mod packed;
mod sets;
mod texts;

pub use accounts::{AccountIndex, Settledness, Slot};
pub use claims::{Claimant, Claims};
pub use memberships::Memberships;
