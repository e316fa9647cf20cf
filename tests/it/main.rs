//! One binary for all stories.

mod oracle;
mod properties;
mod rig;
mod full_run;
