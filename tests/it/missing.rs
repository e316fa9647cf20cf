//! What stands in for what the directory does not say of people, where an administrator has set it: in full runs, flows and
//! sweeps alike.

use simulator::{Details, MissingRights, Person, Route, World};
use sync_core::evidence::{Entry, FieldChange};
use sync_core::plan::Reveal;
use sync_core::ports::EvidenceRead;
use uuid::Uuid;

use crate::laboratory::{self, MINUTE, mapping, person, title_of};
use crate::live::Live;
use crate::oracle;
use crate::proposal::{approved, carry_out};
use crate::rig::Rig;

const BY_DEPARTMENT: &str = r#"{"jobTitle": {"attribute": "department"}, "mail": {"attribute": "userPrincipalName"}}"#;
const NOT_STATED: &str = r#"{"jobTitle": {"text": "Not stated"}}"#;

async fn rig(world: World, missing: &str) -> Rig {
    let mut rig = Rig::new(world).await;
    rig.lens.missing = missing.parse().unwrap();
    rig
}

async fn laboratory(missing: &str) -> Live {
    Live::deployed_with(rig(laboratory::world(), missing).await, &mapping()).await
}

/// Somebody without a title and without an address, who signs in by this name.
fn nameless(n: u128, sign_in: &str) -> Person {
    let mut person = Person::new(person(n), "Emmy", "Noether", "", "")
        .with_details(Details { department: Some("Algebra".into()), ..Details::default() });
    (person.mail, person.job_title) = (None, Some("  ".into()));
    person.user_principal_name = Some(sign_in.into());
    person
}

/// The title and the address of somebody's account.
fn written(rig: &Rig, user: Uuid) -> Option<[String; 2]> {
    rig.simulation.world(|world| {
        let id = user.to_string();
        let account = world.accounts.iter().find(|account| account.external_id.as_deref() == Some(&id))?;
        Some([account.title.to_string(), account.email.to_string()])
    })
}

/// The fields that are marked on record as substitutes, for each write to somebody.
async fn marked(rig: &Rig, user: Uuid) -> Vec<Vec<&'static str>> {
    let records = rig.store.ledger.chain(user.into()).await.unwrap();
    let writes = records.iter().filter_map(|stored| match stored.record().unwrap().entry {
        Entry::Intent(intent) => Some(intent.fields),
        Entry::Outcome(_) | Entry::Dropped(_) => None,
    });
    let names = |fields: Vec<FieldChange>| {
        fields.iter().filter(|change| change.substitute).map(|change| change.field.name()).collect()
    };
    writes.map(names).collect()
}

#[tokio::test(start_paused = true)]
async fn a_text_stands_in_for_a_title_and_the_second_run_is_empty() {
    let mut world = laboratory::world();
    world.people.update(person(4), |kurt| kurt.job_title = None);
    let skipping = rig(world.clone(), "").await;
    assert_eq!(skipping.run().await.unwrap().skipped_by_reason["missing_jobTitle"], 1);
    assert_eq!(written(&skipping, person(4)), None);

    let rig = rig(world, NOT_STATED).await;
    let report = rig.run().await.unwrap();
    assert_eq!((report.counts.created, report.counts.skipped), (4, 0));
    assert_eq!(written(&rig, person(4)).unwrap(), ["Not stated", "kurt@example.com"]);
    assert_eq!(written(&rig, person(1)).unwrap(), ["Scientist", "ada@example.com"]);
    rig.simulation.reset_tally();
    assert_eq!(rig.run().await.unwrap().counts.unchanged, 4);
    assert_eq!(rig.simulation.tally().calls(Route::AnyWrite), 0);
}

