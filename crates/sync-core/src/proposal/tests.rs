use super::*;
use crate::apply::Membership;
use crate::domain::{
    Account, AccountId, AccountRole, DirectoryUser, Email, ExternalId, Field, FieldSet, GroupId, Leaving, Lens,
    Outside, Personal, ProfileChanges, Role, RoleId, Scope, Within,
};
use crate::guard::{Limits, confine};
use crate::plan::{Candidates, KnownGroups, Policy, ProfileAction, Reason};
use crate::ports::Nesting;

fn user(n: u8) -> DirectoryUserId {
    DirectoryUserId::from_bytes([n; 16])
}

fn group(n: u8) -> GroupId {
    GroupId::from_bytes([n; 16])
}

fn mapping() -> Mapping {
    let mut mapping = Mapping::default();
    for (of, id, name) in [(1, "17", "Reader"), (2, "18", "Author"), (3, "18", "Author")] {
        mapping.add(group(of), Role { id: RoleId::text(id), name: name.to_owned(), is_default: false });
    }
    mapping
}

/// Ana, with this title and in this group.
fn ana(title: &str, of: u8) -> Subject {
    let user = DirectoryUser {
        mail: Email::new("ana@contoso.com"),
        given_name: Some(Personal::new("Ana")),
        surname: Some(Personal::new("García")),
        job_title: Some(Personal::new(title)),
        account_enabled: Some(true),
        substituted: FieldSet::default(),
        within: Within::Inside,
        id: user(1),
    };
    let groups = KnownGroups { member_of: [group(of)].into(), ..KnownGroups::default() };
    Subject::Present { user, rivals: Vec::new(), groups: Membership::Known(groups) }
}

/// Her account, which holds the role Reader and this title.
fn account(title: &str) -> Account {
    Account {
        id: AccountId::text("8412"),
        external_id: Some(ExternalId::Directory(user(1))),
        email: Email::new("ana@contoso.com"),
        first_name: Some(Personal::new("Ana")),
        last_name: Some(Personal::new("García")),
        title: Some(Personal::new(title)),
        is_active: Some(true),
        roles: Some(vec![AccountRole { id: RoleId::text("17"), is_default: false }]),
    }
}

fn plan(subject: &Subject, account: Account) -> UserPlan {
    let found = Candidates { by_external_id: vec![account], ..Candidates::default() };
    subject.plan(found, &mapping(), Policy::change(true))
}

fn digest(subject: &Subject, is: &str) -> PlanDigest {
    PlanDigest::of(subject, &plan(subject, account(is)), &mapping())
}

#[test]
fn a_digest_stands_for_each_value_old_and_new_and_for_the_groups_that_give_a_role() {
    let first = digest(&ana("QA Lead", 2), "Analyst");
    assert_eq!(first, digest(&ana("QA Lead", 2), "Analyst"));
    assert_ne!(first, digest(&ana("QA Head", 2), "Analyst"), "another value");
    assert_ne!(first, digest(&ana("QA Lead", 2), "Intern"), "another old value");
    assert_ne!(first, digest(&ana("QA Lead", 3), "Analyst"), "the same role through another group");
}

#[test]
fn whose_word_a_value_is_is_part_of_what_is_approved() {
    let mut filled = ana("QA Lead", 2);
    if let Subject::Present { user, .. } = &mut filled {
        user.substituted = [Field::Title].into_iter().collect();
    }
    let (substitute, own) = (digest(&filled, "Analyst"), digest(&ana("QA Lead", 2), "Analyst"));
    assert_ne!(substitute.profile, own.profile, "the same value on another word");
    assert_eq!((substitute.given, substitute.taken), (own.given, own.taken));
    assert_eq!(digest(&filled, "QA Lead"), digest(&ana("QA Lead", 2), "QA Lead"), "it is not written");
}

