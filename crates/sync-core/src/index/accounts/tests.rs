use super::*;
use crate::domain::{FieldSet, Personal, RoleId, Within};

const ANA: &str = "6f9619ff-8b86-d011-b42d-00cf4fc964ff";

fn account(id: OpaqueId, external_id: Option<&str>, email: &str) -> Account {
    Account {
        id: AccountId(id),
        external_id: external_id.and_then(ExternalId::new),
        email: Email::new(email),
        first_name: Some(Personal::new("Ana")),
        last_name: None,
        title: Some(Personal::new("QA Lead")),
        is_active: Some(true),
        roles: Some(vec![AccountRole { id: RoleId::text("17"), is_default: false }]),
    }
}

fn directory_user(id: &str, mail: &str) -> DirectoryUser {
    DirectoryUser {
        id: DirectoryUserId::parse(id).unwrap(),
        mail: Email::new(mail),
        given_name: None,
        surname: None,
        job_title: None,
        account_enabled: None,
        substituted: FieldSet::default(),
        within: Within::Inside,
    }
}

#[test]
fn what_goes_in_comes_out_whatever_form_the_id_has() {
    let ids = [
        OpaqueId::Number(8412),
        OpaqueId::Text("8412".into()),
        OpaqueId::Text("008412".into()),
        OpaqueId::Text("usr_ü".into()),
        OpaqueId::Number(u64::MAX),
    ];
    for id in ids {
        for external_id in [None, Some(ANA), Some("HR-0815")] {
            let mut index = AccountIndex::default();
            let account = account(id.clone(), external_id, "Ana@Contoso.com");
            index.insert(&account).unwrap();
            let found = index.candidates(DirectoryUserId::parse(ANA).unwrap(), Email::new("ana@contoso.COM").as_ref());
            let all: Vec<Account> = found.by_external_id.into_iter().chain(found.by_email).collect();
            assert_eq!(all, [account]);
        }
    }
}

#[test]
fn an_account_that_a_listing_repeats_is_kept_once() {
    let mut index = AccountIndex::default();
    for external_id in [Some(ANA), None] {
        let account = account(OpaqueId::Number(if external_id.is_some() { 1 } else { 2 }), external_id, "a@b.c");
        index.insert(&account).unwrap();
        index.insert(&account).unwrap();
    }
    assert_eq!(index.len(), 2);
}

#[test]
fn a_person_is_settled_once_and_only_with_the_same_address() {
    let mut index = AccountIndex::default();
    index.insert(&account(OpaqueId::Number(1), Some(ANA), "ana@contoso.com")).unwrap();
    assert_eq!(index.see(&directory_user(ANA, "ANA@contoso.com")), Settledness::Settled);
    assert_eq!(index.see(&directory_user(ANA, "ana@contoso.com")), Settledness::SeenBefore);
    assert_eq!(index.see(&directory_user(ANA, "new@contoso.com")), Settledness::ClaimsEmail);
    let stranger = "11111111-1111-1111-1111-111111111111";
    assert_eq!(index.see(&directory_user(stranger, "ana@contoso.com")), Settledness::ClaimsEmail);
    assert_eq!(index.unseen().count(), 0);
}

#[test]
fn an_address_that_was_given_up_is_free() {
    let mut index = AccountIndex::default();
    index.insert(&account(OpaqueId::Number(1), Some(ANA), "old@contoso.com")).unwrap();
    let ana = DirectoryUserId::parse(ANA).unwrap();
    index.move_email(ana, &Email::new("New@contoso.com").unwrap()).unwrap();
    let stranger = DirectoryUserId::from_bytes([1; 16]);
    let holders = |email| index.candidates(stranger, Email::new(email).as_ref()).by_email.len();
    assert_eq!((holders("old@contoso.com"), holders("new@contoso.com")), (0, 1));
}

#[test]
fn an_entry_has_48_bytes() {
    assert_eq!(size_of::<Entry>(), 48);
}
