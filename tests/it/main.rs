//! One binary for all stories.

mod calls;
mod crashes;
mod full_run;
mod oracle;
mod pace;
mod properties;
mod rig;
