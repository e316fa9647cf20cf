use anyhow::bail;
use jiff::Timestamp;
use sync_core::guard::PlanHash;
use sync_core::proposal::Proposal;

use crate::when::at;

/// The proposal that somebody typed the hash of.
///
/// # Errors
/// When it is none of these.
pub(super) fn find<'a>(proposals: &'a [Proposal], typed: &str) -> anyhow::Result<&'a Proposal> {
    let hash = PlanHash::typed(typed);
    let mut meant = proposals.iter().filter(|proposal| proposal.plan.is_meant_by(&hash));
    match (meant.next(), meant.next(), proposals.first()) {
        (Some(proposal), None, _) => Ok(proposal),
        (Some(_), Some(_), _) => bail!("`{typed}` is the beginning of several proposals: type more of it"),
        (None, _, Some(latest)) => bail!(
            "`{typed}` is no proposal that is kept. The latest is {}, of {}, for {} people",
            latest.plan.short(),
            at(latest.made_at),
            latest.people
        ),
        (None, _, None) => bail!("no proposal is kept: `entra-zenqms plan` makes one"),
    }
}

/// Whether it may be carried out.
///
/// # Errors
/// Why not, with the cure.
pub(super) fn ready(proposal: &Proposal, now: Timestamp, stack: &str) -> anyhow::Result<()> {
    let plan = proposal.plan.short();
    let cure = format!("`entra-zenqms approve {plan} --because \"...\" --stack {stack}`");
    match &proposal.approval {
        None => bail!("nobody has approved {plan}: {cure}"),
        Some(approval) if approval.until <= now => {
            bail!("the approval of {plan}, by {}, is void since {}: {cure}", approval.by, at(approval.until))
        }
        Some(_) => Ok(()),
    }
}
