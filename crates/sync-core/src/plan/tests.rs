//! The rules of the synchronisation, one by one, in their own words.

use std::collections::BTreeSet;

use super::*;
use crate::domain::{
    Account, AccountId, AccountPatch, AccountRole, DirectoryUser, DirectoryUserId, Email, ExternalId, FieldSet,
    GroupId, LinkChange, Mapping, NewAccount, Personal, ProfileChanges, Role, RoleId,
};
use crate::domain::{Field, Profile, Within};

mod rule_6_roles;
mod scope;

const ON: Policy = Policy::initial_sync(true);
const OFF: Policy = Policy::initial_sync(false);

fn id(number: u8) -> DirectoryUserId {
    DirectoryUserId::from_bytes([number; 16])
}

fn ana() -> DirectoryUser {
    DirectoryUser {
        id: id(1),
        mail: Email::new("ana.garcia@contoso.com"),
        given_name: Personal::trimmed("Ana"),
        surname: Personal::trimmed("García"),
        job_title: Personal::trimmed("QA Lead"),
        account_enabled: Some(true),
        substituted: FieldSet::default(),
        within: Within::Inside,
    }
}

/// Ana's account, linked, saying exactly what the directory says.
fn anas_account() -> Account {
    Account {
        id: AccountId::text("8412"),
        external_id: Some(ExternalId::Directory(id(1))),
        email: Email::new("ana.garcia@contoso.com"),
        first_name: Some(Personal::new("Ana")),
        last_name: Some(Personal::new("García")),
        title: Some(Personal::new("QA Lead")),
        is_active: Some(true),
        roles: Some(Vec::new()),
    }
}

fn linked(account: Account) -> Candidates {
    Candidates { by_external_id: vec![account], ..Candidates::default() }
}

fn by_email(accounts: impl IntoIterator<Item = Account>) -> Candidates {
    Candidates { by_email: accounts.into_iter().collect(), ..Candidates::default() }
}

fn skipped(reason: Reason) -> ProfilePlan {
    ProfilePlan { action: None, reasons: vec![reason] }
}

#[expect(clippy::unnecessary_wraps, reason = "what plans hold is an option")]
fn update(changes: ProfileChanges, account: &Account) -> Option<ProfileAction> {
    let deactivates = changes.is_active == Some(false);
    let replaced = changes.replaced_in(account);
    let patch = AccountPatch { link: LinkChange::Keep, changes };
    Some(ProfileAction::Update { account: AccountId::text("8412"), patch, replaced, deactivates })
}

#[expect(clippy::unnecessary_wraps, reason = "what plans hold is an option")]
fn link(changes: ProfileChanges, account: &Account) -> Option<ProfileAction> {
    let replaced = changes.replaced_in(account);
    let patch = AccountPatch { link: LinkChange::Set(id(1)), changes };
    Some(ProfileAction::Link { account: AccountId::text("8412"), patch, replaced })
}

mod rule_1_fields {
    use super::*;

    #[test]
    fn a_new_account_gets_the_five_fields_and_the_link_and_nothing_else() {
        let plan = plan_profile(&ana(), &Candidates::default(), ON);
        let profile = Profile {
            email: Email::new("ana.garcia@contoso.com").unwrap(),
            first_name: Personal::new("Ana"),
            last_name: Personal::new("García"),
            title: Personal::new("QA Lead"),
        };
        let account = NewAccount { external_id: id(1), profile, is_active: true };
        assert_eq!(plan, ProfilePlan { action: Some(ProfileAction::Create(account)), reasons: vec![] });
    }
}

mod rule_2_matching {
    use super::*;

    #[test]
    fn an_external_id_comes_before_an_email() {
        let mut unlinked = anas_account();
        unlinked.id = AccountId::text("9000");
        unlinked.external_id = None;
        let candidates = Candidates { by_external_id: vec![anas_account()], by_email: vec![unlinked], rivals: vec![] };
        assert_eq!(match_account(ana().mail.as_ref(), &candidates), Match::Linked(&anas_account()));
    }

