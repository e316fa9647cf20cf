mod holders;

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::domain::{AccountId, DirectoryUserId, Mapping, RoleId};
use crate::plan::{HeldBecause, UserPlan};
use crate::run::RunId;

const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

fn user(n: u8) -> DirectoryUserId {
    DirectoryUserId::from_bytes([n; 16])
}

fn withdrawal(n: u8, deactivates: bool, roles: &[&str]) -> Withdrawal {
    let roles = roles.iter().map(|role| RoleId::text(role)).collect();
    Withdrawal { user: user(n), account: AccountId::text(&n.to_string()), deactivates, roles }
}

fn asked(withdrawal: Withdrawal, held: Option<HeldPerson>) -> Asked {
    Asked::new(withdrawal, held, None, &Mapping::default())
}

fn asks(people: impl IntoIterator<Item = u8>) -> Vec<Asked> {
    people.into_iter().map(|n| asked(withdrawal(n, true, &[]), None)).collect()
}

fn of(people: u32) -> Limit {
    Limit::Of { people, basis_points: 0 }
}

fn limits(per_run: u32, per_day: u32) -> Limits {
    Limits { deactivations_per_run: of(per_run), deactivations_per_day: of(per_day), ..Limits::default() }
}

fn run() -> Occasion {
    Occasion::Run {
        began: NOW,
        directory: Directory { linked: 100, in_use: 100, unseen: 0 },
        refused: KindsRefused::default(),
    }
}

fn granted(rulings: &[Ruling]) -> usize {
    rulings.iter().filter(|ruling| ruling.deactivation == Verdict::Granted).count()
}

fn actor() -> RunId {
    RunId::from_stored("user-flow".to_owned())
}

mod a_limit {
    use super::*;

    #[test]
    fn is_a_number_or_a_share_whichever_is_more() {
        let limit: Limit = "20 or 2%".parse().unwrap();
        assert_eq!(
            [0, 999, 1_000, 1_050, 100_000].map(|linked| limit.people(linked)),
            [20, 20, 20, 21, 2_000].map(Some)
        );
        assert_eq!("none".parse::<Limit>().unwrap().people(100), None);
        assert_eq!("0 or 100%".parse::<Limit>().unwrap().people(1_000_000), Some(8_000));
    }

