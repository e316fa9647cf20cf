use jiff::Timestamp;
use sync_core::apply::{Rehearsal, Subject};
use sync_core::claim::Outdated;
use sync_core::domain::DirectoryUserId;
use sync_core::failure::Failure;
use sync_core::guard::{Approval, HeldPerson, Window};
use sync_core::plan::{Policy, UserPlan};
use sync_core::ports::{
    AccountsList, Allowances, Clock, DirectoryPresence, DirectoryUsers, Ending, Exception, ExceptionList, GroupMembers,
    Holds, Links, Marks, Runs,
};
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
    listener: impl FnMut(&Subject, &UserPlan) + Send,
) -> Result<RunReport, Failure>
where
    D: DirectoryUsers + GroupMembers + DirectoryPresence,
    A: AccountsList,
    L: Allowances + Holds + ExceptionList,
    Q: Sync,
    I: Sync,
    C: Clock,
    O: Observer,
{
    let Services { directory, accounts, ledger, clock, .. } = services;
    let record = RunRecord::begin(Mode::Plan, clock.now(), settings.dice);
    observer.on(&Event::Began { run: &record.id, resumed: false });
    let policy = Policy::initial_sync(settings.initial_sync);
    let ledger = Unrecorded(ledger);
    let rehearsal = Rehearsal::new(listener);
    let outdated = Outdated::default();
    let task = Task { record, policy, outdated: &outdated };
    let work = Work::new(directory, &ledger, &rehearsal, clock, observer, task, settings);
    Box::pin(work.run(Box::pin(async { Ok(()) }), accounts)).await
}

/// A ledger for runs that leave no trace.
struct Unrecorded<'a, L>(&'a L);

impl<L: Sync> Runs for Unrecorded<'_, L> {
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

impl<L: Sync> Ending for Unrecorded<'_, L> {
    /// A plan may be asked for at any time.
    async fn marks(&self) -> Result<Marks, Failure> {
        Ok(Marks::default())
    }
}

impl<L: Sync> Links for Unrecorded<'_, L> {
    async fn record(&self, _: &Link) -> Result<(), Failure> {
        Ok(())
    }
}

/// What was taken and kept back before counts; what is shown now does not.
impl<L: Allowances> Allowances for Unrecorded<'_, L> {
    async fn window(&self) -> Result<(Window, u64), Failure> {
        self.0.window().await
    }

    async fn save_window(&self, _: &Window, _: u64) -> Result<(), Failure> {
        Ok(())
    }
}

impl<L: Holds> Holds for Unrecorded<'_, L> {
    async fn held(&self, user: DirectoryUserId) -> Result<Option<HeldPerson>, Failure> {
        self.0.held(user).await
    }

    async fn all_held(&self) -> Result<Vec<HeldPerson>, Failure> {
        self.0.all_held().await
    }

    async fn hold(&self, _: &HeldPerson) -> Result<(), Failure> {
        Ok(())
    }

    async fn hold_new(&self, _: &HeldPerson, _: Timestamp) -> Result<bool, Failure> {
        Ok(true)
    }

    async fn approve(&self, _: &HeldPerson, _: &Approval) -> Result<bool, Failure> {
        Ok(false)
    }

    async fn let_off(&self, _: DirectoryUserId) -> Result<(), Failure> {
        Ok(())
    }
}

impl<L: ExceptionList> ExceptionList for Unrecorded<'_, L> {
    async fn exceptions(&self) -> Result<Vec<Exception>, Failure> {
        self.0.exceptions().await
    }
}