    #[test]
    fn an_email_matches_without_case_an_account_that_carries_no_external_id() {
        let mut account = anas_account();
        account.external_id = None;
        account.email = Email::new("Ana.Garcia@CONTOSO.com");
        let plan = plan_profile(&ana(), &by_email([account.clone()]), ON);
        assert_eq!(plan, ProfilePlan { action: link(ProfileChanges::default(), &account), reasons: vec![] });
    }

    #[test]
    fn a_link_takes_the_fields_along_that_differ() {
        let mut account = anas_account();
        account.external_id = None;
        account.title = Some(Personal::new("QA Trainee"));
        account.is_active = Some(false);
        let changes = ProfileChanges {
            title: Some(Personal::new("QA Lead")),
            is_active: Some(true),
            ..ProfileChanges::default()
        };
        assert_eq!(plan_profile(&ana(), &by_email([account.clone()]), ON).action, link(changes, &account));
    }

    #[test]
    fn an_account_linked_to_somebody_else_is_not_written() {
        for (other, linked_to) in [(id(7).to_string(), Some(id(7))), ("HR-0815".to_owned(), None)] {
            let mut account = anas_account();
            account.external_id = ExternalId::new(&other);
            let reason = Reason::EmailHeld { holder: AccountId::text("8412"), linked_to };
            assert_eq!(plan_profile(&ana(), &by_email([account]), ON), skipped(reason));
        }
    }

    #[test]
    fn two_candidates_are_not_written() {
        let twin =
            |account_id: &str, external_id| Account { id: AccountId::text(account_id), external_id, ..anas_account() };
        let reason = || Reason::SeveralAccounts(vec![AccountId::text("1"), AccountId::text("2")]);
        let unlinked = by_email([twin("2", None), twin("1", None)]);
        let one_taken = by_email([twin("1", None), twin("2", Some(ExternalId::Directory(id(7))))]);
        let same_id = Candidates {
            by_external_id: vec![twin("1", anas_account().external_id), twin("2", anas_account().external_id)],
            ..Candidates::default()
        };
        for candidates in [unlinked, one_taken, same_id] {
            assert_eq!(plan_profile(&ana(), &candidates, ON), skipped(reason()));
        }
    }

    #[test]
    fn an_email_that_two_directory_users_carry_identifies_neither() {
        for account in [None, Some(Account { external_id: None, ..anas_account() })] {
            let candidates = Candidates { rivals: vec![id(2)], ..by_email(account) };
            let reason = Reason::EmailSharedInDirectory(vec![id(2)]);
            assert_eq!(plan_profile(&ana(), &candidates, ON), skipped(reason));
        }
    }

    #[test]
    fn with_initial_sync_off_nobody_is_created_by_any_flow() {
        for policy in [OFF, Policy::change(false)] {
            assert_eq!(plan_profile(&ana(), &Candidates::default(), policy), skipped(Reason::NotInZenqms));
        }
        assert!(plan_profile(&ana(), &Candidates::default(), Policy::change(true)).action.is_some());
    }

    #[test]
    fn an_initial_sync_that_is_off_sets_external_ids_and_touches_no_other_field() {
        let mut account = anas_account();
        account.external_id = None;
        account.title = Some(Personal::new("QA Trainee"));
        account.is_active = Some(false);
        assert_eq!(
            plan_profile(&ana(), &by_email([account.clone()]), OFF).action,
            link(ProfileChanges::default(), &account)
        );

        let mut stale = anas_account();
        stale.title = Some(Personal::new("QA Trainee"));
        assert_eq!(plan_profile(&ana(), &linked(stale.clone()), OFF), skipped(Reason::LinkedAlready));
        // ... while later changes of linked people do update them.
        assert!(plan_profile(&ana(), &linked(stale), Policy::change(false)).action.is_some());
    }
}

