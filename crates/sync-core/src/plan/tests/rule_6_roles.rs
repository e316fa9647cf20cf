use super::*;

fn group(number: u8) -> GroupId {
    GroupId::from_bytes([number; 16])
}

/// Group 1 gives A and B, group 2 gives B and C, group 3 gives the default role D. X hangs on nothing.
fn mapping() -> Mapping {
    let mut mapping = Mapping::default();
    for (number, role, is_default) in
        [(1, "A", false), (1, "B", false), (2, "B", false), (2, "C", false), (3, "D", true)]
    {
        mapping.add(group(number), Role { id: RoleId::text(role), name: role.to_owned(), is_default });
    }
    mapping
}

fn held(roles: &str) -> Vec<AccountRole> {
    roles.chars().map(|c| AccountRole { id: RoleId::text(&c.to_string()), is_default: c == 'D' }).collect()
}

fn plan(roles: &str, member_of: &[u8], unread: &[u8]) -> (String, String, Vec<RoleReason>) {
    let groups = |numbers: &[u8]| numbers.iter().map(|&number| group(number)).collect::<BTreeSet<_>>();
    let groups = KnownGroups { member_of: groups(member_of), unread: groups(unread) };
    let RolesPlan { add, remove, reasons } = plan_roles(Some(&held(roles)), &groups, &mapping());
    let text = |roles: Vec<RoleId>| roles.iter().map(ToString::to_string).collect();
    (text(add), text(remove), reasons)
}

#[test]
fn a_mapped_role_is_held_exactly_while_in_at_least_one_of_its_groups() {
    for (roles, member_of, add, remove) in [
        ("", &[][..], "", ""),
        ("", &[1], "AB", ""),
        ("AB", &[1], "", ""),
        ("AB", &[], "", "AB"),
        ("AB", &[2], "C", "A"),
        ("ABC", &[2], "", "A"),
        ("", &[1, 2, 3], "ABCD", ""),
    ] {
        assert_eq!(plan(roles, member_of, &[]), (add.to_owned(), remove.to_owned(), vec![]), "{roles} {member_of:?}");
    }
}

#[test]
fn unmapped_roles_are_never_touched() {
    assert_eq!(plan("AX", &[], &[]), (String::new(), "A".to_owned(), vec![]));
}

#[test]
fn default_roles_are_never_removed() {
    let reasons = vec![RoleReason::DefaultRole(RoleId::text("D"))];
    assert_eq!(plan("AD", &[1], &[]), ("B".to_owned(), String::new(), reasons));
}

#[test]
fn a_group_that_could_not_be_read_takes_no_role_and_other_groups_still_give_theirs() {
    // Rule 8. B might come from group 2; A can only come from group 1, which was read.
    let reasons = vec![RoleReason::GroupUnread { role: RoleId::text("B"), group: group(2) }];
    assert_eq!(plan("AB", &[], &[2]), (String::new(), "A".to_owned(), reasons));
    assert_eq!(plan("", &[1], &[2]), ("AB".to_owned(), String::new(), vec![]));
}

#[test]
fn where_zenqms_does_not_say_which_roles_are_held_none_is_given_or_taken() {
    let plan = plan_roles(None, &KnownGroups::default(), &mapping());
    assert_eq!(plan, RolesPlan { reasons: vec![RoleReason::RolesUnknown], ..RolesPlan::default() });
}

#[test]
fn a_new_or_newly_linked_account_gets_its_roles_at_once_but_not_from_an_initial_sync_that_is_off() {
    let groups = KnownGroups { member_of: BTreeSet::from([group(1)]), unread: BTreeSet::new() };
    let unlinked = Account { external_id: None, roles: Some(held("CX")), ..anas_account() };
    let roles = |candidates, policy| {
        let plan = plan_user(&ana(), &candidates, &groups, &mapping(), policy);
        (plan.roles.add.len(), plan.roles.remove.len())
    };
    assert_eq!(roles(Candidates::default(), ON), (2, 0));
    assert_eq!(roles(by_email([unlinked.clone()]), ON), (2, 1));
    assert_eq!(roles(by_email([unlinked]), OFF), (0, 0));
    assert_eq!(roles(linked(anas_account()), OFF), (0, 0));
}

#[test]
fn roles_follow_the_groups_even_while_the_profile_waits_for_a_field() {
    let mut user = ana();
    user.job_title = None;
    let account = Account { roles: Some(held("C")), ..anas_account() };
    let groups = KnownGroups { member_of: BTreeSet::from([group(1)]), unread: BTreeSet::new() };
    let plan = plan_user(&user, &linked(account), &groups, &mapping(), ON);
    assert_eq!((plan.profile.action, plan.roles.add.len(), plan.roles.remove.len()), (None, 2, 1));
}

#[test]
fn nobody_without_an_account_of_his_own_gets_a_role() {
    let taken = Account { external_id: Some(ExternalId::Directory(id(7))), ..anas_account() };
    let groups = KnownGroups { member_of: BTreeSet::from([group(1)]), unread: BTreeSet::new() };
    let plan = plan_user(&ana(), &by_email([taken]), &groups, &mapping(), ON);
    assert!(plan.is_empty() && plan.account.is_none());
}
