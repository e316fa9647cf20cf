use std::time::Duration;

use crate::failure::{Cause, Failure};
use crate::ports::{Allowances, Clock};

use super::{Asked, Holders, Limits, Occasion, Ruling, Window, rule};

/// How often the window is tried to be changed that others change as well.
const ROUNDS: u32 = 10;
/// Each try waits longer by so much than the one before.
const PAUSE: Duration = Duration::from_millis(20);

/// Decides what of `asked` goes on: one ruling for each, in their order. What is granted is noted before it is taken: a crash between the two costs a place in the
/// window, never the other way round.
///
/// # Errors
/// What the ledger says; then nothing is granted.
pub async fn review(
    ledger: &impl Allowances,
    clock: &impl Clock,
    bounds: (&Limits, &Holders),
    occasion: Occasion,
    asked: &[Asked],
) -> Result<Vec<Ruling>, Failure> {
    let mut rulings = Vec::new();
    change(ledger, clock, "asking the guard", |window| rulings = rule(asked, window, bounds, occasion, clock.now()))
        .await?;
    Ok(rulings)
}

/// Takes note how many accounts are linked: what a share is a share of.
///
/// # Errors
/// What the ledger says.
pub async fn count_linked(ledger: &impl Allowances, clock: &impl Clock, linked: u64) -> Result<(), Failure> {
    change(ledger, clock, "counting the linked accounts", |window| window.linked = linked).await
}

/// Changes the window, as often as somebody else is faster.
async fn change(
    ledger: &impl Allowances,
    clock: &impl Clock,
    action: &'static str,
    mut how: impl FnMut(&mut Window),
) -> Result<(), Failure> {
    for round in 0..ROUNDS {
        let (before, version) = ledger.window().await?;
        let mut window = before.clone();
        how(&mut window);
        if window == before {
            return Ok(());
        }
        match ledger.save_window(&window, version).await {
            Ok(()) => return Ok(()),
            Err(Failure { cause: Cause::Superseded, .. }) => clock.pause(PAUSE * (round + 1)).await,
            Err(failure) => return Err(failure),
        }
    }
    Err(Failure::new(action, Cause::Throttled { retry_after: None }))
}
