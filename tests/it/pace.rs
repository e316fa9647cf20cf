//! The pace of writes, in virtual time.

use std::time::Duration;

use simulator::{Behaviour, CompanyPlan, Latency, Limit, RetryAfter, Route, ZenqmsBehaviour};
use sync_core::pace::PaceLimits;
use tokio::time::Instant;

use crate::rig::Rig;

async fn share_used(retry_after: RetryAfter, limit: Limit) -> (f64, f64) {
    let behaviour = Behaviour {
        zenqms: ZenqmsBehaviour {
            latency: Latency::Between(Duration::from_millis(60), Duration::from_millis(240)),
            limit,
            retry_after,
            ..ZenqmsBehaviour::default()
        },
        ..Behaviour::default()
    };
    let mut rig = Rig::with(CompanyPlan::plain(6_000, 1_000, 0.5).build(), behaviour).await;
    rig.pace = PaceLimits::default();
    let began = Instant::now();
    let report = rig.run().await.unwrap();
    assert_eq!(report.counts.failed, 0);
    let tally = rig.simulation.tally();
    let (calls, refused) = (tally.calls(Route::AnyZenqms), tally.refused(Route::AnyZenqms));
    #[expect(clippy::cast_precision_loss, reason = "some thousand calls")]
    let (calls, refused) = (calls as f64, refused as f64);
    ((calls - refused) / (25.0 * began.elapsed().as_secs_f64()), refused / calls)
}

#[tokio::test(start_paused = true)]
async fn at_least_nine_tenths_of_an_unknown_limit_are_used_and_hardly_a_call_is_refused() {
    for retry_after in [RetryAfter::Seconds, RetryAfter::Absent] {
        for limit in [Limit::TokenBucket { per_second: 25.0, burst: 25.0 }, Limit::FixedWindow { per_second: 25 }] {
            let (used, refused) = share_used(retry_after, limit).await;
            assert!(used >= 0.9, "{retry_after:?}, {limit:?}: {used:.3} of the limit used");
            assert!(refused < 0.01, "{retry_after:?}, {limit:?}: {refused:.4} of the calls refused");
        }
    }
}
