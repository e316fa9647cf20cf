use uuid::Uuid;

use crate::ports::FreshIds;

/// Ids from the operating system's randomness.
#[derive(Clone, Copy, Debug, Default)]
pub struct RandomIds;

impl FreshIds for RandomIds {
    fn fresh(&self) -> Uuid {
        Uuid::new_v4()
    }
}
