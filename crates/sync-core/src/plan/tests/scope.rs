use super::*;
use crate::domain::{Leaving, Outside, Scope, Within};

const OUTSIDE: Within = Within::Outside(Outside::Filter);

fn group(number: u8) -> GroupId {
    GroupId::from_bytes([number; 16])
}

fn scope(leaving: Leaving, groups: &[u8]) -> Mapping {
    let mut mapping = Mapping::default();
    mapping.add(group(1), Role { id: RoleId::text("A"), name: "A".to_owned(), is_default: false });
    mapping.within(Scope { groups: groups.iter().map(|&number| group(number)).collect(), leaving, lens: None })
}

fn seen(within: Within) -> DirectoryUser {
    DirectoryUser { within, ..ana() }
}

fn groups(member_of: &[u8], unread: &[u8]) -> KnownGroups {
    let set = |numbers: &[u8]| numbers.iter().map(|&number| group(number)).collect();
    KnownGroups { member_of: set(member_of), unread: set(unread) }
}

fn outdated() -> Account {
    Account { title: Personal::trimmed("QA Trainee"), ..anas_account() }
}

fn deactivation(account: &Account) -> Option<ProfileAction> {
    plan_leaver(account).action
}

#[test]
fn whoever_is_outside_is_neither_created_nor_linked_nor_updated_and_gets_no_role() {
    let mapping = scope(Leaving::Keep, &[]);
    let unlinked = Candidates { by_email: vec![Account { external_id: None, ..outdated() }], ..Candidates::default() };
    for found in [Candidates::default(), unlinked, linked(outdated())] {
        for policy in [ON, Policy::change(true), Policy::change(false), OFF] {
            let plan = plan_user(&seen(OUTSIDE), &found, &groups(&[1], &[]), &mapping, policy);
            assert!(plan.is_empty(), "{plan:?}");
            assert_eq!(plan.profile.reasons, [Reason::OutOfScope(Outside::Filter)]);
        }
    }
}

#[test]
fn a_leaver_is_deactivated_wherever_he_is() {
    for within in [OUTSIDE, Within::Untold] {
        let ana = DirectoryUser { account_enabled: Some(false), ..seen(within) };
        let plan = plan_user(&ana, &linked(outdated()), &groups(&[1], &[]), &scope(Leaving::Keep, &[]), ON);
        assert_eq!(plan.profile.action, deactivation(&outdated()));
        assert!(plan.roles.is_empty());
        // An initial sync that is OFF touches no field, here as elsewhere.
        assert!(plan_user(&ana, &linked(outdated()), &groups(&[], &[]), &scope(Leaving::Keep, &[]), OFF).is_empty());
    }
}

#[test]
fn who_leaves_the_scope_loses_his_account_only_where_the_setting_says_so_and_only_if_he_did_leave() {
    let plan =
        |within, leaving| plan_user(&seen(within), &linked(outdated()), &groups(&[1], &[]), &scope(leaving, &[]), ON);
    let leaves = plan(OUTSIDE, Leaving::Deactivate);
    assert_eq!(leaves.profile.action, deactivation(&outdated()));
    assert_eq!(leaves.profile.reasons, [Reason::OutOfScope(Outside::Filter)]);
    assert_eq!(leaves.account, Some(anas_account().id));
    assert!(plan(OUTSIDE, Leaving::Keep).is_empty());
    let untold = plan(Within::Untold, Leaving::Deactivate);
    assert!(untold.is_empty());
    assert_eq!(untold.profile.reasons, [Reason::ScopeUntold]);
    // Whose account is out of use already loses nothing.
    let inactive = Account { is_active: Some(false), ..outdated() };
    let again = plan_user(&seen(OUTSIDE), &linked(inactive), &groups(&[], &[]), &scope(Leaving::Deactivate, &[]), ON);
    assert!(again.is_empty());
}

#[test]
fn one_group_of_the_scope_is_enough_and_a_list_that_was_not_read_whole_puts_nobody_outside() {
    let within = |scope_groups: &[u8], member_of: &[u8], unread: &[u8]| {
        within_scope(&ana(), &groups(member_of, unread), scope(Leaving::Keep, scope_groups).scope())
    };
    assert_eq!(within(&[], &[], &[]), Within::Inside);
    assert_eq!(within(&[2, 3], &[3], &[2]), Within::Inside);
    assert_eq!(within(&[2, 3], &[1], &[]), Within::Outside(Outside::Groups));
    assert_eq!(within(&[2, 3], &[1], &[3]), Within::Untold);
    // What the filter says is not undone by a group.
    assert_eq!(within_scope(&seen(OUTSIDE), &groups(&[2], &[]), scope(Leaving::Keep, &[2]).scope()), OUTSIDE);
}

#[test]
fn who_comes_back_is_brought_in_line_whole() {
    let inactive = Account { is_active: Some(false), ..outdated() };
    let found = linked(Account { roles: Some(Vec::new()), ..inactive });
    let plan = plan_user(&ana(), &found, &groups(&[1, 2], &[]), &scope(Leaving::Deactivate, &[2]), ON);
    let Some(ProfileAction::Update { patch, .. }) = plan.profile.action else { panic!("nothing is written") };
    assert_eq!((patch.changes.is_active, patch.changes.title), (Some(true), Personal::trimmed("QA Lead")));
    assert_eq!(plan.roles.add, [RoleId::text("A")]);
}

#[test]
fn an_app_that_may_not_read_people_is_told_so_and_not_of_scopes() {
    let nothing = DirectoryUser {
        mail: None,
        given_name: None,
        surname: None,
        job_title: None,
        account_enabled: None,
        ..seen(Within::Untold)
    };
    let plan = plan_user(&nothing, &linked(outdated()), &groups(&[], &[]), &scope(Leaving::Deactivate, &[2]), ON);
    assert_eq!(plan.profile.reasons, [Reason::Unreadable]);
}
