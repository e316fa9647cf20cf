//! Why somebody has what he has: asked of a company at work, and written nowhere.

use simulator::{Account, Member, Route};
use sync_core::guard::{Limit, Limits};
use sync_core::plan::Reveal;

use crate::laboratory::{MINUTE, group, live, person};
use crate::live::Live;
use crate::rig::wide;

async fn explained(live: &Live, n: u128) -> String {
    let before = (live.rig.simulation.tally().calls(Route::AnyWrite), live.left_behind());
    let explanation = live.host().explain(person(n).into()).await.unwrap();
    let after = (live.rig.simulation.tally().calls(Route::AnyWrite), live.left_behind());
    assert_eq!(before, after, "an explanation writes nothing");
    explanation.sentences(Reveal::Values).join("\n")
}

#[tokio::test(start_paused = true)]
async fn each_access_has_its_group_and_each_gap_its_reason() {
    let live = live().await;
    live.rig.simulation.change(|editor| {
        editor.update_person(person(2), |grace| grace.job_title = None);
        editor.remove_member(group(1), Member::Person(person(2)));
        editor.add_member(group(2), Member::Person(person(4)));
        editor.update_person(person(4), |kurt| kurt.surname = Some("Gödel".into()));
        editor.purge_person(person(3));
        editor.add_account(Account::new(99, "goedel@example.com", "Kurt", "Goedel", "Logician"));
    });
    let account = |text: &str| text.lines().nth(1).unwrap().to_owned();
    let ada = explained(&live, 1).await;
    assert!(account(&ada).starts_with("Account ") && account(&ada).ends_with("; it is in use."), "{ada}");
    assert!(account(&ada).contains("linked by this integration on 2026-11-2"), "{ada}");
    assert!(ada.contains(&format!("Holds the role Document Reader (17) through group {}.", group(1))), "{ada}");
    assert!(ada.ends_with("The next look would write nothing."), "{ada}");

    let grace = explained(&live, 2).await;
    assert!(grace.contains("Holds the role Document Reader (17), which no mapped group gives him."), "{grace}");
    assert!(grace.contains("Left out: the directory lacks jobTitle."), "{grace}");
    assert!(grace.ends_with("- take role 17\n  = the directory lacks jobTitle"), "{grace}");

    let kurt = explained(&live, 4).await;
    let due = format!("Is to hold the role Trainer (18) through group {}, and does not yet.", group(2));
    assert!(kurt.contains(&due) && kurt.contains("last_name=\"Gödel\"") && kurt.contains("+ give role 18"), "{kurt}");

    let alan = explained(&live, 3).await;
    assert!(alan.starts_with("Entra ID knows nothing of him"), "{alan}");
    assert!(alan.ends_with("not being found is no reason to take anything away."), "{alan}");

    // And then it happens as it was told.
    live.work_for(MINUTE).await;
    let kurt = explained(&live, 4).await;
    assert!(kurt.contains("Holds the role Trainer (18) through group"), "{kurt}");
    assert!(kurt.ends_with("The next look would write nothing."), "{kurt}");
}

#[tokio::test(start_paused = true)]
async fn what_the_guard_would_keep_back_is_told_before_and_after() {
    let mut live = live().await;
    live.rig.limits = Limits { deactivations_per_day: Limit::Of { people: 0, basis_points: 0 }, ..wide() };
    let live = Live::new(live.rig);
    live.rig.simulation.change(|editor| {
        editor.update_person(person(1), |ada| ada.account_enabled = Some(false));
    });
    let before = explained(&live, 1).await;
    assert!(before.contains("Left out: the account stays in use: kept back for approval"), "{before}");
    live.work_for(MINUTE).await;
    let after = explained(&live, 1).await;
    assert!(after.contains("Left out: the account stays in use: kept back before, and nobody has approved it yet."));
    assert!(after.contains("He would lose the account, kept back for approval"), "{after}");
}
