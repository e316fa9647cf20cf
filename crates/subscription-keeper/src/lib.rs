//! Keeping one live subscription for users and, when something is mapped, one for groups.
//!
//! | room | what it knows |
//! |---|---|
//! | [`step`] | what a subscription needs: made, renewed, replaced, ended (pure) |
//! | [`keep`] | doing it, and what to do when Graph sees it otherwise |
//!
//! Graph says nothing when a subscription is gone (Graph docs: lifecycle notifications, for users and groups only
//! `reauthorizationRequired`), so this is done on a schedule. Whatever may have been missed meanwhile is found by a sweep,
//! which the [`Report`] asks for.

mod keep;
mod step;

pub use keep::{Keeper, Kept, Outcome, Report};
pub use step::{Step, step};
