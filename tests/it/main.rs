//! One binary for all stories.
#![expect(clippy::unwrap_used, reason = "a story that cannot be told is a failed test")]

mod calls;
mod crashes;
mod full_run;
mod oracle;
mod pace;
mod properties;
mod rig;
