use super::super::address::fold;
use super::super::names::{CULTURES, JOBS, POSTS};
use super::*;
use crate::behaviour::Behaviour;

/// Whether all people of a company with this oddity at 1 are as said, and none where it is at 0.
fn check(mix: Mix, odd: impl Fn(&Person) -> bool) {
    assert!(company(mix).people.iter().all(&odd));
    assert!(!company(Mix::none()).people.iter().any(odd));
}

#[test]
fn guests_have_addresses_from_elsewhere_and_are_in_no_group() {
    let guests = Mix { guests: 1.0, ..Mix::none() };
    check(guests.clone(), |person| {
        person.user_type == Some(UserType::Guest)
            && person.mail.as_deref().is_some_and(|mail| !mail.contains("@helixara"))
            && person.user_principal_name.as_deref().is_some_and(|name| name.contains("#EXT#@"))
    });
    assert!(company(guests).groups.values().all(|group| group.members.is_empty()));
}

#[test]
fn each_state_is_set_on_demand() {
    check(Mix { user_type_unknown: 1.0, ..Mix::none() }, |person| person.user_type.is_none());
    check(Mix { disabled: 1.0, ..Mix::none() }, |person| person.account_enabled == Some(false));
    check(Mix { enabled_unknown: 1.0, disabled: 1.0, ..Mix::none() }, |person| person.account_enabled.is_none());
}

#[test]
fn each_property_goes_missing_on_demand() {
    check(Mix { missing_mail: 1.0, ..Mix::none() }, |person| person.mail.is_none());
    check(Mix { missing_given_name: 1.0, ..Mix::none() }, |person| person.given_name.is_none());
    check(Mix { missing_surname: 1.0, ..Mix::none() }, |person| person.surname.is_none());
    check(Mix { missing_job_title: 1.0, ..Mix::none() }, |person| person.job_title.is_none());
}

#[test]
fn one_property_is_blank_or_padded() {
    let odd = |person: &Person, is_odd: fn(&str) -> bool| {
        let texts = [&person.mail, &person.given_name, &person.surname, &person.job_title];
        texts.into_iter().flatten().filter(|text| is_odd(text)).count() == 1
    };
    check(Mix { blank: 1.0, ..Mix::none() }, |person| odd(person, |text| text == "  "));
    check(Mix { padded: 1.0, ..Mix::none() }, |person| {
        odd(person, |text| text == format!(" {} ", text.trim()) && !text.contains('@'))
    });
}

#[test]
fn mail_has_capitals_that_zenqms_does_not_have() {
    let world = company(Mix { mail_other_case: 1.0, ..Mix::none() });
    for (person, account) in world.people.iter().zip(world.accounts.iter()) {
        assert_ne!(person.mail.as_deref(), Some(&*account.email));
        assert!(agrees(account, person));
    }
}

#[test]
fn pairs_share_an_address() {
    let world = company(Mix { shared_mail: 1.0, ..Mix::none() });
    let mails: Vec<&str> = world.people.iter().filter_map(|person| person.mail.as_deref()).collect();

    assert!(mails.chunks(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(distinct_addresses(mails.into_iter()), 50);
    assert_eq!(distinct_addresses(world.accounts.iter().map(|account| &*account.email)), 100);
}

#[test]
fn the_deleted_can_be_restored() {
    let now = Behaviour::default().starts_at;
    let restorable = |person: &Person| person.deleted.is_some_and(|deleted| deleted.is_restorable(now));
    check(Mix { deleted: 1.0, ..Mix::none() }, restorable);
}

#[test]
fn names_of_all_scripts_have_an_address() {
    let words = CULTURES.iter().flat_map(|culture| culture.given.split(", ").chain(culture.surnames.split(", ")));
    for word in words {
        let (text, folded) = word.split_once('=').map_or((word, fold(word)), |(text, folded)| (text, folded.into()));
        assert!(!text.is_empty() && text.trim() == text);
        let letters = folded.chars().filter(char::is_ascii_lowercase).count();
        // No letter was forgotten.
        let lost = text.chars().filter(|char| char.is_alphabetic()).count().saturating_sub(letters);
        assert!(letters > 0 && (lost == 0 || word.contains('=')), "{word}: {folded}");
        assert!(folded.chars().all(|char| char.is_ascii_lowercase() || char == '-'));
    }
    assert!(JOBS.split(", ").chain(POSTS.split(", ")).all(|title| title.trim() == title && !title.is_empty()));
}

#[test]
fn addresses_are_written_in_ascii() {
    let examples =
        [("Ólafsdóttir", "olafsdottir"), ("O'Brien", "obrien"), ("Nguyễn", "nguyen"), ("Müller-Groß", "muller-gross")];
    for (name, folded) in examples {
        assert_eq!(fold(name), folded);
    }
}
