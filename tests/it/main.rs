//! One binary for all stories.

mod rig;
mod full_run;
