use sync_core::failure::Failure;
use sync_core::plan::Policy;
use sync_core::ports::{
    AccountsFind, AccountsList, AccountsWrite, Clock, DeltaRecords, DirectoryChanges, DirectoryNesting,
    DirectoryPresence, DirectoryUsers, FreshIds, GroupMembers, GroupTrees, Links, Paced, People, Queue, RolesWrite,
    Runs,
};
use sync_core::run::{Mode, RunRecord, RunReport};

use crate::event::Observer;
use crate::outcome::report;
use crate::run::to_its_end;
use crate::settings::{Services, Settings};

/// Puts whoever has changed since the last sweep on the queues. Where it is not known who has (the directory no longer
/// honours the links of the last sweep, or `compare` asks for it), everybody is compared, and absences are asked after one
/// by one. A comparison that is not finished is gone on with.
///
/// # Errors
/// What failed; the next sweep begins at the same place.
pub async fn sweep<D, A, L, Q, C, I, O>(
    services: Services<'_, D, A, L, Q, C, I>,
    settings: Settings<'_>,
    compare: bool,
    observer: &O,
) -> Result<RunReport, Failure>
where
    D: DirectoryUsers + GroupMembers + DirectoryPresence + DirectoryChanges + DirectoryNesting,
    A: AccountsList + AccountsFind + AccountsWrite + RolesWrite + Paced,
    L: Runs + Links + People + DeltaRecords + GroupTrees,
    Q: Queue,
    C: Clock,
    I: FreshIds,
    O: Observer,
{
    let now = services.clock.now();
    let followed = services.sweep(settings).follow(now).await?;
    let unfinished = services.ledger.latest(Mode::Sweep).await?.is_some_and(|run| run.is_resumable(now));
    if followed.compare || compare || unfinished {
        let sweep = services.sweep(settings);
        // Before the listing, so that nothing falls between the two.
        let before = async { if followed.compare { sweep.begin_anew(now).await } else { Ok(()) } };
        let policy = Policy::change(settings.initial_sync);
        return to_its_end(Mode::Sweep, policy, before, services, settings, observer).await;
    }
    let record = RunRecord::begin(Mode::Sweep, now, settings.dice);
    let mut answer = report(&record, &[]);
    answer.status = "complete";
    answer.counts.seen = followed.queued;
    Ok(answer)
}
