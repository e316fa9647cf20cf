use sync_core::evidence::Author;
use sync_core::failure::Failure;
use sync_core::guard::{Approval, Limits, PlanHash};
use sync_core::plan::Policy;
use sync_core::ports::{
    AccountsFind, AccountsList, AccountsWrite, Allowances, Clock, Comparisons, DeltaRecords, DirectoryChanges,
    DirectoryNesting, DirectoryPresence, DirectoryUsers, Ending, Evidence, ExceptionList, Exceptions, FreshIds,
    GroupMembers, GroupTrees, Holds, Links, Paced, People, Proposals, Queue, RolesWrite, Runs,
};
use sync_core::proposal::Proposed;
use sync_core::run::{Mode, RunReport, RunState};

use crate::event::Observer;
use crate::outcome::{not_begun, removed};
use crate::run::to_its_end;
use crate::settings::{Services, Settings};

/// What a run keeps to: what was proposed, and who approved it.
#[derive(Clone, Debug)]
pub(crate) struct Under {
    pub(crate) plan: PlanHash,
    pub(crate) proposed: Proposed,
    pub(crate) approval: Approval,
}

impl Under {
    /// Whoever approved the proposal approved each write.
    pub(crate) fn sign(&self, author: Author) -> Author {
        Author { approval: Some(self.approval.clone()), proposed: true, ..author }
    }
}

/// Carries out an approved proposal, or goes on with it, until it is done or the time is up. Everybody is planned anew: whoever has
/// the same plan as was proposed is written, whoever has another is left alone and counted.
///
/// # Errors
/// What failed and may succeed later; the run can be gone on with at once.
pub async fn apply<D, A, L, Q, C, I, O>(
    services: Services<'_, D, A, L, Q, C, I>,
    settings: Settings<'_>,
    plan: &PlanHash,
    observer: &O,
) -> Result<RunReport, Failure>
where
    D: DirectoryUsers + GroupMembers + DirectoryPresence + DirectoryChanges + DirectoryNesting,
    A: AccountsList + AccountsFind + AccountsWrite + RolesWrite + Paced,
    L: Runs
        + Links
        + Evidence
        + People
        + DeltaRecords
        + GroupTrees
        + Comparisons
        + Ending
        + Allowances
        + Holds
        + Exceptions
        + ExceptionList
        + Proposals,
    Q: Queue,
    C: Clock,
    I: FreshIds,
    O: Observer,
{
    let (ledger, now) = (services.ledger, services.clock.now());
    if ledger.ending().await?.is_some() {
        return Ok(removed(Mode::Apply, now, settings.dice));
    }
    let latest = ledger.latest(Mode::Apply).await?;
    // Whoever was in time when he began may end.
    let goes_on =
        latest.filter(|run| run.proposal.as_ref() == Some(plan) && matches!(run.state, RunState::Running { .. }));
    let since = goes_on.map_or(now, |run| run.began);
    let hash = settings.hash();
    let approval = match ledger.proposal(plan).await? {
        None => Err("no such proposal is kept; `entra-zenqms plan` makes one"),
        Some(proposal) if proposal.settings != hash => {
            Err("other settings were deployed since it was made; make another one")
        }
        Some(proposal) => {
            proposal.approved(since).cloned().ok_or("nobody has approved it, or the approval is void by now")
        }
    };
    let approval = match approval {
        Ok(approval) => approval,
        Err(why) => {
            let because = format!("proposal {} is not carried out: {why}", plan.short());
            return Ok(not_begun(Mode::Apply, now, settings.dice, because));
        }
    };
    let under = Under { plan: plan.clone(), proposed: ledger.proposed(plan).await?, approval };
    // What was approved in so many words needs no limit; whoever is protected stays so.
    let limits = Limits::none(settings.limits.protected.clone());
    let sweep = services.sweep(settings);
    let before = Box::pin(sweep.begin(now));
    let policy = Policy::initial_sync(settings.initial_sync);
    to_its_end(
        (Mode::Apply, policy, hash),
        Some(&under),
        before,
        services,
        Settings { limits: &limits, ..settings },
        observer,
    )
    .await
}
