use std::collections::BTreeSet;
use std::time::Duration;

use futures::FutureExt;
use jiff::Timestamp;

use super::*;
use crate::domain::{
    Account, AccountId, AccountRole, DirectoryUserId, Email, ExternalId, GroupId, Mapping, Role, RoleId,
};
use crate::failure::Cause;
use crate::guard::{Approval, HeldPerson, Window};
use crate::plan::{Candidates, HeldBecause, KnownGroups, Policy};
use crate::ports::{MembersPage, PageLink, Presence};

fn user(n: u8) -> DirectoryUserId {
    DirectoryUserId::from_bytes([n; 16])
}

fn role() -> RoleId {
    RoleId::text("17")
}

fn mapping() -> Mapping {
    let mut mapping = Mapping::default();
    let reader = Role { id: role(), name: "Reader".to_owned(), is_default: false };
    mapping.add(GroupId::from_bytes([9; 16]), reader);
    mapping
}

/// Somebody who is in no group, and holds the role or not.
fn planned(n: u8, holds: bool) -> Planned {
    let groups = KnownGroups { member_of: BTreeSet::new(), unread: BTreeSet::new() };
    let account = Account {
        id: AccountId::text(&n.to_string()),
        external_id: Some(ExternalId::Directory(user(n))),
        email: None,
        first_name: None,
        last_name: None,
        title: None,
        is_active: Some(true),
        roles: Some(if holds { vec![AccountRole { id: role(), is_default: false }] } else { Vec::new() }),
    };
    let found = Candidates { by_external_id: vec![account], ..Candidates::default() };
    Planned::new(Subject::Member { user: user(n), groups }, found, &mapping(), Policy::change(true))
}

fn on_record(n: u8) -> HeldPerson {
    HeldPerson {
        withdrawal: Withdrawal {
            user: user(n),
            account: AccountId::text(&n.to_string()),
            deactivates: false,
            roles: vec![role()],
        },
        because: HeldBecause::Limit,
        since: Timestamp::UNIX_EPOCH,
        by: RunId::from_stored("group-flow".to_owned()),
        gone: false,
        approval: None,
    }
}

/// A ledger that has the first person on record, and whose window may be out of reach.
struct Records {
    window: Option<Window>,
}

impl Allowances for Records {
    async fn window(&self) -> Result<(Window, u64), Failure> {
        let out_of_reach = || Failure::new("reading the window", Cause::Throttled { retry_after: None });
        self.window.clone().map(|window| (window, 1)).ok_or_else(out_of_reach)
    }

    async fn save_window(&self, _: &Window, _: u64) -> Result<(), Failure> {
        Ok(())
    }
}

impl Holds for Records {
    async fn held(&self, who: DirectoryUserId) -> Result<Option<HeldPerson>, Failure> {
        Ok((who == user(1)).then(|| on_record(1)))
    }

    async fn all_held(&self) -> Result<Vec<HeldPerson>, Failure> {
        Ok(vec![on_record(1)])
    }

    async fn hold(&self, _: &HeldPerson) -> Result<(), Failure> {
        Ok(())
    }

    async fn hold_new(&self, _: &HeldPerson, _: Timestamp) -> Result<bool, Failure> {
        Ok(true)
    }

    async fn approve(&self, _: &HeldPerson, _: &Approval) -> Result<bool, Failure> {
        Ok(true)
    }

    async fn let_off(&self, _: DirectoryUserId) -> Result<(), Failure> {
        Ok(())
    }
}

/// Where no role has to keep holders, nobody is asked for any.
struct Nobody;

impl GroupMembers for Nobody {
    async fn members(&self, group: GroupId, _: Nesting, _: Option<&PageLink>) -> Result<MembersPage, Failure> {
        panic!("the members of {group} were asked for");
    }
}

impl DirectoryPresence for Nobody {
    async fn presence(&self, _: &[DirectoryUserId]) -> crate::ports::Each<Presence> {
        panic!("people were asked after");
    }
}

impl AccountsFind for Nobody {
    async fn by_external_id(&self, user: DirectoryUserId) -> Result<Vec<Account>, Failure> {
        panic!("the account of {user} was asked for");
    }

    async fn by_ids(&self, _: &[AccountId]) -> Result<Vec<Account>, Failure> {
        panic!("accounts were asked for");
    }

    async fn by_email(&self, _: &Email) -> Result<Vec<Account>, Failure> {
        panic!("an address was asked for");
    }
}

struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    async fn pause(&self, _: Duration) {}
}

fn guarded(ledger: &Records, mut people: Vec<Each<'_, Known>>) -> Vec<Result<Planned, Failure>> {
    let actor = RunId::from_stored("group-flow".to_owned());
    let guard = Guard {
        directory: &Nobody,
        accounts: &Nobody,
        ledger,
        clock: &Still,
        mapping: &mapping(),
        nesting: Nesting::Transitive,
        limits: &Limits::default(),
        actor: &actor,
    };
    let asked = guard.settle(&mut people, |known| known, |_| false);
    assert!(asked.now_or_never().is_some());
    people.into_iter().map(|(_, planned)| planned).collect()
}

/// Nothing was decided about anybody's record then, so nobody's record may go.
#[test]
fn where_the_guard_cannot_be_asked_nobody_is_let_off() {
    let (kept, other) = (Known { held: true, ..Known::default() }, Known::default());
    let people = vec![(&kept, Ok(planned(1, false))), (&other, Ok(planned(2, true)))];
    let guarded = guarded(&Records { window: None }, people);
    assert!(guarded.iter().all(Result::is_err));
}

#[test]
fn whoever_loses_nothing_any_more_is_let_off_and_the_others_are_ruled_upon() {
    let (kept, other) = (Known { held: true, ..Known::default() }, Known::default());
    let people = vec![(&kept, Ok(planned(1, false))), (&other, Ok(planned(2, true)))];
    let guarded = guarded(&Records { window: Some(Window::default()) }, people);
    let [Ok(first), Ok(second)] = guarded.as_slice() else { panic!("somebody failed") };
    assert_eq!((first.held.clone(), first.keeping.after.clone()), (Some(on_record(1)), None));
    assert_eq!(second.plan.roles.remove, [role()]);
}

#[test]
fn what_could_not_be_told_stays_on_record() {
    let kept = Known { held: true, ..Known::default() };
    let mut blind = planned(1, false);
    blind.plan.roles.reasons.push(RoleReason::RolesUnknown);
    let guarded = guarded(&Records { window: Some(Window::default()) }, vec![(&kept, Ok(blind))]);
    let [Ok(one)] = guarded.as_slice() else { panic!("it failed") };
    assert_eq!(one.keeping.after, Some(on_record(1)));
}
