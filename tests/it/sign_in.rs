//! Signing in to Entra ID.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures::future::BoxFuture;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use secrecy::SecretString;
use simulator::{Certificate, CompanyPlan, Fault, FaultKind, Registration, Route, World, ZenqmsBehaviour};
use sync_core::domain::{DirectoryUserId, GroupId};
use sync_core::failure::Failure;
use sync_core::io::graph::Credential;
use sync_core::io::{Credentials, CredentialsSource};
use sync_core::ports::{AccountsList, DirectoryGroups, DirectoryPresence, DirectoryUsers, Presence};

use crate::rig::Rig;

const CERTIFICATE: &str = include_str!("fixtures/test-only-certificate.pem");
const KEY: &str = include_str!("fixtures/test-only-key.pem");
const EC_KEY: &str = include_str!("fixtures/test-only-ec-key.pem");
/// The public half as PKCS#1, by another program than the one under test.
const PUBLIC_KEY: &[u8] = include_bytes!("fixtures/test-only-public-key.der");

fn company() -> World {
    CompanyPlan::plain(5, 0, 0.0).build()
}

fn registered() -> Certificate {
    Certificate::new(&CertificateDer::from_pem_slice(CERTIFICATE.as_bytes()).unwrap(), PUBLIC_KEY)
}

async fn with_certificate() -> Rig {
    let mut rig = Rig::new(company()).await;
    rig.certificate = Some((CERTIFICATE, KEY));
    rig
}

