//! One binary for all stories.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a story that cannot be told is a failed test"
)]

mod awry;
mod bad_input;
mod bursts;
mod calls;
mod cleanup;
mod concurrency;
mod crashes;
mod drops;
mod evidence;
mod exceptions;
mod explain;
mod faults;
mod full_run;
mod guard;
mod intake;
mod keeper;
mod laboratory;
mod ledger;
mod live;
mod missing;
mod oracle;
mod pace;
mod properties;
mod proposal;
mod real_time;
mod rig;
mod scope;
mod sign_in;
mod simulated_services;
mod sockets;
mod storm;
mod template;
mod waiting;
