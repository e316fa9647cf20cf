use std::collections::VecDeque;
use std::sync::Arc;

use super::address::{Addresses, former};
use super::dice::{Dice, Question, share_of};
use super::names::CONTRACTOR_DOMAINS;
use super::people::{Draft, domain};
use super::roles::Due;
use super::texts::Texts;
use super::{CompanyPlan, Mix};
use crate::world::{Account, AccountNumber, Accounts};

/// The number of the first account.
const FIRST_ACCOUNT: u64 = 8_001;
/// The number of the first account's employee record in another system.
const FIRST_EMPLOYEE: usize = 4_711;
/// How many accounts wait for each other's addresses in one chain.
const CHAIN: usize = 3;

/// What an account has to do with the directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Leaver,
    Linked,
    OtherEmail,
    Stale,
    WrongState,
    OtherSystem,
    OtherPerson,
    Contractor,
    Chained,
    ByEmail,
}

/// Opens the accounts, one after the other.
pub(super) struct Clerk<'a> {
    plan: &'a CompanyPlan,
    dice: Dice,
    texts: &'a Texts,
    addresses: &'a mut Addresses,
    due: &'a Due,
    leavers: VecDeque<Someone<'a>>,
    queue: Queue<'a>,
    /// The address that the next account of the chain has, and how many the chain has already.
    chain: (usize, Arc<str>),
}

/// A person, and his place in the directory.
#[derive(Clone, Copy)]
struct Someone<'a> {
    place: usize,
    draft: &'a Draft,
}

/// Who waits for an account. Nobody gets two.
struct Queue<'a> {
    waiting: std::vec::IntoIter<u32>,
    drafts: &'a [Draft],
    /// Those without an address of their own, passed over where one was needed.
    passed_over: VecDeque<Someone<'a>>,
}

impl<'a> Clerk<'a> {
    pub(super) fn new(
        plan: &'a CompanyPlan,
        dice: Dice,
        drafts: &'a [Draft],
        texts: &'a Texts,
        addresses: &'a mut Addresses,
        due: &'a Due,
    ) -> Self {
        let leavers = drafts.iter().enumerate().filter(|&(place, draft)| {
            draft.deleted && dice.falls(Question::DeletedWithAccount, place, plan.mix.deleted_with_account)
        });
        let leavers = leavers.map(|(place, draft)| Someone { place, draft }).take(plan.accounts).collect();
        let queue = Queue::new(drafts, dice, plan.mix.scattered);
        Self { plan, dice, texts, addresses, due, leavers, queue, chain: (0, "".into()) }
    }

    pub(super) fn open_all(mut self) -> Accounts {
        let kinds = kinds(self.plan, self.dice, self.leavers.len());
        kinds.into_iter().enumerate().map(|(n, kind)| self.open(n, kind)).collect()
    }

    fn open(&mut self, n: usize, kind: Kind) -> Account {
        self.of_somebody(n, kind).unwrap_or_else(|| self.of_contractor(n))
    }

    /// `None` when nobody is left who waits, and for contractors.
    fn of_somebody(&mut self, n: usize, kind: Kind) -> Option<Account> {
        Some(match kind {
            Kind::Contractor => return None,
            Kind::Leaver => {
                let leaver = self.leavers.pop_front()?;
                Account { is_active: true, ..self.linked(n, leaver) }
            }
            Kind::Linked => {
                let someone = self.queue.next()?;
                self.linked(n, someone)
            }
            Kind::OtherEmail => {
                let someone = self.queue.next()?;
                Account { email: former(&someone.draft.address), ..self.linked(n, someone) }
            }
            Kind::WrongState => {
                let account = self.queue.next().map(|someone| self.linked(n, someone))?;
                Account { is_active: !account.is_active, ..account }
            }
            Kind::Stale => {
                let someone = self.queue.next()?;
                self.stale(n, someone)
            }
            Kind::Chained => self.chained(n)?,
            Kind::ByEmail => {
                let someone = self.queue.next_with_address()?;
                self.unlinked(n, someone)
            }
            Kind::OtherSystem => {
                let someone = self.queue.next_with_address()?;
                let external_id = Some(format!("HR-{:06}", FIRST_EMPLOYEE + n).into());
                Account { external_id, ..self.unlinked(n, someone) }
            }
            Kind::OtherPerson => {
                let someone = self.queue.next_with_address()?;
                match self.queue.next() {
                    Some(other) => Account { email: someone.draft.address.clone(), ..self.linked(n, other) },
                    None => self.unlinked(n, someone),
                }
            }
        })
    }