#[tokio::test(start_paused = true)]
async fn a_certificate_signs_in_and_its_key_never_travels() {
    let rig = with_certificate().await;
    rig.simulation.behave(|behaviour| {
        behaviour.entra.secrets.clear();
        behaviour.entra.certificates = vec![registered()];
    });
    let page = rig.graph().users(None).await.unwrap();
    assert_eq!(page.users.len(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_certificate_that_is_not_uploaded_is_refused_with_the_cure() {
    let rig = with_certificate().await;
    let failure = rig.graph().users(None).await.unwrap_err().to_string();
    assert!(failure.contains("upload this very certificate") && failure.contains("AADSTS700027"), "{failure}");
    assert_eq!(rig.simulation.tally().calls(Route::UsersList), 0);
}

/// A vault whose secret was rotated after it was read.
#[derive(Debug)]
struct Rotated {
    before: Arc<Credentials>,
    after: Arc<Credentials>,
    renewals: AtomicU32,
}

impl Rotated {
    fn new(before: (&str, &str), after: (&str, &str)) -> Arc<Self> {
        let credentials = |(secret, token): (&str, &str)| {
            let entra = Credential::Secret(SecretString::from(secret));
            Arc::new(Credentials { entra, zenqms_token: SecretString::from(token) })
        };
        Arc::new(Self { before: credentials(before), after: credentials(after), renewals: AtomicU32::new(0) })
    }
}

impl CredentialsSource for Rotated {
    fn known(&self) -> BoxFuture<'_, Result<Arc<Credentials>, Failure>> {
        Box::pin(async {
            let renewed = self.renewals.load(Ordering::Relaxed) > 0;
            Ok(if renewed { self.after.clone() } else { self.before.clone() })
        })
    }

    fn renewed<'a>(&'a self, _: &'a Arc<Credentials>) -> BoxFuture<'a, Result<Arc<Credentials>, Failure>> {
        self.renewals.fetch_add(1, Ordering::Relaxed);
        self.known()
    }
}

#[tokio::test(start_paused = true)]
async fn credentials_that_were_rotated_are_read_anew_once() {
    for before in [("old", ZenqmsBehaviour::TOKEN), (Registration::SECRET, "old")] {
        let mut rig = Rig::new(company()).await;
        let vault = Rotated::new(before, (Registration::SECRET, ZenqmsBehaviour::TOKEN));
        rig.credentials = Some(vault.clone());
        let host = rig.host();
        host.clients.graph.users(None).await.unwrap();
        host.clients.zenqms.page(1).await.unwrap();
        host.clients.zenqms.page(2).await.unwrap();
        assert_eq!(vault.renewals.load(Ordering::Relaxed), 1, "{before:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn credentials_that_are_wrong_are_not_tried_twice() {
    let mut rig = Rig::new(company()).await;
    let vault = Rotated::new(("wrong", "wrong"), ("wrong", "wrong"));
    let same =
        Arc::new(Rotated { before: vault.before.clone(), after: vault.before.clone(), renewals: AtomicU32::new(0) });
    rig.credentials = Some(same);
    let host = rig.host();
    assert!(host.clients.graph.users(None).await.unwrap_err().to_string().contains("refuses the client secret"));
    assert!(host.clients.zenqms.page(1).await.unwrap_err().to_string().contains("ZenQMS refuses the token"));
    assert_eq!(rig.simulation.tally().calls(Route::Token), 1);
}

#[test]
fn a_certificate_or_key_that_cannot_be_used_is_named() {
    for (certificate, key, expected) in [
        ("nonsense", KEY, "entra_certificate is not a certificate in PEM form"),
        (CERTIFICATE, "nonsense", "entra_private_key is not a private key in PEM form"),
        (CERTIFICATE, EC_KEY, "entra_private_key is not an RSA key"),
    ] {
        let error = Credential::certificate(certificate, key).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        assert!(!error.contains("nonsense"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_is_kept_and_renewed_before_it_ends() {
    let rig = Rig::new(company()).await;
    rig.simulation.behave(|behaviour| behaviour.entra.token_life = Duration::from_mins(20));
    let graph = rig.graph();
    for _ in 0..3 {
        graph.users(None).await.unwrap();
    }
    assert_eq!(rig.simulation.tally().calls(Route::Token), 1);
    tokio::time::sleep(Duration::from_mins(19)).await;
    graph.users(None).await.unwrap();
    assert_eq!(rig.simulation.tally().calls(Route::Token), 2);
    assert_eq!(rig.simulation.tally().refused(Route::Any), 0);
}

#[tokio::test(start_paused = true)]
async fn a_revoked_token_is_renewed_once_and_a_refused_fresh_one_is_not() {
    let rig = Rig::new(company()).await;
    let graph = rig.graph();
    graph.users(None).await.unwrap();
    rig.simulation.revoke_tokens();
    graph.users(None).await.unwrap();
    assert_eq!(rig.simulation.tally().calls(Route::Token), 2);

    rig.simulation.faults().add(Fault::on(Route::UsersList).always().kind(FaultKind::Status(401)));
    let failure = graph.users(None).await.unwrap_err().to_string();
    assert!(failure.contains("refuses the token, a fresh one too"), "{failure}");
    assert_eq!(rig.simulation.tally().calls(Route::Token), 3);
}

#[tokio::test(start_paused = true)]
async fn a_batch_whose_items_fail_one_by_one_is_put_together_again() {
    let world = CompanyPlan { people: 90, accounts: 0, groups: 30, ..CompanyPlan::default() }.build();
    let groups: Vec<GroupId> =
        world.groups.values().map(|group| GroupId::parse(&group.id.to_string()).unwrap()).collect();
    let kinds = [FaultKind::Status(429), FaultKind::Status(503), FaultKind::Status(504)];
    for kind in kinds {
        let rig = Rig::new(world.clone()).await;
        // Every third item, and once the answer to the first of a batch is left out.
        rig.simulation.faults().add(Fault::on(Route::Group).share(0.3, 5).kind(kind.clone()));
        rig.simulation.faults().add(Fault::on(Route::Batch).kind(FaultKind::MissingItem));
        let existing = rig.graph().existing(&groups).await.unwrap();
        assert_eq!(existing.len(), groups.len(), "{kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn presence_tells_the_deleted_from_the_unknown() {
    let world = company();
    let someone = world.people.iter().next().unwrap().id;
    let nobody = uuid::Uuid::from_u128(99);
    let rig = Rig::new(world).await;
    let ids = [someone, nobody].map(|id| DirectoryUserId::parse(&id.to_string()).unwrap());
    let look = async || -> Vec<&'static str> {
        let found = rig.graph().presence(&ids).await.unwrap();
        found
            .into_iter()
            .map(|presence| match presence.unwrap() {
                Presence::Present(_) => "present",
                Presence::Deleted => "deleted",
                Presence::Unknown => "unknown",
            })
            .collect()
    };
    assert_eq!(look().await, ["present", "unknown"]);
    rig.simulation.change(|editor| assert!(editor.delete_person(someone)));
    assert_eq!(look().await, ["deleted", "unknown"]);
    rig.simulation.change(|editor| assert!(editor.purge_person(someone)));
    assert_eq!(look().await, ["unknown", "unknown"]);
}