    #[test]
    fn is_read_as_it_is_shown() {
        for text in ["none", "0", "20", "8000", "20 or 2%", "0 or 2.5%", "20 or 0.25%"] {
            assert_eq!(text.parse::<Limit>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn that_is_none_is_refused_with_what_is_expected() {
        for text in ["", "many", "-1", "2%", "2% or 20", "20 or", "20 or 30", "20 or 2% or 3", "2 %%", "NaN%", "None"] {
            assert!(text.parse::<Limit>().is_err(), "{text}");
        }
        assert_eq!("9000".parse::<Limit>(), Err(LimitError::TooLarge));
        assert_eq!("1 or 101%".parse::<Limit>(), Err(LimitError::TooLarge));
        let error = "lots".parse::<Limit>().unwrap_err().to_string();
        assert_eq!(error, "this is no limit; expected for example `20`, `20 or 2%` or `none`");
    }
}

mod the_window {
    use super::*;

    #[test]
    fn survives_storage() {
        let mut window = Window::new(7);
        window.note(Kind::Deactivation, user(1), NOW);
        window.note(Kind::RoleLoss, user(1), NOW);
        assert_eq!(Window::unpack(7, &window.pack()).unwrap(), window);
        assert!(Window::unpack(0, &[0; 20]).is_err() && Window::unpack(0, &[9; 21]).is_err());
    }

    #[test]
    fn forgets_after_a_day_and_not_before() {
        let mut window = Window::default();
        window.note(Kind::Deactivation, user(1), NOW);
        let later = |hours| NOW + SignedDuration::from_hours(hours);
        window.forget(later(24));
        assert_eq!(window.since(Kind::Deactivation, NOW), BTreeSet::from([user(1)]));
        window.forget(later(25));
        assert_eq!(window, Window::default());
    }
}

mod the_rule {
    use super::*;

    #[test]
    fn a_flow_is_granted_what_the_day_has_left() {
        let mut window = Window::default();
        let rulings = rule(&asks(1..=4), &mut window, (&limits(1, 3), &Holders::default()), Occasion::Flow, NOW);
        assert_eq!(granted(&rulings), 3);
        assert_eq!(rulings[3].deactivation, Verdict::KeptBack(HeldBecause::Limit));
        // Whoever was granted it is granted it again: his write may have failed.
        assert_eq!(
            granted(&rule(&asks([2, 4]), &mut window, (&limits(1, 3), &Holders::default()), Occasion::Flow, NOW)),
            1
        );
    }

    #[test]
    fn a_run_is_granted_all_or_nothing() {
        let mut window = Window::default();
        assert_eq!(granted(&rule(&asks(1..=4), &mut window, (&limits(3, 9), &Holders::default()), run(), NOW)), 0);
        assert_eq!(granted(&rule(&asks(1..=3), &mut window, (&limits(3, 9), &Holders::default()), run(), NOW)), 3);
        // The same run, taken up again after a crash.
        assert_eq!(granted(&rule(&asks(1..=3), &mut window, (&limits(3, 9), &Holders::default()), run(), NOW)), 3);
        assert_eq!(granted(&rule(&asks(1..=4), &mut window, (&limits(3, 9), &Holders::default()), run(), NOW)), 0);
    }

    #[test]
    fn what_a_run_has_refused_it_refuses_again_however_few_are_left() {
        let mut refused = KindsRefused::default();
        refused.add(Kind::Deactivation);
        let Occasion::Run { began, directory, .. } = run() else { panic!("a run") };
        let again = Occasion::Run { began, directory, refused };
        assert_eq!(
            granted(&rule(&asks([1]), &mut Window::default(), (&limits(3, 9), &Holders::default()), again, NOW)),
            0
        );
    }

    #[test]
    fn where_a_day_has_no_limit_its_people_are_not_counted() {
        let unlimited =
            Limits { deactivations_per_day: Limit::None, deactivations_per_run: Limit::None, ..limits(0, 0) };
        let mut window = Window::default();
        assert_eq!(
            granted(&rule(&asks(0..=255), &mut window, (&unlimited, &Holders::default()), Occasion::Flow, NOW)),
            256
        );
        assert_eq!(window, Window::default());
    }

    #[test]
    fn one_kind_does_not_keep_back_the_other() {
        let asked = [asked(withdrawal(1, true, &["17"]), None)];
        let ruling = rule(&asked, &mut Window::default(), (&limits(0, 0), &Holders::default()), run(), NOW)[0];
        assert_eq!(ruling, Ruling { deactivation: Verdict::KeptBack(HeldBecause::Limit), roles: Verdict::Granted });
    }

    #[test]
    fn a_share_is_of_the_linked_accounts_that_the_last_run_counted() {
        let share = Limits { deactivations_per_day: "0 or 10%".parse().unwrap(), ..limits(0, 0) };
        let mut window = Window::new(30);
        assert_eq!(granted(&rule(&asks(1..=9), &mut window, (&share, &Holders::default()), Occasion::Flow, NOW)), 3);
    }

    #[test]
    fn approval_is_for_what_was_shown_for_whom_and_for_how_long() {
        let approval = |until| Approval {
            by: "qm".to_owned(),
            why: "checked".to_owned(),
            at: NOW,
            until,
            plan: PlanHash::of([&withdrawal(1, true, &["17"])]),
        };
        let held = |withdrawal, until| HeldPerson {
            withdrawal,
            because: HeldBecause::Limit,
            since: NOW,
            by: actor(),
            gone: false,
            approval: Some(approval(until)),
        };
        let later = NOW + SignedDuration::from_hours(1);
        let verdicts = |held, occasion| {
            let asked = [asked(withdrawal(1, true, &["17"]), Some(held))];
            let limits = Limits { role_losses_per_day: of(0), ..limits(0, 0) };
            let ruling = rule(&asked, &mut Window::default(), (&limits, &Holders::default()), occasion, NOW)[0];
            [ruling.deactivation, ruling.roles]
        };
        let (waits, beyond) = (HeldBecause::AwaitsApproval, HeldBecause::Limit);
        assert_eq!(verdicts(held(withdrawal(1, true, &["17", "18"]), later), Occasion::Flow), [Verdict::Approved; 2]);
        assert_eq!(verdicts(held(withdrawal(1, true, &["17"]), NOW), Occasion::Flow), [Verdict::KeptBack(waits); 2]);
        assert_eq!(verdicts(held(withdrawal(1, true, &["17"]), later), run()), [Verdict::KeptBack(waits); 2]);
        let other = held(withdrawal(1, true, &["18"]), later);
        assert_eq!(verdicts(other, Occasion::Flow), [Verdict::Approved, Verdict::KeptBack(waits)]);
        let account_only = held(withdrawal(1, true, &[]), later);
        assert_eq!(verdicts(account_only, Occasion::Flow), [Verdict::Approved, Verdict::KeptBack(beyond)]);
        let elsewhere = Withdrawal { account: AccountId::text("2"), ..withdrawal(1, true, &["17"]) };
        assert_eq!(verdicts(held(elsewhere, later), Occasion::Flow), [Verdict::KeptBack(waits); 2]);
    }

    proptest! {
        /// Whatever asks in whatever portions: no more than the limit within any day, and the window never loses count.
        #[test]
        fn no_day_takes_more_than_its_limit(
            portions in prop::collection::vec((prop::collection::vec(0_u8..30, 1..8), 0_i64..10, any::<bool>()), 1..30),
            per_run in 0_u32..6,
            per_day in 0_u32..8,
        ) {
            let limits = limits(per_run, per_day);
            let mut window = Window::default();
            let mut now = NOW;
            let mut taken: Vec<(Timestamp, DirectoryUserId)> = Vec::new();
            for (people, hours, is_run) in portions {
                now += SignedDuration::from_hours(hours);
                let people: BTreeSet<u8> = people.into_iter().collect();
                let asked = asks(people);
                let directory = Directory { linked: 0, in_use: 0, unseen: 0 };
                let occasion = if is_run { Occasion::Run { began: now, directory, refused: KindsRefused::default() } } else { Occasion::Flow };
                let rulings = rule(&asked, &mut window, (&limits, &Holders::default()), occasion, now);
                for (asked, ruling) in asked.iter().zip(&rulings) {
                    if ruling.deactivation == Verdict::Granted {
                        taken.push((now, asked.withdrawal.user));
                    }
                }
                if is_run {
                    prop_assert!(granted(&rulings) == 0 || granted(&rulings) == asked.len());
                    prop_assert!(granted(&rulings) <= per_run as usize);
                }
                window = Window::unpack(window.linked, &window.pack()).unwrap();
                let lately = taken.iter().filter(|(at, _)| now.duration_since(*at) <= SignedDuration::from_hours(24));
                let lately: BTreeSet<DirectoryUserId> = lately.map(|&(_, who)| who).collect();
                prop_assert!(lately.len() <= per_day as usize);
            }
        }
    }
}

mod keeping_back {
    use super::*;
    use crate::domain::{AccountPatch, LinkChange, ProfileChanges, Replaced};
    use crate::plan::{ProfileAction, ProfilePlan, RolesPlan};

    const WHOLE: Seen = Seen::WHOLE;

    fn plan(title: bool) -> UserPlan {
        let changes = ProfileChanges {
            title: title.then(|| crate::domain::Personal::new("Director")),
            ..ProfileChanges::deactivation()
        };
        UserPlan {
            user: user(1),
            account: Some(AccountId::text("1")),
            profile: ProfilePlan {
                action: Some(ProfileAction::Update {
                    account: AccountId::text("1"),
                    patch: AccountPatch { link: LinkChange::Keep, changes },
                    replaced: Replaced::default(),
                    deactivates: true,
                }),
                reasons: Vec::new(),
            },
            roles: RolesPlan { add: vec![RoleId::text("20")], remove: vec![RoleId::text("17")], reasons: Vec::new() },
        }
    }

    fn held(withdrawal: Withdrawal) -> HeldPerson {
        HeldPerson { withdrawal, because: HeldBecause::Limit, since: NOW, by: actor(), gone: false, approval: None }
    }

    fn kept(deactivation: Verdict, roles: Verdict, before: Option<&HeldPerson>, seen: Seen) -> (UserPlan, Keeping) {
        let mut plan = plan(true);
        let keeping = keep(&mut plan, Some(Ruling { deactivation, roles }), before, seen, (&actor(), NOW));
        (plan, keeping)
    }

    #[test]
    fn everything_else_goes_on() {
        let limit = Verdict::KeptBack(HeldBecause::Limit);
        let (plan, keeping) = kept(limit, limit, None, WHOLE);
        assert_eq!(
            plan.describe(crate::plan::Reveal::Ids).to_string(),
            format!(
                "directory user {}\n  ~ update account 1: title\n  + give role 20\n  \
                 = the account stays in use: kept back for approval: more people would lose access than the guard's limit \
                 allows\n  = roles stay: kept back for approval: more people would lose access than the guard's limit allows",
                user(1)
            )
        );
        let record = held(withdrawal(1, true, &["17"]));
        assert_eq!(keeping, Keeping { before: Some(record.clone()), after: Some(record) });
    }

    #[test]
    fn the_same_again_is_no_news() {
        let waits = Verdict::KeptBack(HeldBecause::AwaitsApproval);
        let record = held(withdrawal(1, true, &["17"]));
        let (_, keeping) = kept(waits, waits, Some(&record), WHOLE);
        assert_eq!(keeping, Keeping { before: None, after: Some(record) });
    }

    #[test]
    fn what_was_approved_stays_on_record_until_it_is_done() {
        let record = held(withdrawal(1, true, &["17"]));
        let (plan, keeping) = kept(Verdict::Approved, Verdict::Approved, Some(&record), WHOLE);
        assert_eq!(keeping, Keeping { before: None, after: None });
        assert_eq!(Withdrawal::of(&plan), Some(record.withdrawal));
    }

    fn approved(withdrawal: Withdrawal) -> HeldPerson {
        let until = NOW + SignedDuration::from_hours(1);
        let plan = PlanHash::of([&withdrawal]);
        let approval = Approval { by: "qm".to_owned(), why: "checked".to_owned(), at: NOW, until, plan };
        HeldPerson { approval: Some(approval), ..held(withdrawal) }
    }

    #[test]
    fn an_approval_stands_until_all_of_it_is_done() {
        let record = approved(withdrawal(1, true, &["17"]));
        // A look at roles alone does its part, and what it kept back besides is none of the approval's affair.
        let roles = Seen { account: false, ..WHOLE };
        let mut plan = UserPlan { profile: ProfilePlan::default(), ..plan(false) };
        let ruling = Ruling { deactivation: Verdict::Granted, roles: Verdict::Approved };
        let keeping = keep(&mut plan, Some(ruling), Some(&record), roles, (&actor(), NOW));
        assert_eq!(keeping, Keeping { before: None, after: Some(record.clone()) });
        let ruling = Ruling { deactivation: Verdict::Granted, roles: Verdict::KeptBack(HeldBecause::Limit) };
        let account_only = approved(withdrawal(1, true, &[]));
        let keeping = keep(&mut plan, Some(ruling), Some(&account_only), roles, (&actor(), NOW));
        assert_eq!(keeping, Keeping { before: None, after: Some(account_only) });
    }

    #[test]
    fn what_was_seen_is_what_may_be_taken() {
        let permit = Permit::of(&plan(false));
        let other = |account: &str, role: &str| {
            let mut other = plan(true);
            other.account = Some(AccountId::text(account));
            other.roles.remove = vec![RoleId::text(role)];
            permit.narrow(&mut other);
            let unseen = Kind::ALL.into_iter().any(|kind| other.kept_back(kind) == Some(HeldBecause::Unseen));
            (unseen, Withdrawal::of(&other).map(|taken| (taken.deactivates, taken.roles.len())))
        };
        assert_eq!(other("1", "17"), (false, Some((true, 1))));
        assert_eq!(other("1", "18"), (true, Some((true, 0))));
        assert_eq!(other("2", "17"), (true, None));
    }

    #[test]
    fn a_look_leaves_on_record_what_it_cannot_see() {
        let record = held(withdrawal(1, true, &[]));
        let mut plan = UserPlan { profile: ProfilePlan::default(), ..plan(false) };
        let roles = Seen { account: false, ..WHOLE };
        let ruling = Ruling { deactivation: Verdict::Granted, roles: Verdict::KeptBack(HeldBecause::Limit) };
        let keeping = keep(&mut plan, Some(ruling), Some(&record), roles, (&actor(), NOW));
        let both = held(withdrawal(1, true, &["17"]));
        assert_eq!(keeping, Keeping { before: Some(both.clone()), after: Some(both) });
    }

    #[test]
    fn of_the_protected_nothing_is_on_record() {
        let protected = Verdict::KeptBack(HeldBecause::Protected);
        let (plan, keeping) = kept(protected, protected, None, WHOLE);
        assert_eq!((Withdrawal::of(&plan), keeping), (None, Keeping::default()));
    }

    #[test]
    fn the_hash_is_of_the_people_whatever_their_order() {
        let (one, two) = (withdrawal(1, true, &[]), withdrawal(2, false, &["17"]));
        assert_eq!(PlanHash::of([&one, &two]), PlanHash::of([&two, &one]));
        let number = Withdrawal { account: AccountId(crate::domain::OpaqueId::Number(1)), ..one.clone() };
        for other in [withdrawal(1, true, &["17"]), withdrawal(3, true, &[]), number] {
            assert_ne!(PlanHash::of([&one, &two]), PlanHash::of([&other, &two]));
        }
    }
}