    /// Says what the directory says, as far as that is complete.
    fn unlinked(&self, n: usize, someone: Someone<'_>) -> Account {
        let Draft { name, title, address, enabled, .. } = someone.draft;
        Account {
            id: number(n),
            external_id: None,
            email: address.clone(),
            first_name: self.texts.given(*name),
            last_name: self.texts.surname(*name),
            title: self.texts.title(*title),
            is_active: enabled.unwrap_or(true),
            roles: self.due.held(self.dice, n, Some(someone.place), self.plan),
        }
    }

    fn linked(&self, n: usize, someone: Someone<'_>) -> Account {
        self.unlinked(n, someone).linked_to(someone.draft.id)
    }

    fn stale(&self, n: usize, someone: Someone<'_>) -> Account {
        let mut rng = self.dice.about(Question::Stale, n);
        let account = self.linked(n, someone);
        if rng.bool() {
            Account { title: self.texts.title(self.texts.other_title(someone.draft.title, rng)), ..account }
        } else {
            let last_name = self.texts.surname(self.texts.with_other_surname(someone.draft.name, rng));
            Account { last_name, ..account }
        }
    }

    fn chained(&mut self, n: usize) -> Option<Account> {
        let someone = self.queue.next_with_address()?;
        let own = &someone.draft.address;
        let (length, next) = std::mem::replace(&mut self.chain, (0, own.clone()));
        let email = if length == 0 { former(own) } else { next };
        self.chain.0 = (length + 1) % CHAIN;
        Some(Account { email, ..self.linked(n, someone) })
    }

    fn of_contractor(&mut self, n: usize) -> Account {
        let name = self.texts.draw_name(self.dice.about(Question::ContractorName, n));
        let title = self.texts.draw_title(self.dice.about(Question::ContractorTitle, n));
        let domain = domain(&CONTRACTOR_DOMAINS, self.dice.about(Question::ContractorDomain, n));
        Account {
            id: number(n),
            external_id: None,
            email: self.addresses.give(&self.texts.mailbox(name), domain),
            first_name: self.texts.given(name),
            last_name: self.texts.surname(name),
            title: self.texts.title(title),
            is_active: true,
            roles: self.due.held(self.dice, n, None, self.plan),
        }
    }
}

impl<'a> Queue<'a> {
    /// All but the deleted.
    fn new(drafts: &'a [Draft], dice: Dice, scattered: f64) -> Self {
        let mut waiting: Vec<u32> =
            (0..).zip(drafts).filter(|(_, draft)| !draft.deleted).map(|(place, _)| place).collect();
        for n in 0..waiting.len() {
            if let Some(mut rng) = dice.chosen(Question::Scattered, n, scattered) {
                let other = rng.usize(n..waiting.len());
                waiting.swap(n, other);
            }
        }
        Self { waiting: waiting.into_iter(), drafts, passed_over: VecDeque::new() }
    }

    fn next(&mut self) -> Option<Someone<'a>> {
        self.passed_over.pop_front().or_else(|| self.advance())
    }

    fn next_with_address(&mut self) -> Option<Someone<'a>> {
        loop {
            let someone = self.advance()?;
            if someone.draft.reachable {
                return Some(someone);
            }
            self.passed_over.push_back(someone);
        }
    }

    fn advance(&mut self) -> Option<Someone<'a>> {
        let place = usize::try_from(self.waiting.next()?).ok()?;
        self.drafts.get(place).map(|draft| Someone { place, draft })
    }
}

/// What the accounts are, in their order.
fn kinds(plan: &CompanyPlan, dice: Dice, leavers: usize) -> Vec<Kind> {
    let Mix { linked, linked_other_email, linked_stale, linked_wrong_state, .. } = plan.mix;
    let shares = [
        (Kind::Linked, linked),
        (Kind::OtherEmail, linked_other_email),
        (Kind::Stale, linked_stale),
        (Kind::WrongState, linked_wrong_state),
        (Kind::OtherSystem, plan.mix.other_system),
        (Kind::OtherPerson, plan.mix.other_person),
        (Kind::Contractor, plan.mix.contractors),
        (Kind::Chained, plan.mix.rename_chains),
    ];
    let mut kinds = Vec::with_capacity(plan.accounts);
    kinds.resize(leavers, Kind::Leaver);
    for (kind, share) in shares {
        let count = share_of(share, plan.accounts - leavers);
        kinds.resize((kinds.len() + count).min(plan.accounts), kind);
    }
    kinds.resize(plan.accounts, Kind::ByEmail);
    dice.about(Question::Kinds, 0).shuffle(&mut kinds);
    kinds
}

fn number(n: usize) -> AccountNumber {
    AccountNumber(FIRST_ACCOUNT + n as u64)
}
