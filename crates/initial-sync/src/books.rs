//! What a run writes down, or leaves out where it only rehearses. One type for both: a run is large, and would be in the function
//! twice (36 kB of it, once optimised), once for each ledger that it might have.

use jiff::Timestamp;
use sync_core::domain::DirectoryUserId;
use sync_core::failure::Failure;
use sync_core::guard::{Approval, HeldPerson, Window};
use sync_core::ports::{Allowances, Ending, Exception, ExceptionList, Holds, Links, Marks, Runs};
use sync_core::run::{Link, Mode, RunId, RunRecord};

/// What of the ledger a run itself reads and writes.
pub trait RunBooks: Runs + Links + Ending + Allowances + Holds + ExceptionList {}

impl<L: Runs + Links + Ending + Allowances + Holds + ExceptionList> RunBooks for L {}

/// The ledger of a run.
pub(crate) enum Books<'a, L> {
    /// All of it is kept.
    Kept(&'a L),
    /// It is read, and nothing is written: a rehearsal leaves no trace.
    Unrecorded(&'a L),
}

impl<L> Books<'_, L> {
    const fn read(&self) -> &L {
        match self {
            Self::Kept(ledger) | Self::Unrecorded(ledger) => ledger,
        }
    }

    /// Where to write, if anything is to be written.
    const fn kept(&self) -> Option<&L> {
        match self {
            Self::Kept(ledger) => Some(ledger),
            Self::Unrecorded(_) => None,
        }
    }
}

impl<L: Runs> Runs for Books<'_, L> {
    async fn latest(&self, mode: Mode) -> Result<Option<RunRecord>, Failure> {
        let Some(ledger) = self.kept() else { return Ok(None) };
        ledger.latest(mode).await
    }

    async fn begin(&self, run: &RunRecord, after: Option<&RunId>) -> Result<(), Failure> {
        let Some(ledger) = self.kept() else { return Ok(()) };
        ledger.begin(run, after).await
    }

    async fn save(&self, run: &RunRecord) -> Result<(), Failure> {
        let Some(ledger) = self.kept() else { return Ok(()) };
        ledger.save(run).await
    }
}

impl<L: Ending> Ending for Books<'_, L> {
    /// A rehearsal may be asked for at any time.
    async fn marks(&self) -> Result<Marks, Failure> {
        let Some(ledger) = self.kept() else { return Ok(Marks::default()) };
        ledger.marks().await
    }
}

impl<L: Links> Links for Books<'_, L> {
    async fn record(&self, link: &Link) -> Result<(), Failure> {
        let Some(ledger) = self.kept() else { return Ok(()) };
        ledger.record(link).await
    }
}

/// What was taken and kept back before counts in a rehearsal; what is shown there does not.
impl<L: Allowances> Allowances for Books<'_, L> {
    async fn window(&self) -> Result<(Window, u64), Failure> {
        self.read().window().await
    }

    async fn save_window(&self, window: &Window, version: u64) -> Result<(), Failure> {
        let Some(ledger) = self.kept() else { return Ok(()) };
        ledger.save_window(window, version).await
    }
}

impl<L: Holds> Holds for Books<'_, L> {
    async fn held(&self, user: DirectoryUserId) -> Result<Option<HeldPerson>, Failure> {
        self.read().held(user).await
    }

    async fn all_held(&self) -> Result<Vec<HeldPerson>, Failure> {
        self.read().all_held().await
    }

    async fn hold(&self, person: &HeldPerson) -> Result<(), Failure> {
        let Some(ledger) = self.kept() else { return Ok(()) };
        ledger.hold(person).await
    }

    async fn hold_new(&self, person: &HeldPerson, read_at: Timestamp) -> Result<bool, Failure> {
        let Some(ledger) = self.kept() else { return Ok(true) };
        ledger.hold_new(person, read_at).await
    }

    async fn approve(&self, held: &HeldPerson, approval: &Approval) -> Result<bool, Failure> {
        let Some(ledger) = self.kept() else { return Ok(false) };
        ledger.approve(held, approval).await
    }

    async fn let_off(&self, user: DirectoryUserId) -> Result<(), Failure> {
        let Some(ledger) = self.kept() else { return Ok(()) };
        ledger.let_off(user).await
    }
}

impl<L: ExceptionList> ExceptionList for Books<'_, L> {
    async fn exceptions(&self) -> Result<Vec<Exception>, Failure> {
        self.read().exceptions().await
    }
}