#[test]
fn why_an_account_is_taken_is_part_of_what_is_approved() {
    let mapping = mapping().within(Scope { leaving: Leaving::Deactivate, ..Scope::default() });
    let digest = |within, enabled| {
        let mut subject = ana("Analyst", 2);
        if let Subject::Present { user, .. } = &mut subject {
            (user.within, user.account_enabled) = (within, Some(enabled));
        }
        let found = Candidates { by_external_id: vec![account("Analyst")], ..Candidates::default() };
        let plan = subject.plan(found, &mapping, Policy::change(true));
        let action = plan.profile.action.as_ref();
        assert!(matches!(action, Some(ProfileAction::Update { deactivates: true, .. })), "{plan:?}");
        PlanDigest::of(&subject, &plan, &mapping).profile
    };
    let [guest, filter] = [Outside::Guest, Outside::Filter].map(Within::Outside);
    assert_ne!(digest(guest, true), digest(filter, true));
    assert_ne!(digest(filter, true), digest(Within::Inside, false));
    // A leaver is one wherever he is.
    assert_eq!(digest(filter, false), digest(Within::Inside, false));
}

fn settings(initial_sync: bool) -> SettingsHash {
    let (limits, missing) = (Limits::default(), Lens::default());
    SettingsHash::of(&mapping(), Nesting::Transitive, initial_sync, &limits, &missing)
}

#[test]
fn the_same_plan_by_other_settings_is_another_proposal() {
    let one = proposed([(1, "a")]);
    assert_ne!(one.hash(&settings(true)), one.hash(&settings(false)));
}

