use sync_core::apply::{Rehearsal, Subject};
use sync_core::claim::Outdated;
use sync_core::failure::Failure;
use sync_core::plan::{Policy, UserPlan};
use sync_core::ports::{AccountsList, Clock, DirectoryPresence, DirectoryUsers, GroupMembers};
use sync_core::run::{Mode, RunRecord, RunReport};

use crate::books::{Books, RunBooks};
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
    listener: impl FnMut(&Subject, &UserPlan) + Send,
) -> Result<RunReport, Failure>
where
    D: DirectoryUsers + GroupMembers + DirectoryPresence,
    A: AccountsList,
    L: RunBooks,
    Q: Sync,
    I: Sync,
    C: Clock,
    O: Observer,
{
    let Services { directory, accounts, ledger, clock, .. } = services;
    let record = RunRecord::begin(Mode::Plan, clock.now(), settings.dice);
    observer.on(&Event::Began { run: &record.id, resumed: false });
    let policy = Policy::initial_sync(settings.initial_sync);
    let ledger = Books::Unrecorded(ledger);
    let rehearsal = Rehearsal::new(listener);
    let outdated = Outdated::default();
    let task = Task { record, policy, outdated: &outdated };
    let work = Work::new(directory, &ledger, &rehearsal, clock, observer, task, settings);
    Box::pin(work.run(Box::pin(async { Ok(()) }), accounts)).await
}
