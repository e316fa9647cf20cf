use jiff::Timestamp;
use sync_core::apply::Rehearsal;
use sync_core::failure::Failure;
use sync_core::plan::{Policy, UserPlan};
use sync_core::ports::{AccountsList, Clock, DirectoryPresence, DirectoryUsers, Ending, GroupMembers, Links, Runs};
use sync_core::run::{Link, Mode, RunId, RunRecord, RunReport};

use crate::event::{Event, Observer};
use crate::settings::{Services, Settings};
use crate::work::{Task, Work};

/// The same as a full run that begins now, but writing nothing: every plan that would write something is shown to
/// `listener`.
///
/// # Errors
/// What could not be read.
pub async fn rehearse<D, A, L, Q, C, I, O>(
    services: Services<'_, D, A, L, Q, C, I>,
    settings: Settings<'_>,
    observer: &O,
    listener: impl FnMut(&UserPlan) + Send,
) -> Result<RunReport, Failure>
where
    D: DirectoryUsers + GroupMembers + DirectoryPresence,
    A: AccountsList,
    L: Sync,
    Q: Sync,
    I: Sync,
    C: Clock,
    O: Observer,
{
    let Services { directory, accounts, clock, .. } = services;
    let record = RunRecord::begin(Mode::Plan, clock.now(), settings.dice);
    observer.on(&Event::Began { run: &record.id, resumed: false });
    let policy = Policy::initial_sync(settings.initial_sync);
    let rehearsal = Rehearsal::new(listener);
    let work = Work::new(directory, &Unrecorded, &rehearsal, clock, observer, Task { record, policy }, settings);
    Box::pin(work.run(async { Ok(()) }, accounts)).await
}

/// A ledger for runs that leave no trace.
struct Unrecorded;

impl Runs for Unrecorded {
    async fn latest(&self, _: Mode) -> Result<Option<RunRecord>, Failure> {
        Ok(None)
    }

    async fn begin(&self, _: &RunRecord, _: Option<&RunId>) -> Result<(), Failure> {
        Ok(())
    }

    async fn save(&self, _: &RunRecord) -> Result<(), Failure> {
        Ok(())
    }
}

impl Ending for Unrecorded {
    /// A plan may be asked for at any time.
    async fn ending(&self) -> Result<Option<Timestamp>, Failure> {
        Ok(None)
    }
}

impl Links for Unrecorded {
    async fn record(&self, _: &Link) -> Result<(), Failure> {
        Ok(())
    }
}
