use crate::failure::Failure;
use crate::guard::{Approval, PlanHash};
use crate::proposal::{Proposal, Proposed};

/// Reads proposals.
pub trait Proposals: Sync {
    /// All of them, the latest first.
    fn proposals(&self) -> impl Future<Output = Result<Vec<Proposal>, Failure>> + Send;

    /// The one of this name.
    fn proposal(&self, plan: &PlanHash) -> impl Future<Output = Result<Option<Proposal>, Failure>> + Send;

    /// What is proposed by it. Fails where that is not what its name says.
    fn proposed(&self, proposal: &Proposal) -> impl Future<Output = Result<Proposed, Failure>> + Send;
}

/// Makes and approves proposals.
pub trait ProposalsWrite: Sync {
    /// Keeps a proposal. One that is kept already is the same but for when it was made and by whom; its approval stays.
    fn propose(&self, proposal: &Proposal, proposed: &Proposed) -> impl Future<Output = Result<(), Failure>> + Send;

    /// Approves the one of this name; says whether there is one.
    fn approve_proposal(
        &self,
        plan: &PlanHash,
        approval: &Approval,
    ) -> impl Future<Output = Result<bool, Failure>> + Send;
}
