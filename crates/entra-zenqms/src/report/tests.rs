use std::collections::HashMap;

use simulator::{Account, AccountNumber, Role, RoleNumber};
use sync_core::domain::{DirectoryUserId, Leaving, Scope};
use sync_core::guard::{Limit, Limits, Protected};
use sync_core::ports::ExceptionList;
use tokio::fs;

use super::review::Line;
use super::*;
use crate::direct::Served;
use crate::schemas::hold;
use crate::stack::{Simulated, Whereabouts, group, person};

async fn lines(stack: &Simulated, protected: &Protected) -> Vec<Line> {
    let host = &stack.host;
    let options = &host.options;
    let read = survey(&host.clients.graph, &host.clients.zenqms, &options.mapping, options.nesting, &Silent).await;
    let roles: HashMap<_, _> =
        host.clients.zenqms.roles().await.unwrap().into_iter().map(|role| (role.id.clone(), role)).collect();
    let ledger = &stack.embedded.store.ledger;
    let on_record = OnRecord {
        is_recorded: true,
        exceptions: ledger.exceptions().await.unwrap(),
        held: ledger.all_held().await.unwrap(),
        parked: ledger.parked_people().await.unwrap(),
        protected,
    };
    review(&read.unwrap(), &options.mapping, &roles, on_record)
}

fn texts(lines: &[Line]) -> Vec<String> {
    let text = |line: &Line| {
        let name = line.name.as_ref().map_or("?", |name| name.expose());
        let role = line.role.as_ref().map(|(_, role)| format!(" {role}")).unwrap_or_default();
        let through = if line.through.is_empty() { "" } else { " through a group" };
        let because = line.because.as_ref().map(|because| format!(": {because}")).unwrap_or_default();
        format!("{:?} {name}{role}{through}{because}", line.finding)
    };
    lines.iter().map(text).collect()
}

/// A stack with something of everything.
async fn mixed() -> Simulated {
    let mut stack = Simulated::at_work().await;
    stack.simulation.change(|editor| {
        editor.add_role(Role::new(18, "Approver"));
        editor.add_account(Account::new(900, "old@example.com", "<script>", "=1+1", "x").with_roles([17, 18]));
        editor.add_account(Account::new(901, "gone@example.com", "Gone", "Away", "x").linked_to(person(77)));
        editor.update_account(AccountNumber(3), |alan| alan.roles.extend([RoleNumber(17), RoleNumber(18)]));
        editor.update_person(person(2), |grace| grace.account_enabled = Some(false));
        editor.update_person(person(1), |ada| ada.job_title = None);
    });
    let none = Limit::Of { people: 0, basis_points: 0 };
    stack.limit(Limits { deactivations_per_run: none, ..Limits::default() });
    stack
}

