use std::collections::BTreeSet;

use sync_core::apply::Written;
use sync_core::domain::DirectoryUserId;
use sync_core::failure::{Cause, Failure};
use sync_core::ports::{Clock, Runs};
use sync_core::run::{BEING_REMOVED, Mode, RunRecord, RunState};

/// The runs that write.
const MODES: [Mode; 3] = [Mode::Full, Mode::Apply, Mode::Sweep];
/// How often a run is read again that its worker saved in between. It saves once a batch or page.
const ATTEMPTS: usize = 10;

/// Halts the runs, so that their workers' next save fails. Returns whose links they had announced: these stay in the halted
/// records until the cleanup is complete.
pub(crate) async fn halt<L: Runs, C: Clock>(ledger: &L, clock: &C) -> Result<BTreeSet<DirectoryUserId>, Failure> {
    let mut announced = BTreeSet::new();
    for mode in MODES {
        if let Some(run) = halt_one(ledger, clock, mode).await? {
            announced.extend(links(&run));
        }
    }
    Ok(announced)
}

async fn halt_one<L: Runs, C: Clock>(ledger: &L, clock: &C, mode: Mode) -> Result<Option<RunRecord>, Failure> {
    for _ in 0..ATTEMPTS {
        let Some(mut run) = ledger.latest(mode).await? else { return Ok(None) };
        if !run.is_running() {
            return Ok(Some(run));
        }
        run.state = RunState::Halted { because: BEING_REMOVED.to_owned() };
        match save(ledger, clock, &mut run).await {
            Ok(()) => return Ok(Some(run)),
            Err(Failure { cause: Cause::Superseded, .. }) => {}
            Err(failure) => return Err(failure),
        }
    }
    // Not `Superseded`: this very cleanup has to come back.
    Err(Failure::new(format!("halting the {mode} run"), Cause::Busy))
}

/// Whose links the latest runs have announced.
pub(crate) async fn announced<L: Runs>(ledger: &L) -> Result<BTreeSet<DirectoryUserId>, Failure> {
    let mut announced = BTreeSet::new();
    for mode in MODES {
        announced.extend(ledger.latest(mode).await?.iter().flat_map(links));
    }
    Ok(announced)
}

/// Forgets what the runs had announced: what is set from now on is not theirs.
pub(crate) async fn forget_announced<L: Runs, C: Clock>(ledger: &L, clock: &C) -> Result<(), Failure> {
    for mode in MODES {
        if let Some(mut run) = ledger.latest(mode).await?
            && !run.pending.is_empty()
        {
            run.pending.clear();
            save(ledger, clock, &mut run).await?;
        }
    }
    Ok(())
}

async fn save<L: Runs, C: Clock>(ledger: &L, clock: &C, run: &mut RunRecord) -> Result<(), Failure> {
    run.version += 1;
    run.saved = clock.now();
    ledger.save(run).await
}

fn links(run: &RunRecord) -> impl Iterator<Item = DirectoryUserId> + '_ {
    let links = |written| matches!(written, Some(Written::Created | Written::Linked));
    run.pending.iter().filter(move |intent| links(intent.profile)).map(|intent| intent.user)
}
