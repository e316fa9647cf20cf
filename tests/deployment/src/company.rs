use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::{Context, ensure};
use local_host::listen;
use serde_json::{Value, json};
use simulator::{
    Account, AccountNumber, Behaviour, CompanyPlan, Group, Latency, Limit, Person, Registration, RetryAfter, Role,
    RoleNumber, Server, Simulation, ZenqmsBehaviour, serve,
};
use uuid::Uuid;

use crate::emulator::Emulator;

/// Those by whom the changes are tried.
pub(crate) const ANNA: Uuid = Uuid::from_u128(0xa11a);
pub(crate) const BORIS: Uuid = Uuid::from_u128(0xb0);
/// Nothing ever changes about her but what her group gives.
pub(crate) const CORA: Uuid = Uuid::from_u128(0xc0);
pub(crate) const NEWCOMER: Uuid = Uuid::from_u128(0x2e);
pub(crate) const QUALITY: Uuid = Uuid::from_u128(0x9a);
pub(crate) const REVIEWER: RoleNumber = RoleNumber(9_001);
pub(crate) const AUTHOR: RoleNumber = RoleNumber(9_002);
/// Linked by hand, to somebody whom Entra ID does not have: not ours.
pub(crate) const BY_HAND: AccountNumber = AccountNumber(900_001);
/// Enough that a run and a cleanup have to hand themselves over when they may work for seconds only.
const PEOPLE: usize = 5_000;

/// Both services on this machine.
pub(crate) struct Company {
    pub(crate) simulation: Simulation,
    /// Who was linked before anything was deployed: not by us.
    pub(crate) linked_before: Vec<(AccountNumber, String)>,
    server: Server,
}

impl Company {
    pub(crate) async fn new(emulator: &Emulator) -> anyhow::Result<Self> {
        let plan = CompanyPlan { people: PEOPLE, accounts: PEOPLE / 2, groups: 8, seed: 4, ..CompanyPlan::default() };
        let world = plan
            .build()
            .with_person(Person::new(ANNA, "Anna", "Meier", "anna.meier@acme.example", "Analyst"))
            .with_person(Person::new(BORIS, "Boris", "Braun", "boris.braun@acme.example", "Auditor"))
            .with_person(Person::new(CORA, "Cora", "Conrad", "cora.conrad@acme.example", "Reviewer"))
            .with_group(Group::new(QUALITY, "Quality").with_people([ANNA, BORIS, CORA]))
            .with_role(Role::new(REVIEWER.0, "Deployment Reviewer"))
            .with_role(Role::new(AUTHOR.0, "Deployment Author"))
            .with_account(
                Account::new(BY_HAND.0, "by.hand@acme.example", "By", "Hand", "Contractor")
                    .linked_to(Uuid::from_u128(77)),
            );
        let behaviour = Behaviour {
            zenqms: ZenqmsBehaviour {
                latency: Latency::None,
                limit: Limit::TokenBucket { per_second: 200.0, burst: 200.0 },
                retry_after: RetryAfter::Seconds,
                ..ZenqmsBehaviour::default()
            },
            ..Behaviour::default()
        };
        let simulation = Simulation::new(world, behaviour);
        simulation.notify(Arc::new(emulator.way_in()));
        let server = serve(simulation.clone(), listen(0).await?)?;
        let mut company = Self { simulation, linked_before: Vec::new(), server };
        company.linked_before = company.linked();
        Ok(company)
    }

    /// The parameters of a deployment that works.
    pub(crate) fn parameters(&self, secret: &str) -> BTreeMap<&'static str, String> {
        let app = Registration::default();
        let base = self.server.base();
        let architecture = if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" };
        BTreeMap::from([
            ("Architecture", architecture.to_owned()),
            ("EntraTenantId", app.tenant.to_string()),
            ("EntraClientId", app.client.to_string()),
            ("CredentialsSecretArn", secret.to_owned()),
            ("GraphEndpoint", format!("{base}/graph")),
            ("LoginEndpoint", format!("{base}/login")),
            ("ZenqmsEndpoint", format!("{base}/zenqms")),
            ("GroupRoleMapping", mapping(&["Deployment Reviewer"])),
        ])
    }

    pub(crate) fn secret() -> Value {
        json!({"entra_client_secret": Registration::SECRET, "zenqms_api_token": ZenqmsBehaviour::TOKEN})
    }

    /// The account that is linked to a person.
    pub(crate) fn account_of(&self, person: Uuid) -> Option<Account> {
        self.simulation.world(|world| world.accounts.by_external_id(&person.to_string()).next().cloned())
    }

    /// All accounts, but for whom they are linked to.
    pub(crate) fn accounts_unlinked(&self) -> Vec<Account> {
        let unlinked = |account: &Account| Account { external_id: None, ..account.clone() };
        self.simulation.world(|world| world.accounts.iter().map(unlinked).collect())
    }

    pub(crate) fn linked(&self) -> Vec<(AccountNumber, String)> {
        let link = |account: &Account| Some((account.id, account.external_id.as_ref()?.to_string()));
        self.simulation.world(|world| world.accounts.iter().filter_map(link).collect())
    }

    /// Nobody has two accounts.
    pub(crate) fn ensure_nobody_twice(&self) -> anyhow::Result<()> {
        let linked = self.linked();
        let people: BTreeSet<_> = linked.iter().map(|(_, person)| person).collect();
        ensure!(people.len() == linked.len(), "{} accounts for {} people", linked.len(), people.len());
        let emails = self
            .simulation
            .world(|world| world.accounts.iter().map(|account| account.email.to_lowercase()).collect::<Vec<_>>());
        let different: BTreeSet<_> = emails.iter().collect();
        ensure!(different.len() == emails.len(), "an e-mail address stands in two accounts");
        Ok(())
    }

    pub(crate) fn writes(&self) -> usize {
        self.simulation.writes().len()
    }

    pub(crate) fn subscription_urls(&self) -> anyhow::Result<Vec<String>> {
        let subscriptions = self.simulation.subscriptions();
        let mut urls: Vec<_> = subscriptions.into_iter().map(|subscription| subscription.notification_url).collect();
        urls.sort();
        urls.dedup();
        Some(urls).context("no subscriptions")
    }
}

/// The group's roles.
pub(crate) fn mapping(roles: &[&str]) -> String {
    json!({QUALITY.to_string(): roles}).to_string()
}
