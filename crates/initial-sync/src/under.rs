use sync_core::evidence::Author;
use sync_core::guard::{Approval, PlanHash};
use sync_core::proposal::Proposed;

/// What a run keeps to: what was proposed, and who approved it.
#[derive(Clone, Debug)]
pub(crate) struct Under {
    pub(crate) plan: PlanHash,
    pub(crate) proposed: Proposed,
    pub(crate) approval: Approval,
    /// Whether it is only to be gone on with: by now nobody might begin it any more.
    pub(crate) goes_on: bool,
}

impl Under {
    /// Whoever approved the proposal approved each write.
    pub(crate) fn sign(&self, author: Author) -> Author {
        Author { approval: Some(self.approval.clone()), proposed: true, ..author }
    }
}