fn proposed(people: impl IntoIterator<Item = (u8, &'static str)>) -> Proposed {
    let digests = people.into_iter().map(|(n, title)| (user(n), digest(&ana(title, 2), "x")));
    Proposed(digests.collect())
}

#[test]
fn a_proposal_comes_back_from_its_pieces_and_whoever_alters_one_is_found() {
    let whole = proposed((0..7).map(|n| (n, "QA Lead")));
    let pieces = whole.pack(3);
    assert_eq!(pieces.iter().map(Vec::len).collect::<Vec<_>>(), [336, 336, 112]);
    let unpacked = |pieces: &[Vec<u8>]| {
        let mut read = Proposed::default();
        pieces.iter().try_for_each(|piece| read.unpack(piece)).map(|()| read)
    };
    assert_eq!(unpacked(&pieces), Ok(whole.clone()));
    for byte in [0, 15, 16, 47, 48, 111, 335] {
        let mut altered = pieces.clone();
        altered[1][byte] ^= 1;
        assert_ne!(unpacked(&altered).unwrap().hash(&settings(true)), whole.hash(&settings(true)), "byte {byte}");
    }
    assert_ne!(unpacked(&pieces[..2]).unwrap().hash(&settings(true)), whole.hash(&settings(true)));
    assert_eq!(unpacked(&[pieces[0][1..].to_vec()]), Err(ProposedError(335)));
}

#[test]
fn it_is_said_who_differs_and_how() {
    let before = proposed([(1, "a"), (2, "b"), (3, "c")]);
    let now = proposed([(1, "a"), (2, "B"), (4, "d")]);
    let differences = before.differences(&now);
    let expected = Differences { alike: 1, changed: vec![user(2)], gone: vec![user(3)], new: vec![user(4)] };
    assert_eq!(differences, expected);
    assert!(!differences.is_empty() && before.differences(&before).is_empty());
}

#[test]
fn of_a_plan_made_anew_only_that_is_left_which_was_planned_first() {
    let first = plan(&ana("QA Lead", 2), account("Analyst"));
    // The title was written, the answer was lost; meanwhile she got another family name, and entered another group.
    let mut again = ana("QA Lead", 2);
    if let Subject::Present { user, .. } = &mut again {
        user.surname = Some(Personal::new("Núñez"));
    }
    let mut next = plan(&again, account("QA Lead"));
    assert!(next.profile.action.is_some());
    confine(&mut next, &first);
    assert_eq!(next.profile.action, None);
    assert_eq!((&next.roles.add, &next.roles.remove), (&first.roles.add, &first.roles.remove));
    assert_eq!(next.profile.reasons, [Reason::NotAsProposed]);

    // Nothing was written yet: all of it is left, and nothing is said.
    let mut same = first.clone();
    confine(&mut same, &first);
    assert_eq!(same, first);
}

#[test]
fn what_is_left_of_an_account_that_was_created_is_what_it_was_to_be_created_with() {
    let subject = ana("QA Lead", 2);
    let first = subject.plan(Candidates::default(), &mapping(), Policy::change(true));
    let mut next = plan(&ana("QA Lead", 2), account("Analyst"));
    confine(&mut next, &first);
    let Some(ProfileAction::Update { patch, deactivates: false, .. }) = &next.profile.action else {
        panic!("{next:?}")
    };
    assert_eq!(patch.changes, ProfileChanges { title: Some(Personal::new("QA Lead")), ..ProfileChanges::default() });
    // The role that the account holds was not to be taken from anybody.
    assert!(next.roles.remove.is_empty() && next.roles.add == first.roles.add);
    assert_eq!(next.profile.reasons, [Reason::NotAsProposed]);

    // Somebody else's account with her address is not what was proposed.
    let nobodys = Account { external_id: None, ..account("QA Lead") };
    let found = Candidates { by_email: vec![nobodys], ..Candidates::default() };
    let mut link = subject.plan(found, &mapping(), Policy::change(true));
    assert!(!link.roles.add.is_empty());
    confine(&mut link, &first);
    assert!(link.is_empty() && link.account.is_none(), "{link:?}");

    // Nor is another account that is hers by now.
    let first = plan(&ana("QA Lead", 2), account("Analyst"));
    let mut other = plan(&ana("QA Lead", 2), Account { id: AccountId::text("9000"), ..account("Analyst") });
    confine(&mut other, &first);
    assert!(other.is_empty() && other.account.is_none(), "{other:?}");
    // Not even where nothing but the role is left to be written.
    let mut other = plan(&ana("QA Lead", 2), Account { id: AccountId::text("9000"), ..account("QA Lead") });
    assert!(other.profile.action.is_none() && !other.roles.add.is_empty());
    confine(&mut other, &first);
    assert!(other.is_empty() && other.account.is_none(), "{other:?}");
}

#[test]
fn of_what_was_begun_each_part_is_left_as_it_was_or_not_at_all() {
    let subject = ana("QA Lead", 2);
    let mut proposed = Proposed::default();
    proposed.add(&subject, &plan(&subject, account("Analyst")), &mapping());
    let agrees = |plan: &UserPlan, begun| proposed.agrees(&subject, plan, &mapping(), begun);
    let whole = plan(&subject, account("Analyst"));
    assert!(agrees(&whole, false) && agrees(&whole, true));
    let rest = plan(&subject, account("QA Lead"));
    assert!(!agrees(&rest, false) && agrees(&rest, true), "the title was written");
    let other = plan(&subject, account("Intern"));
    assert!(!agrees(&other, true), "somebody else wrote another title");
    let mut hers = account("QA Lead");
    hers.roles = Some(vec![AccountRole { id: RoleId::text("18"), is_default: false }]);
    assert!(agrees(&plan(&subject, hers), true), "roles were given and taken");
    let elsewhere = plan(&subject, Account { id: AccountId::text("9000"), ..account("QA Lead") });
    assert!(!agrees(&elsewhere, true), "another account is hers by now");
    let moved = ana("QA Lead", 3);
    assert!(!proposed.agrees(&moved, &plan(&moved, account("QA Lead")), &mapping(), true), "through another group");
}

#[test]
fn of_an_account_that_was_created_the_roles_are_left() {
    let subject = ana("QA Lead", 2);
    let first = subject.plan(Candidates::default(), &mapping(), Policy::change(true));
    let mut proposed = Proposed::default();
    proposed.add(&subject, &first, &mapping());
    let new = Account { roles: Some(Vec::new()), ..account("QA Lead") };
    let rest = plan(&subject, new.clone());
    assert!(rest.profile.action.is_none() && rest.roles.add == first.roles.add);
    assert!(proposed.agrees(&subject, &rest, &mapping(), true));
    assert!(!proposed.agrees(&subject, &rest, &mapping(), false));
    // Somebody has changed its title meanwhile: that was not proposed.
    let titled = plan(&subject, Account { title: Some(Personal::new("Intern")), ..new });
    assert!(!proposed.agrees(&subject, &titled, &mapping(), true));
}
