//! Roles that must keep a number of holders.

use super::*;
use crate::plan::{ProfilePlan, RolesPlan};

fn role() -> RoleId {
    RoleId::text("17")
}

/// People who count as holders of the role, and are to lose it or their account.
fn holders(withdrawals: impl IntoIterator<Item = Withdrawal>) -> Vec<Asked> {
    let asked = |withdrawal| Asked { withdrawal, held: None, counts_for: BTreeSet::from([role()]) };
    withdrawals.into_iter().map(asked).collect()
}

fn others(people: impl IntoIterator<Item = u8>) -> Holders {
    Holders::default().with(role(), 2, people.into_iter().map(user))
}

fn ruled(asked: &[Asked], window: &mut Window, others: &Holders, occasion: Occasion) -> Vec<[Verdict; 2]> {
    let rulings = rule(asked, window, (&Limits::default(), others), occasion, NOW);
    rulings.iter().map(|ruling| [ruling.deactivation, ruling.roles]).collect()
}

const FEW: Verdict = Verdict::KeptBack(HeldBecause::TooFewHolders);

#[test]
fn an_account_and_a_role_alike_are_kept_back_where_too_few_others_hold_it() {
    let asked = holders([withdrawal(1, true, &[]), withdrawal(2, false, &["17", "18"]), withdrawal(3, false, &["18"])]);
    for occasion in [Occasion::Flow, run()] {
        let granted = ruled(&asked, &mut Window::default(), &others([8, 9]), occasion);
        assert_eq!(granted, [[Verdict::Granted; 2]; 3]);
        let mut window = Window::default();
        let kept = ruled(&asked, &mut window, &others([8]), occasion);
        assert_eq!(kept, [[FEW, Verdict::Granted], [Verdict::Granted, FEW], [Verdict::Granted; 2]]);
        // Nothing was taken from them.
        assert_eq!(window.lately(NOW), BTreeSet::from([user(3)]));
    }
}

#[test]
fn where_it_is_not_told_who_holds_it_nobody_loses_it_and_nobody_waits_for_approval() {
    let mut mapping = Mapping::default();
    mapping.keep_holders(role(), 2);
    let asked = holders([withdrawal(1, true, &["17"]), withdrawal(3, false, &["18"])]);
    let ruled = ruled(&asked, &mut Window::default(), &Holders::untold(&mapping), run());
    let unseen = Verdict::KeptBack(HeldBecause::Unseen);
    assert_eq!(ruled, [[unseen; 2], [Verdict::Granted; 2]]);
}

/// They count, and whatever else is to be said is said first: holders come back, and a mistake stays one.
#[test]
fn limits_and_a_shrunk_directory_go_before_it() {
    let limits = Limits { deactivations_per_run: of(1), ..Limits::default() };
    let asked = holders([withdrawal(1, true, &[]), withdrawal(2, true, &[])]);
    let shrunk = Directory { linked: 100, in_use: 100, unseen: 60 };
    let in_a_run = |directory| Occasion::Run { began: NOW, directory, refused: KindsRefused::default() };
    let whole = Directory { unseen: 0, ..shrunk };
    for (limits, directory, because) in [
        (&limits, whole, HeldBecause::Limit),
        (&Limits::default(), shrunk, HeldBecause::DirectoryShrunk),
        (&Limits::default(), whole, HeldBecause::TooFewHolders),
    ] {
        let rulings = rule(&asked, &mut Window::default(), (limits, &others([])), in_a_run(directory), NOW);
        assert!(rulings.iter().all(|ruling| ruling.deactivation == Verdict::KeptBack(because)), "{because}");
    }
    let none_left = Limits { deactivations_per_day: of(0), ..Limits::default() };
    let rulings = rule(&asked, &mut Window::default(), (&none_left, &others([])), Occasion::Flow, NOW);
    assert_eq!(rulings[0].deactivation, Verdict::KeptBack(HeldBecause::Limit));
}

#[test]
fn whoever_was_granted_a_withdrawal_a_moment_ago_is_no_other_holder() {
    let asked = holders([withdrawal(1, true, &[])]);
    let ago = |minutes| {
        let mut window = Window::default();
        window.note(Kind::RoleLoss, user(9), NOW - SignedDuration::from_mins(minutes));
        ruled(&asked, &mut window, &others([8, 9]), Occasion::Flow)[0][0]
    };
    assert_eq!((ago(1), ago(59), ago(61)), (FEW, FEW, Verdict::Granted));
}

#[test]
fn two_who_ask_at_once_see_each_other_where_no_day_is_limited() {
    let limits = Limits { minimum_holders: true, ..Limits::none(Protected::default()) };
    let mut window = Window::default();
    let mut ask = |n: u8, others: &Holders| {
        let asked = holders([withdrawal(n, false, &["17"])]);
        rule(&asked, &mut window, (&limits, others), Occasion::Flow, NOW)[0].roles
    };
    // Each found the other still holding it.
    assert_eq!(ask(1, &others([2, 3])), Verdict::Granted);
    assert_eq!(ask(2, &others([1, 3])), FEW);
}

/// An approval of what was beyond a limit says nothing of a role that would have nobody left.
#[test]
fn it_is_approved_only_where_that_was_shown() {
    let mut asked = holders([withdrawal(1, true, &[])]);
    let mut verdict = |because, others: &Holders| {
        let withdrawal = withdrawal(1, true, &[]);
        let approval = Approval {
            by: "qm".to_owned(),
            why: "closed site".to_owned(),
            at: NOW,
            until: NOW + SignedDuration::from_hours(1),
            plan: PlanHash::of([&withdrawal]),
        };
        let approval = Some(approval);
        asked[0].held = Some(HeldPerson { withdrawal, because, since: NOW, by: actor(), gone: false, approval });
        ruled(&asked, &mut Window::default(), others, Occasion::Flow)[0][0]
    };
    assert_eq!(verdict(HeldBecause::Limit, &others([8, 9])), Verdict::Approved);
    assert_eq!(verdict(HeldBecause::Limit, &others([8])), FEW);
    assert_eq!(verdict(HeldBecause::TooFewHolders, &others([])), Verdict::Approved);
}

/// What is put on record then says so, without the approval; and what is on record for it stays so.
#[test]
fn it_takes_the_place_of_another_reason_on_record_and_of_it_none_does() {
    let role_loss = |because| HeldPerson {
        withdrawal: withdrawal(1, false, &["17"]),
        because,
        since: NOW,
        by: actor(),
        gone: false,
        approval: None,
    };
    let keep = |held: &HeldPerson, because| {
        let mut plan = UserPlan {
            user: user(1),
            profile: ProfilePlan::default(),
            account: Some(AccountId::text("1")),
            roles: RolesPlan { remove: vec![role()], ..RolesPlan::default() },
        };
        let verdict = Verdict::KeptBack(because);
        let ruling = Some(Ruling { deactivation: verdict, roles: verdict });
        keep(&mut plan, ruling, Some(held), Seen::WHOLE, (&actor(), NOW)).after.unwrap().because
    };
    let (few, limit, waits) = (HeldBecause::TooFewHolders, HeldBecause::Limit, HeldBecause::AwaitsApproval);
    assert_eq!(keep(&role_loss(limit), few), few);
    assert_eq!(keep(&role_loss(few), waits), few);
    assert_eq!(keep(&role_loss(limit), waits), limit);
    // Deleted by then, which is another record: the reason is the same.
    let gone = HeldPerson { gone: true, ..role_loss(few) };
    assert_eq!(keep(&gone, waits), few);
}
