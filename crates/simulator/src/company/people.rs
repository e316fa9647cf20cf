use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::address::{Addresses, with_capitals};
use super::dice::{Dice, Question, uuid};
use super::names::{COMPANY_DOMAINS, GUEST_DOMAINS, TENANT_DOMAIN};
use super::texts::{Name, Texts, Title};
use super::{CompanyPlan, Mix};
use crate::behaviour::Behaviour;
use crate::world::{Deleted, People, Person, UserType};

/// How many of the colleagues have a mailbox at the company's first domain; half of the others at the second.
const AT_MAIN_DOMAIN: f64 = 0.8;
/// Deletions are spread over this many hours: a day less than they can be undone.
const DELETIONS_SPREAD: i64 = 29 * 24;

/// Who a person really is, whatever the directory says. A million of them are kept while a company is made.
pub(super) struct Draft {
    pub(super) id: Uuid,
    pub(super) name: Name,
    pub(super) title: Title,
    /// The person's own address, as ZenQMS writes it.
    pub(super) address: Arc<str>,
    /// What the directory says.
    pub(super) enabled: Option<bool>,
    pub(super) guest: bool,
    pub(super) deleted: bool,
    /// Whether the directory knows the address.
    pub(super) reachable: bool,
}

/// A property that the directory may have oddly.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Property {
    GivenName,
    Surname,
    JobTitle,
    Mail,
}

/// Everybody, as the directory has them and as they are, in the same order.
pub(super) fn hire(
    plan: &CompanyPlan,
    dice: Dice,
    texts: &mut Texts,
    addresses: &mut Addresses,
) -> (People, Vec<Draft>) {
    let now = Behaviour::default().starts_at;
    let mut people = People::default();
    let mut drafts: Vec<Draft> = Vec::with_capacity(plan.people);
    for n in 0..plan.people {
        let mut draft = draft(dice, n, &plan.mix, texts, addresses);
        // Pairs stand side by side, the second without an address of his own.
        let first =
            drafts.last().filter(|_| n % 2 == 1 && dice.falls(Question::SharedMail, n / 2, plan.mix.shared_mail));
        let mut person = in_directory(dice, n, &plan.mix, &draft, texts);
        if let (Some(first), Some(mail)) = (first, &mut person.mail) {
            *mail = first.address.clone();
        }
        draft.reachable = first.is_none() && person.mail.as_deref().is_some_and(|mail| !mail.trim().is_empty());
        person.deleted = draft.deleted.then(|| deletion(dice, n, now));
        people.insert(person);
        drafts.push(draft);
    }
    (people, drafts)
}

fn draft(dice: Dice, n: usize, mix: &Mix, texts: &Texts, addresses: &mut Addresses) -> Draft {
    let name = texts.draw_name(dice.about(Question::Name, n));
    let guest = dice.falls(Question::Guest, n, mix.guests);
    let domain = domain(if guest { &GUEST_DOMAINS } else { &COMPANY_DOMAINS }, dice.about(Question::Domain, n));
    let enabled = !dice.falls(Question::Disabled, n, mix.disabled);
    Draft {
        id: uuid(&mut dice.about(Question::PersonId, n)),
        name,
        title: texts.draw_title(dice.about(Question::Title, n)),
        address: addresses.give(&texts.mailbox(name), domain),
        enabled: (!dice.falls(Question::EnabledUnknown, n, mix.enabled_unknown)).then_some(enabled),
        guest,
        deleted: dice.falls(Question::Deleted, n, mix.deleted),
        reachable: true,
    }
}

/// What the directory has of a person.
fn in_directory(dice: Dice, n: usize, mix: &Mix, draft: &Draft, texts: &mut Texts) -> Person {
    let text = |property: Property, text: Arc<str>| property.in_directory(dice, n, mix, text);
    let mail = if dice.falls(Question::MailOtherCase, n, mix.mail_other_case) {
        with_capitals(&draft.address)
    } else {
        draft.address.clone()
    };
    let sign_in = if draft.guest {
        format!("{}#EXT#@{TENANT_DOMAIN}", draft.address.replacen('@', "_", 1)).into()
    } else {
        draft.address.clone()
    };
    let user_type = if draft.guest { UserType::Guest } else { UserType::Member };
    Person {
        id: draft.id,
        mail: text(Property::Mail, mail),
        user_principal_name: Some(sign_in),
        given_name: text(Property::GivenName, texts.given(draft.name)),
        surname: text(Property::Surname, texts.surname(draft.name)),
        job_title: text(Property::JobTitle, texts.title(draft.title)),
        display_name: Some(texts.full_name(draft.name)),
        account_enabled: draft.enabled,
        details: None,
        user_type: (!dice.falls(Question::UserTypeUnknown, n, mix.user_type_unknown)).then_some(user_type),
        deleted: None,
    }
}

impl Property {
    /// Those that may be padded, then mail, which never is.
    const ALL: [Self; 4] = [Self::GivenName, Self::Surname, Self::JobTitle, Self::Mail];

    /// The text as the n-th person has it.
    fn in_directory(self, dice: Dice, n: usize, mix: &Mix, text: Arc<str>) -> Option<Arc<str>> {
        let (missing, share) = match self {
            Self::GivenName => (Question::MissingGivenName, mix.missing_given_name),
            Self::Surname => (Question::MissingSurname, mix.missing_surname),
            Self::JobTitle => (Question::MissingJobTitle, mix.missing_job_title),
            Self::Mail => (Question::MissingMail, mix.missing_mail),
        };
        if dice.falls(missing, n, share) {
            None
        } else if self.is_chosen(dice, Question::Blank, n, mix.blank, 4) {
            Some("  ".into())
        } else if self.is_chosen(dice, Question::Padded, n, mix.padded, 3) {
            Some(format!(" {text} ").into())
        } else {
            Some(text)
        }
    }

    /// Whether the n-th person has the oddity, and has it in this one of the first `among` properties.
    fn is_chosen(self, dice: Dice, oddity: Question, n: usize, share: f64, among: usize) -> bool {
        dice.chosen(oddity, n, share).is_some_and(|mut rng| Self::ALL.get(rng.usize(..among)) == Some(&self))
    }
}

fn deletion(dice: Dice, n: usize, now: Timestamp) -> Deleted {
    let ago = SignedDuration::from_hours(dice.about(Question::DeletedWhen, n).i64(1..=DELETIONS_SPREAD));
    Deleted { when: now.checked_sub(ago).unwrap_or(now) }
}

pub(super) fn domain([main, second, third]: &[&'static str; 3], mut rng: fastrand::Rng) -> &'static str {
    if rng.f64() < AT_MAIN_DOMAIN {
        main
    } else if rng.bool() {
        second
    } else {
        third
    }
}