mod rule_3_required_fields {
    use super::*;

    type Without = fn(&mut DirectoryUser);
    const LACKING: [(Field, Without); 4] = [
        (Field::Email, |user| user.mail = None),
        (Field::FirstName, |user| user.given_name = None),
        (Field::LastName, |user| user.surname = None),
        (Field::Title, |user| user.job_title = None),
    ];

    #[test]
    fn a_user_lacking_one_is_skipped_with_a_reason_that_names_the_field() {
        for (field, without) in LACKING {
            let mut user = ana();
            without(&mut user);
            let reason = Reason::MissingFields(FieldSet::from_iter([field]));
            assert_eq!(reason.to_string(), format!("the directory lacks {}", field.directory_name()));
            assert_eq!(reason.code(), format!("missing_{}", field.directory_name()));

            assert_eq!(plan_profile(&user, &Candidates::default(), ON), skipped(reason.clone()));
            let mut stale = anas_account();
            stale.last_name = Some(Personal::new("Smith"));
            assert_eq!(plan_profile(&user, &linked(stale), ON), skipped(reason));
        }
    }

    #[test]
    fn a_linked_user_who_is_disabled_is_deactivated_whatever_is_missing() {
        for (field, without) in LACKING {
            let mut user = ana();
            without(&mut user);
            user.account_enabled = Some(false);
            let reasons = vec![Reason::MissingFields(FieldSet::from_iter([field]))];
            let plan = plan_profile(&user, &linked(anas_account()), ON);
            assert_eq!(plan, ProfilePlan { action: update(ProfileChanges::deactivation(), &anas_account()), reasons });

            let inactive = Account { is_active: Some(false), ..anas_account() };
            assert_eq!(plan_profile(&user, &linked(inactive), ON).action, None);
        }
    }

    #[test]
    fn unknown_is_not_disabled() {
        let mut user = ana();
        user.account_enabled = None;
        for is_active in [true, false] {
            let mut account = Account { is_active: Some(is_active), ..anas_account() };
            assert_eq!(plan_profile(&user, &linked(account.clone()), ON), skipped(Reason::EnabledUnknown));
            account.title = Some(Personal::new("QA Trainee"));
            let title = ProfileChanges { title: Some(Personal::new("QA Lead")), ..ProfileChanges::default() };
            assert_eq!(plan_profile(&user, &linked(account.clone()), ON).action, update(title, &account));
        }
        // An account has to be created in one state or the other.
        assert_eq!(plan_profile(&user, &Candidates::default(), ON), skipped(Reason::EnabledUnknown));
    }

    #[test]
    fn disabled_people_are_created_inactive() {
        let mut user = ana();
        user.account_enabled = Some(false);
        let plan = plan_profile(&user, &Candidates::default(), ON);
        assert!(matches!(plan.action, Some(ProfileAction::Create(NewAccount { is_active: false, .. }))));
    }

    #[test]
    fn a_user_of_whom_only_the_id_is_readable_is_never_written() {
        let nothing = DirectoryUser {
            id: id(1),
            mail: None,
            given_name: None,
            surname: None,
            job_title: None,
            account_enabled: None,
            substituted: FieldSet::default(),
            within: Within::Inside,
        };
        for candidates in [Candidates::default(), linked(anas_account())] {
            assert_eq!(plan_profile(&nothing, &candidates, ON), skipped(Reason::Unreadable));
        }
    }
}

mod rule_4_leavers {
    use super::*;

    #[test]
    fn deleted_in_entra_is_deactivated_in_zenqms() {
        assert_eq!(plan_leaver(&anas_account()).action, update(ProfileChanges::deactivation(), &anas_account()));
        let inactive = Account { is_active: Some(false), ..anas_account() };
        assert_eq!(plan_leaver(&inactive), skipped(Reason::Unchanged));
    }

