//! A day of a company in which calls fail: what the functions do then that no story has thought of.

use std::collections::BTreeSet;

use initial_sync::Silent;
use simulator::{Behaviour, Churn, CompanyPlan, Fault, FaultKind, MembersHint, Route};

use super::flows::{work_on_groups, work_on_users};
use super::policy::Call;
use super::watch::{Watch, deliver};
use crate::live::Live;

/// What each function called.
pub(super) async fn day(seed: u64) -> [(&'static str, BTreeSet<Call>); 6] {
    let plan = CompanyPlan { seed, people: 50, accounts: 30, groups: 6, ..CompanyPlan::default() };
    let mut behaviour = Behaviour::default();
    behaviour.graph.notifications.lost = 0.2;
    let live = Live::deployed(plan.build(), behaviour, 4).await;
    let watch = || Watch::new(&live.rig.store);
    let (mut intake, mut users, mut groups) = (watch(), watch(), watch());
    let (mut runs, mut keeper, mut cleanup) = (watch(), watch(), watch());
    let simulation = &live.rig.simulation;
    for (n, kind) in [FaultKind::Status(422), FaultKind::Status(503), FaultKind::CutAfter].into_iter().enumerate() {
        simulation.faults().add(Fault::on(Route::Any).share(0.03, seed + n as u64).kind(kind));
    }
    let mut churn = Churn::new(seed);
    for hour in 0..24 {
        // Not always is it said who entered or left a group.
        let members_hint = if hour % 2 == 0 { MembersHint::Object } else { MembersHint::Absent };
        simulation.behave(|behaviour| behaviour.graph.notifications.members_hint = members_hint);
        for _ in 0..5 {
            simulation.change(|editor| churn.step(editor));
        }
        intake.during(deliver(&live)).await;
        work_on_groups(&mut groups, &live).await;
        work_on_users(&mut users, &live).await;
        if hour % 8 == 7 {
            simulation.reset_delta();
            simulation.subscriptions().iter().for_each(|one| assert!(simulation.drop_subscription(one.id)));
        }
        // Whatever becomes of these, they called what they called.
        let _ = runs.during(live.host().sweep(&Silent)).await;
        let _ = runs.during(live.host().full(&Silent)).await;
        let _ = keeper.during(live.host().keep(None)).await;
    }
    let _ = cleanup.during(live.host().clean_up()).await;
    [
        ("NotificationIntakeFunction", intake.calls),
        ("UserFlowFunction", users.calls),
        ("GroupFlowFunction", groups.calls),
        ("InitialSyncFunction", runs.calls),
        ("SubscriptionKeeperFunction", keeper.calls),
        ("CleanupFunction", cleanup.calls),
    ]
}
