//! How many calls a run makes, to the call.

use std::collections::BTreeSet;

use simulator::{CompanyPlan, Route, World};
use uuid::Uuid;

use crate::oracle;
use crate::rig::Rig;

fn pages(entries: usize, page: usize) -> u64 {
    entries.div_ceil(page).max(1) as u64
}

/// N directory users, M accounts half of which are linked, 20 mapped groups.
#[tokio::test(start_paused = true)]
async fn two_thousand_people_cost_the_fewest_calls_possible_and_a_second_run_only_reads() {
    let (people, accounts) = (2_000, 1_000);
    let world: World = CompanyPlan { groups: 20, ..CompanyPlan::plain(people, accounts, 0.5) }.build();
    let mapping = world.suggested_mapping(20);
    assert_eq!(mapping.len(), 20);
    let member_pages: u64 = mapping.keys().map(|&group| pages(world.members_of(group, true).len(), 999)).sum();
    let mapped: BTreeSet<Uuid> =
        mapping.keys().flat_map(|&group| world.members_of(group, true)).collect::<BTreeSet<_>>();

    let mut rig = Rig::new(world.clone()).await;
    rig.map(&serde_json::to_string(&mapping).unwrap()).await.unwrap();
    rig.simulation.reset_tally();
    let report = rig.run().await.unwrap();
    let tally = rig.simulation.tally();
    let calls = |route| tally.calls(route);

    assert_eq!(calls(Route::UsersList), pages(people, 999));
    assert_eq!(calls(Route::TransitiveMembers), member_pages);
    // Pages of accounts, and not one search for a single account.
    assert_eq!(calls(Route::AccountSearch), pages(accounts, 100));
    // 1,000 new accounts, 500 links; the other 500 are linked and up to date.
    assert_eq!((calls(Route::AccountCreate), calls(Route::AccountPatch)), (1_000, 500));
    // Nobody held a role: whoever is in a mapped group gets his in one call, and nobody loses any.
    assert_eq!((calls(Route::RolesAdd), calls(Route::RolesRemove)), (mapped.len() as u64, 0));
    // Where the sweeps begin, and which groups stand below the mapped ones.
    assert_eq!(calls(Route::Batch), 2);
    assert_eq!((report.counts.created, report.counts.linked, report.counts.unchanged), (1_000, 500, 500));

    rig.simulation.reset_tally();
    let again = rig.run().await.unwrap();
    let tally = rig.simulation.tally();
    let reads = pages(people, 999) + member_pages + pages(2_000, 100);
    // Each run is a process of its own here and signs in anew.
    assert_eq!(tally.calls(Route::Any), reads + 1);
    assert_eq!((tally.calls(Route::Token), tally.calls(Route::AnyWrite)), (1, 0));
    assert_eq!(again.counts.unchanged, 2_000);
    assert_eq!(oracle::accounts(&world).len(), 1_000);
}
