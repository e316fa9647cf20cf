use super::*;
use crate::direct::Served;

async fn looked_at(served: &Served, more: &str) -> Vec<Part> {
    let direct = served.read(more).unwrap();
    let parts = Box::pin(super::super::direct::examine(&direct)).await;
    served.assert_nothing_written();
    let place = Place::Settings { settings: direct.name };
    hold("doctor", &Document { place: &place, verdict: worst(&parts), parts: &parts });
    parts
}

#[tokio::test]
async fn without_a_stack_it_looks_at_what_one_would_need_of_both_services() {
    let served = Served::new("doctor").await;
    let parts = looked_at(&served, &Served::mapping("Document Reader")).await;
    served.assert_only_read();
    insta::assert_snapshot!(text(&parts), @"
    Settings
      ok    settings: All can be used; the initial sync is ON, nested groups count.
      ok    credentials: The secret is readable and complete. It names no day on
            which Entra's credential expires (`entra_credential_expires`), so that
            no alarm warns before.

    Entra ID
      ok    sign-in: Entra ID accepts the app and its credential.
      ok    users: 3 users on the first page, with what is needed of them.
      ok    deleted users: Entra ID says who was deleted.
      ok    changes: Entra ID tells what changes, which the sweeps ask for.
      ok    groups: 1 mapped group found.
      ok    members of groups: Entra ID says who is in a group.

    ZenQMS
      ok    token: ZenQMS accepts the token.
      ok    accounts: 0 accounts on the first page.
      ok    roles: 1 role there.

    What is assumed of the ZenQMS API
      warn  shapes of requests and answers: ZenQMS has no account, so that nothing
            could be tried.
            -> Ask again after the first run.
      ok    find roles: Roles are found where they are looked for.

    What is mapped
      ok    mapping: 1 group gives 1 role.
    ");
}

#[tokio::test]
async fn whatever_is_wrong_is_told_once_with_its_cure() {
    let served = Served::new("sick").await;
    let wrong = looked_at(&served, &Served::mapping("Reader")).await;
    assert_eq!(bad(&wrong), ["mapping"]);
    assert!(check(&wrong, "mapping").cure.as_ref().unwrap().ends_with("a deployment would be refused."));
    assert_eq!(bad(&looked_at(&served, "GROUP_ROLE_MAPPING=[]").await), ["mapping"]);
    assert_eq!(bad(&looked_at(&served, "NESTED_GROUPS=perhaps").await), ["settings"]);
    served.credentials("hunter2");
    let refused = looked_at(&served, "").await;
    assert_eq!(bad(&refused), ["sign-in"]);
    assert!(check(&refused, "sign-in").sentence.contains("client secret") && !text(&refused).contains("hunter2"));
}
