use jiff::Timestamp;

use super::*;
use crate::domain::{AccountId, ExternalId, Field, FieldSet, Outside, RoleId};
use crate::guard::{Approval, HeldPerson, PlanHash, Withdrawal};
use crate::plan::{HeldBecause, ProfilePlan, Reason, Reveal, RoleReason, RolesPlan};
use crate::ports::{Exception, Known, ParkedPerson};
use crate::run::Link;

const NOW: Timestamp = Timestamp::constant(1_800_000_000, 123_000_000);

fn user(n: u8) -> DirectoryUserId {
    DirectoryUserId::from_bytes([n; 16])
}

fn plan(reasons: Vec<Reason>, role_reasons: Vec<RoleReason>) -> UserPlan {
    UserPlan {
        user: user(1),
        account: Some(AccountId::text("7")),
        profile: ProfilePlan { action: None, reasons },
        roles: RolesPlan { reasons: role_reasons, ..RolesPlan::default() },
    }
}

fn explanation(plan: UserPlan) -> Explanation {
    let account = Account {
        id: AccountId::text("7"),
        external_id: Some(ExternalId::Directory(user(1))),
        email: None,
        first_name: None,
        last_name: None,
        title: None,
        is_active: Some(true),
        roles: None,
    };
    Explanation {
        user: user(1),
        standing: Standing::Enabled,
        within: None,
        substitutes: Vec::new(),
        account: Some(account),
        roles: Vec::new(),
        plan: Some(plan),
        record: PersonRecord::default(),
        recorded: true,
        unanswered: None,
    }
}

/// Every reason that the planner has. A new one does not compile before it stands here.
fn reasons() -> Vec<Reason> {
    let fields: FieldSet = [Field::Email, Field::Title].into_iter().collect();
    let mut all = vec![
        Reason::MissingFields(fields),
        Reason::EmailHeld { holder: AccountId::text("8"), linked_to: None },
        Reason::EmailHeld { holder: AccountId::text("8"), linked_to: Some(user(2)) },
        Reason::SeveralAccounts(vec![AccountId::text("7"), AccountId::text("8")]),
        Reason::EmailSharedInDirectory(vec![user(2)]),
        Reason::NotInZenqms,
        Reason::LinkedAlready,
        Reason::EnabledUnknown,
        Reason::OutOfScope(Outside::Guest),
        Reason::OutOfScope(Outside::Filter),
        Reason::OutOfScope(Outside::Groups),
        Reason::ScopeUntold,
        Reason::Unreadable,
        Reason::NotInDirectory,
        Reason::ReadSince,
        Reason::NotAsProposed,
    ];
    all.extend(held_because().into_iter().map(Reason::Held));
    for reason in &all {
        match reason {
            Reason::Unchanged
            | Reason::MissingFields(_)
            | Reason::EmailHeld { .. }
            | Reason::SeveralAccounts(_)
            | Reason::EmailSharedInDirectory(_)
            | Reason::NotInZenqms
            | Reason::LinkedAlready
            | Reason::EnabledUnknown
            | Reason::OutOfScope(Outside::Guest | Outside::Filter | Outside::Groups)
            | Reason::ScopeUntold
            | Reason::Unreadable
            | Reason::NotInDirectory
            | Reason::ReadSince
            | Reason::NotAsProposed
            | Reason::Held(_) => {}
        }
    }
    all
}

fn role_reasons() -> Vec<RoleReason> {
    let group = GroupId::from_bytes([3; 16]);
    let mut all = vec![
        RoleReason::GroupUnread { role: RoleId::text("17"), group },
        RoleReason::DefaultRole(RoleId::text("17")),
        RoleReason::RolesUnknown,
        RoleReason::MembershipUnread,
    ];
    all.extend(held_because().into_iter().map(RoleReason::Held));
    for reason in &all {
        match reason {
            RoleReason::GroupUnread { .. }
            | RoleReason::DefaultRole(_)
            | RoleReason::RolesUnknown
            | RoleReason::MembershipUnread
            | RoleReason::Held(_) => {}
        }
    }
    all
}

fn held_because() -> Vec<HeldBecause> {
    let all = vec![
        HeldBecause::Limit,
        HeldBecause::DirectoryShrunk,
        HeldBecause::TooFewHolders,
        HeldBecause::AwaitsApproval,
        HeldBecause::Protected,
        HeldBecause::Later,
        HeldBecause::Unseen,
    ];
    for because in &all {
        match because {
            HeldBecause::Limit
            | HeldBecause::DirectoryShrunk
            | HeldBecause::TooFewHolders
            | HeldBecause::AwaitsApproval
            | HeldBecause::Protected
            | HeldBecause::Later
            | HeldBecause::Unseen => {}
        }
    }
    all
}