#[tokio::test(start_paused = true)]
async fn other_attributes_stand_in_but_a_guests_sign_in_name_is_no_address() {
    let world = laboratory::world()
        .with_person(nameless(5, "emmy@example.com"))
        .with_person(nameless(6, "emmy_else.org#EXT#@example.com"));
    let live = Live::deployed_with(rig(world, BY_DEPARTMENT).await, &mapping()).await;
    assert_eq!(written(&live.rig, person(5)).unwrap(), ["Algebra", "emmy@example.com"]);
    assert_eq!(written(&live.rig, person(6)), None);

    let host = live.host();
    let explained = async |n: u128, reveal| host.explain(person(n).into()).await.unwrap().sentences(reveal).join("\n");
    insta::assert_snapshot!(explained(5, Reveal::Values).await, @"
    Entra ID has him, and he may sign in.
    Account 5 is his: linked by this integration on 2026-11-25T08:00:00Z, by full-20261125T080000Z-b805bceb; it is in use.
    His email is `emmy@example.com`: Entra ID has no mail, and the setting MissingFields takes userPrincipalName instead.
    His title is `Algebra`: Entra ID has no jobTitle, and the setting MissingFields takes department instead.
    No mapped group gives him a role, and the account holds none of the mapped ones.
    Last looked at 2026-11-25T08:00:00Z.
    The next look would write nothing.
    ");
    let ids = explained(5, Reveal::Ids).await;
    assert!(ids.contains("His title is a substitute") && !ids.contains("Algebra") && !ids.contains("emmy"), "{ids}");
    let guest = explained(6, Reveal::Values).await;
    assert!(
        guest.contains("Left out: the directory lacks mail.") && guest.contains("His title is `Algebra`"),
        "{guest}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_name_that_is_somebodys_address_is_nobodys() {
    let mut world = laboratory::world().with_person(nameless(5, "KURT@example.com"));
    // Ada signs in by Grace's address, and has one of her own: that is none of hers.
    world.people.update(person(1), |ada| ada.user_principal_name = Some("grace@example.com".into()));
    let rig = rig(world, BY_DEPARTMENT).await;
    let report = rig.run().await.unwrap();
    assert_eq!(report.skipped_by_reason["email_shared_in_directory"], 2);
    assert_eq!((report.counts.created, report.counts.skipped), (3, 2));
    assert_eq!((written(&rig, person(4)), written(&rig, person(5))), (None, None));
}

#[tokio::test(start_paused = true)]
async fn a_flow_sees_who_signs_in_by_an_address_as_a_run_does() {
    let live = laboratory(BY_DEPARTMENT).await;
    let mut max = Person::new(person(7), "Max", "Noether", "noether@example.com", "Professor");
    max.user_principal_name = Some("max@example.com".into());
    live.rig.simulation.change(|editor| {
        editor.add_person(nameless(5, "Noether@example.com"));
        editor.add_person(max);
        editor.add_person(nameless(6, "grace@else.example"));
        editor.update_person(person(2), |grace| grace.user_principal_name = Some("grace@else.example".into()));
    });
    live.work_for(MINUTE).await;
    assert_eq!((written(&live.rig, person(5)), written(&live.rig, person(7))), (None, None));
    // Grace has an address of her own.
    assert_eq!(written(&live.rig, person(6)).unwrap(), ["Algebra", "grace@else.example"]);
    let max = live.host().explain(person(7).into()).await.unwrap().sentences(Reveal::Ids).join("\n");
    assert!(max.contains(&format!("also that of directory user {}", person(5))), "{max}");

    live.rig.simulation.change(|editor| {
        editor.update_person(person(5), |emmy| emmy.user_principal_name = Some("emmy@example.com".into()));
        editor.update_person(person(7), |max| max.job_title = Some("Professor emeritus".into()));
    });
    live.work_for(MINUTE).await;
    assert_eq!(written(&live.rig, person(5)).unwrap(), ["Algebra", "emmy@example.com"]);
    assert_eq!(written(&live.rig, person(7)).unwrap(), ["Professor emeritus", "noether@example.com"]);
    live.rig.simulation.reset_tally();
    let again = live.rig.run().await.unwrap();
    assert_eq!((again.counts.unchanged, live.rig.simulation.tally().calls(Route::AnyWrite)), (7, 0));
}

#[tokio::test(start_paused = true)]
async fn a_sweep_hears_of_a_substitute_that_has_changed() {
    let live = laboratory(BY_DEPARTMENT).await;
    live.rig.simulation.behave(|behaviour| behaviour.graph.notifications.lost = 1.0);
    live.rig.simulation.change(|editor| {
        editor.add_person(nameless(5, "emmy@example.com"));
    });
    live.sweep().await;
    assert_eq!(written(&live.rig, person(5)).unwrap(), ["Algebra", "emmy@example.com"]);
    live.rig.simulation.change(|editor| {
        editor.update_person(person(5), |emmy| {
            emmy.details = Some(Box::new(Details { department: Some("Invariants".into()), ..Details::default() }));
        });
    });
    live.sweep().await;
    assert_eq!(title_of(&live, person(5)), "Invariants");
}

#[tokio::test(start_paused = true)]
async fn it_is_on_record_which_value_stood_in_for_one_that_the_directory_lacks() {
    let world = laboratory::world().with_person(nameless(5, "emmy@example.com"));
    let live = Live::deployed_with(rig(world, BY_DEPARTMENT).await, &mapping()).await;
    live.rig.simulation.change(|editor| {
        editor.add_person(nameless(6, "noether@example.com"));
    });
    live.work_for(MINUTE).await;
    // Created by a run, and by a flow.
    assert_eq!(marked(&live.rig, person(5)).await, [["email", "title"]]);
    assert_eq!(marked(&live.rig, person(6)).await, [["email", "title"]]);
    assert_eq!(marked(&live.rig, person(1)).await, [[""; 0]]);
    // The directory's own word is none, though it replaces one.
    for (title, account) in [(Some("Professor"), "Professor"), (None, "Algebra")] {
        live.rig.simulation.change(|editor| {
            editor.update_person(person(5), |emmy| emmy.job_title = title.map(Into::into));
        });
        live.work_for(MINUTE).await;
        assert_eq!(title_of(&live, person(5)), account);
    }
    assert_eq!(marked(&live.rig, person(5)).await, [vec!["email", "title"], vec![], vec!["title"]]);
}

#[tokio::test(start_paused = true)]
async fn what_was_approved_as_a_substitute_is_not_written_as_entra_ids_word() {
    let mut world = laboratory::world();
    world.people.update(person(4), |kurt| kurt.job_title = None);
    let rig = rig(world, NOT_STATED).await;
    let (_, plan) = approved(&rig).await;
    rig.simulation.change(|editor| {
        editor.update_person(person(4), |kurt| kurt.job_title = Some("Not stated".into()));
    });
    let report = carry_out(&rig, &plan).await.unwrap();
    assert_eq!((report.counts.created, report.skipped_by_reason["not_as_proposed"]), (3, 1));
    assert_eq!(written(&rig, person(4)), None);
}

#[tokio::test(start_paused = true)]
async fn another_setting_has_everybody_compared_once() {
    let mut live = laboratory("").await;
    live.rig.simulation.change(|editor| {
        editor.update_person(person(4), |kurt| kurt.job_title = None);
    });
    live.work_for(MINUTE).await;
    assert_eq!(title_of(&live, person(4)), "Scientist");

    for (setting, title) in [(NOT_STATED, "Not stated"), (BY_DEPARTMENT, "Not stated"), ("", "Not stated")] {
        live.rig.lens.missing = setting.parse().unwrap();
        live = Live::new(live.rig);
        live.rig.simulation.reset_tally();
        live.sweep().await;
        assert_eq!(title_of(&live, person(4)), title, "{setting}");
        assert_eq!(live.rig.simulation.tally().calls(Route::UsersList), 1, "{setting}");
        live.sweep().await;
        assert_eq!(live.rig.simulation.tally().calls(Route::UsersList), 1, "{setting}");
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_is_filled_of_whom_only_the_id_can_be_read() {
    let all = r#"{"mail": {"attribute": "userPrincipalName"}, "givenName": {"text": "Jo"}, "surname": {"text": "Doe"},
                  "jobTitle": {"text": "Not stated"}}"#;
    let live = laboratory(all).await;
    let before = live.rig.simulation.world(oracle::accounts);
    live.rig.simulation.behave(|behaviour| {
        behaviour.entra.permissions.remove("User.Read.All");
        behaviour.graph.missing_rights = MissingRights::Blank;
    });
    live.rig.simulation.revoke_tokens();
    let report = live.rig.run().await.unwrap();
    assert_eq!(report.status, "halted");
    assert_eq!(live.rig.simulation.world(oracle::accounts), before);
}