#[tokio::test(start_paused = true)]
async fn whoever_has_something_is_told_with_the_group_that_gives_it_and_whoever_is_to_lose_it_with_why_not() {
    let stack = mixed().await;
    let before = lines(&stack, &Protected::default()).await;
    insta::assert_snapshot!(texts(&before).join("\n"), @"
    InUse Gone Away: not among the people whom Entra ID lists; the next full run asks after him
    InUse Grace Hopper: disabled in Entra ID; the next look takes it
    RoleWithoutGroup Alan Turing Document Reader: the next look takes it
    RoleByHand <script> =1+1 Approver
    RoleByHand Alan Turing Approver
    RoleByHand <script> =1+1 Document Reader: the account is linked to nobody
    LinkedToNobody <script> =1+1
    Holds Ada Lovelace Document Reader through a group
    Holds Grace Hopper Document Reader through a group
    ");
    // A run that begins in the same second would bear the same name.
    tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    stack.host.full(&Silent).await.unwrap();
    let after = lines(&stack, &Protected::default()).await;
    // Of lists it is not known how old they are: whoever was looked at a moment ago loses no role by them, and is looked at singly.
    insta::assert_snapshot!(texts(&after).join("\n"), @"
    InUse Gone Away: not among the people whom Entra ID lists; the directory does not know the person, neither among the living nor the deleted
    InUse Grace Hopper: disabled in Entra ID; kept back for approval: more people would lose access than the guard's limit allows (since 2026-11-25 08:00 UTC)
    RoleWithoutGroup Alan Turing Document Reader: the next look takes it
    RoleByHand <script> =1+1 Approver
    RoleByHand Alan Turing Approver
    RoleByHand <script> =1+1 Document Reader: the account is linked to nobody
    LinkedToNobody <script> =1+1
    Exception Ada Lovelace: the directory lacks jobTitle
    Exception Gone Away: the directory does not know the person, neither among the living nor the deleted
    Holds Ada Lovelace Document Reader through a group
    Holds Grace Hopper Document Reader through a group
    ");
}

#[tokio::test(start_paused = true)]
async fn whoever_is_outside_the_scope_is_told_as_such_and_as_wrong_only_where_that_takes_accounts() {
    let mut stack = Simulated::at_work().await;
    let mut told = Vec::new();
    for leaving in [Leaving::Keep, Leaving::Deactivate] {
        stack.limit_to(Scope { groups: [group(1).into()].into(), leaving, ..Scope::default() });
        told.push(texts(&lines(&stack, &Protected::default()).await).join("\n"));
    }
    insta::assert_snapshot!(told.join("\n---\n"), @"
    OutOfScope Alan Turing: he is in none of the groups that the setting ScopeGroups names
    Holds Ada Lovelace Document Reader through a group
    Holds Grace Hopper Document Reader through a group
    ---
    InUse Alan Turing: he is in none of the groups that the setting ScopeGroups names; the next look takes it
    Holds Ada Lovelace Document Reader through a group
    Holds Grace Hopper Document Reader through a group
    ");
}

#[tokio::test(start_paused = true)]
async fn whoever_is_protected_is_told_as_such() {
    let stack = mixed().await;
    let protected = Protected::parse(&person(2).to_string());
    let lines = lines(&stack, &protected).await;
    let grace = lines.iter().find(|line| line.user == Some(DirectoryUserId::from(person(2)))).unwrap();
    assert_eq!(grace.because.as_deref(), Some("disabled in Entra ID; protected by the setting ProtectedPeople"));
}

#[tokio::test(start_paused = true)]
async fn a_group_that_cannot_be_read_proves_nothing_of_those_who_hold_its_roles() {
    let stack = Simulated::at_work().await;
    stack.simulation.change(|editor| editor.delete_group(group(1)));
    let lines = lines(&stack, &Protected::default()).await;
    insta::assert_snapshot!(texts(&lines).join("\n"), @"
    RoleStays Ada Lovelace Document Reader: role 17 stays: the members of group 00000000-0000-0000-0000-000000009001 could not be read
    RoleStays Grace Hopper Document Reader: role 17 stays: the members of group 00000000-0000-0000-0000-000000009001 could not be read
    NoRole Alan Turing
    ");
}

#[tokio::test(start_paused = true)]
async fn both_files_say_the_same_and_nothing_in_them_is_more_than_a_text() {
    let stack = mixed().await;
    let lines = lines(&stack, &Protected::default()).await;
    let folder = std::env::temp_dir().join(format!("review-{}", std::process::id()));
    fs::create_dir_all(&folder).await.unwrap();
    let acting_as = "arn:aws:iam::123456789012:user/<ada>".to_owned();
    let of = Place::Stack(Whereabouts { acting_as, ..Whereabouts::acme() });
    let asker = Asker { of: &of, at: Timestamp::UNIX_EPOCH };
    let files = || Files::begin(&folder.join("2026.q4"));
    let totals = Totals { accounts: 5, in_use: 4, unreadable: 1, groups_unread: vec![GroupId::from_bytes([7; 16])] };
    let reported = files().unwrap().write(&asker, totals, &lines).unwrap();
    hold("report", &reported);
    let sheet = fs::read_to_string(folder.join("2026.q4.csv")).await.unwrap();
    let page = fs::read_to_string(folder.join("2026.q4.html")).await.unwrap();
    let again = files().err().unwrap().to_string();
    assert!(again.ends_with("is there already, and is not written over"), "{again}");
    fs::remove_dir_all(&folder).await.unwrap();

    assert!(sheet.starts_with("\u{feff}\"finding\""), "a spreadsheet takes it for something else than UTF-8: {sheet}");
    assert_eq!(sheet.lines().count(), lines.len() + 2);
    assert!(
        sheet.contains("group not read") && page.contains("1 entry of ZenQMS&#39;s list")
            || page.contains("1 entry of ZenQMS's list")
    );
    assert!(sheet.contains(r#""linked to nobody","","","<script> =1+1","old@example.com","900","in use""#), "{sheet}");
    assert!(!page.contains("<script>") && page.contains("&lt;script&gt;"), "{page}");
    assert!(!page.contains("<ada>") && !page.contains("://"), "{page}");
    assert!(page.contains(&reported.sheet.sha256));
    assert!(reported.is_wrong());
    let section = anstream::adapter::strip_str(&tables::text(&[section(&reported)])).to_string();
    assert!(section.lines().all(|line| line.chars().count() <= 80), "{section}");
    insta::assert_json_snapshot!(reported.found, @r#"
    {
      "in_use": 2,
      "role_without_group": 1,
      "role_stays": 0,
      "role_by_hand": 3,
      "out_of_scope": 0,
      "linked_to_nobody": 1,
      "exception": 0,
      "holds": 2,
      "no_role": 0
    }
    "#);
}

#[tokio::test(start_paused = true)]
async fn where_all_is_as_it_ought_to_be_nothing_is_wrong() {
    let stack = Simulated::at_work().await;
    let lines = lines(&stack, &Protected::default()).await;
    insta::assert_snapshot!(texts(&lines).join("\n"), @"
    Holds Ada Lovelace Document Reader through a group
    Holds Grace Hopper Document Reader through a group
    NoRole Alan Turing
    ");
    assert!(!lines.iter().any(|line| line.finding.is_wrong()));
}

#[tokio::test]
async fn without_a_stack_it_is_said_what_nothing_is_known_of() {
    let served = Served::new("report").await;
    served.simulation.change(|editor| {
        editor.add_account(Account::new(900, "old@example.com", "Old", "Hand", "x").with_roles([17]));
        editor.add_account(Account::new(901, "gone@example.com", "Gone", "Away", "x").linked_to(person(77)));
    });
    let output = served.folder.join("review");
    let source = served.source("");
    let reported = Box::pin(write(&source, Files::begin(&output).unwrap())).await.unwrap();
    served.assert_only_read();
    hold("report", &reported);
    assert!(reported.settings.as_ref().is_some_and(|file| file.ends_with("acme.env")));
    assert!(!reported.found.contains_key(&Finding::Exception) && reported.is_wrong());
    assert_eq!((reported.found[&Finding::InUse], reported.found[&Finding::RoleByHand]), (1, 1));
    let page = fs::read_to_string(output.with_extension("html")).await.unwrap();
    assert!(page.contains("<p>Without a stack, by the settings in ") && page.contains(NO_RECORD), "{page}");
    assert!(!page.contains(Finding::Exception.heading()), "{page}");
    assert!(page.contains("a run takes it, as far as the limits allow") && !page.contains("the next "), "{page}");
    let section = tables::text(&[section(&reported)]);
    assert!(section.replace('\n', " ").contains("Without a stack nothing is on record"), "{section}");
}