#[test]
fn there_is_a_sentence_for_each_reason_and_no_two_are_the_same() {
    let of_profiles = reasons().into_iter().map(|reason| plan(vec![reason], Vec::new()));
    let of_roles = role_reasons().into_iter().map(|reason| plan(Vec::new(), vec![reason]));
    let mut said = BTreeSet::new();
    for plan in of_profiles.chain(of_roles) {
        let sentences = explanation(plan).sentences(Reveal::Ids);
        let why: Vec<_> = sentences.iter().filter(|sentence| sentence.starts_with("Left out: ")).collect();
        assert_eq!(why.len(), 1, "{sentences:?}");
        assert!(why[0].ends_with('.') && why[0].len() > 30, "{}", why[0]);
        assert!(said.insert(why[0].clone()), "twice: {}", why[0]);
    }
    assert_eq!(said.len(), reasons().len() + role_reasons().len());
    // That nothing differs leaves nothing out.
    let sentences = explanation(plan(vec![Reason::Unchanged], Vec::new())).sentences(Reveal::Ids);
    assert!(!sentences.iter().any(|sentence| sentence.starts_with("Left out")));
}

#[test]
fn where_there_is_no_record_nothing_is_said_of_what_is_on_it() {
    let told = |recorded| Explanation { recorded, ..explanation(plan(Vec::new(), Vec::new())) }.sentences(Reveal::Ids);
    let known = "Account 7 is his: linked to him by somebody else than this integration; it is in use.";
    assert_eq!(told(true)[1], known);
    let unknown = told(false);
    assert_eq!(unknown[1], "Account 7 is his: linked to him; it is in use.");
    assert_eq!(unknown.len(), told(true).len() + 1);
    assert!(unknown.iter().any(|sentence| sentence.starts_with("There is no record to ask: ")), "{unknown:?}");
}

#[test]
fn whatever_is_on_record_is_told() {
    let role = |id: &str, name: &str| Role { id: RoleId::text(id), name: name.to_owned(), is_default: id == "16" };
    let group = |n| GroupId::from_bytes([n; 16]);
    let withdrawal =
        Withdrawal { user: user(1), account: AccountId::text("7"), deactivates: true, roles: vec![RoleId::text("18")] };
    let by = RunId::from_stored("user-flow".to_owned());
    let explanation = Explanation {
        standing: Standing::Disabled,
        within: Some(Within::Inside),
        substitutes: vec![Substitute {
            field: Field::Title,
            text: Personal::new("Not stated"),
            instead: Instead::Text("Not stated".into()),
        }],
        roles: vec![
            RoleStanding { role: role("16", "Everybody"), held: true, through: vec![] },
            RoleStanding { role: role("17", "Reader"), held: true, through: vec![group(1), group(2)] },
            RoleStanding { role: role("18", "Author"), held: true, through: vec![] },
            RoleStanding { role: role("19", "Trainer"), held: false, through: vec![group(2)] },
        ],
        record: PersonRecord {
            link: Some(Link { user: user(1), account: AccountId::text("7"), set_at: NOW, set_by: by.clone() }),
            known: Known { read_at: Some(NOW), ..Known::default() },
            held: Some(HeldPerson {
                gone: false,
                approval: Some(Approval {
                    by: "qm".to_owned(),
                    why: "ticket 4711".to_owned(),
                    at: NOW,
                    until: NOW,
                    plan: PlanHash::of([&withdrawal]),
                }),
                withdrawal,
                because: HeldBecause::Limit,
                since: NOW,
                by,
            }),
            parked: Some(ParkedPerson {
                user: user(1),
                code: "rejected".to_owned(),
                because: "the title is too long".to_owned(),
                at: NOW,
            }),
            exception: Some(Exception {
                user: user(1),
                code: "missing_jobTitle".to_owned(),
                because: "the directory lacks jobTitle".to_owned(),
                since: NOW,
            }),
        },
        ..explanation(plan(vec![Reason::Held(HeldBecause::AwaitsApproval)], Vec::new()))
    };
    insta::assert_snapshot!(explanation.sentences(Reveal::Values).join("\n"), @"
    Entra ID has him, and he may not sign in: his account is not to be in use.
    He is in the scope.
    Account 7 is his: linked by this integration on 2027-01-15T08:00:00Z, by user-flow; it is in use.
    His title is `Not stated`: Entra ID has no jobTitle, and the setting MissingFields gives this text.
    Holds the role Everybody (16), which ZenQMS gives to everybody.
    Holds the role Reader (17) through groups 01010101-0101-0101-0101-010101010101, 02020202-0202-0202-0202-020202020202.
    Holds the role Author (18), which no mapped group gives him.
    Is to hold the role Trainer (19) through group 02020202-0202-0202-0202-020202020202, and does not yet.
    Left out: the account stays in use: kept back before, and nobody has approved it yet.
    He would lose the account, role 18, kept back for approval: more people would lose access than the guard's limit allows. On record since 2027-01-15T08:00:00Z, by user-flow. Approved 2027-01-15T08:00:00Z by qm (ticket 4711), until 2027-01-15T08:00:00Z.
    Parked since 2027-01-15T08:00:00Z: the title is too long.
    On the list of exceptions since 2027-01-15T08:00:00Z: the directory lacks jobTitle.
    Last looked at 2027-01-15T08:00:00Z.
    The next look would write nothing.
    ");
}