    #[test]
    fn restored_is_active_again() {
        let inactive = Account { is_active: Some(false), ..anas_account() };
        let active = ProfileChanges { is_active: Some(true), ..ProfileChanges::default() };
        assert_eq!(plan_profile(&ana(), &linked(inactive.clone()), ON).action, update(active, &inactive));
    }
}

mod rule_5_updates {
    use super::*;

    #[test]
    fn only_the_fields_that_differ_are_sent() {
        let mut account = anas_account();
        account.email = Email::new("ana@old.contoso.com");
        account.last_name = Some(Personal::new(" García "));
        account.title = None;
        let changes = ProfileChanges {
            email: ana().mail,
            last_name: Some(Personal::new("García")),
            title: Some(Personal::new("QA Lead")),
            ..ProfileChanges::default()
        };
        assert_eq!(plan_profile(&ana(), &linked(account.clone()), ON).action, update(changes, &account));
    }

    #[test]
    fn nothing_differs_no_write() {
        let mut account = anas_account();
        account.email = Email::new("ANA.GARCIA@contoso.com");
        assert_eq!(plan_profile(&ana(), &linked(account), ON), skipped(Reason::Unchanged));
    }

    #[test]
    fn an_email_that_another_account_holds_is_left_out_and_the_rest_goes_on() {
        let mut account = anas_account();
        account.email = Email::new("ana@old.contoso.com");
        account.title = Some(Personal::new("QA Trainee"));
        let holder =
            Account { id: AccountId::text("9000"), external_id: Some(ExternalId::Directory(id(7))), ..anas_account() };
        let candidates = Candidates { by_external_id: vec![account.clone()], by_email: vec![holder], rivals: vec![] };
        let plan = plan_profile(&ana(), &candidates, ON);
        let title = ProfileChanges { title: Some(Personal::new("QA Lead")), ..ProfileChanges::default() };
        let reason = Reason::EmailHeld { holder: AccountId::text("9000"), linked_to: Some(id(7)) };
        assert_eq!(plan, ProfilePlan { action: update(title, &account), reasons: vec![reason] });
    }
}

mod a_plan_in_words {
    use super::*;

    fn plan() -> UserPlan {
        let mut account = anas_account();
        account.title = Some(Personal::new("QA Trainee"));
        account.roles = Some(vec![AccountRole { id: RoleId::text("17"), is_default: false }]);
        let mut mapping = Mapping::default();
        for (number, role) in [(1, "17"), (2, "18")] {
            let role = Role { id: RoleId::text(role), name: String::new(), is_default: false };
            mapping.add(GroupId::from_bytes([number; 16]), role);
        }
        let member_of = BTreeSet::from([GroupId::from_bytes([2; 16])]);
        let groups = KnownGroups { member_of, unread: BTreeSet::new() };
        plan_user(&ana(), &linked(account), &groups, &mapping, ON)
    }

    #[test]
    fn ids_and_field_names_may_be_shown_anywhere() {
        insta::assert_snapshot!(plan().describe(Reveal::Ids), @r"
        directory user 01010101-0101-0101-0101-010101010101
          ~ update account 8412: title
          + give role 18
          - take role 17
        ");
    }

    #[test]
    fn values_are_shown_to_whoever_asks_for_them() {
        insta::assert_snapshot!(plan().describe(Reveal::Values), @r#"
        directory user 01010101-0101-0101-0101-010101010101
          ~ update account 8412: title="QA Lead" (was "QA Trainee")
          + give role 18
          - take role 17
        "#);
        let create = plan_user(&ana(), &Candidates::default(), &KnownGroups::default(), &Mapping::default(), ON);
        insta::assert_snapshot!(create.describe(Reveal::Values), @r#"
        directory user 01010101-0101-0101-0101-010101010101
          + create an account: email="ana.garcia@contoso.com" first_name="Ana" last_name="García" title="QA Lead" is_active="true"
        "#);
    }
}
