//! A deployed stack: found by its name, with the operator's own credentials, and reached as the handlers reach it.

mod account;
mod cloudformation;
mod deployment;
mod evidence;
mod function;
mod unreachable;

#[cfg(test)]
mod embedded;
#[cfg(test)]
mod simulated;

use std::sync::Arc;

use lambda_host::{Flow, Metrics, SettingsError, Start};
use sync_core::domain::{DirectoryUserId, Operator};
use sync_core::failure::{Cause, Failure};
use sync_core::io::dynamo::Ledger;
use sync_core::io::sqs::SqsQueue;

use crate::cli::StackOptions;
use crate::person::{self, Person};
use crate::tables;

use account::Account;
use cloudformation::Outputs;
use unreachable::Unreachable;

pub(crate) use deployment::Deployment;
pub(crate) use evidence::EvidenceTable;

#[cfg(test)]
pub(crate) use embedded::Embedded;
#[cfg(test)]
pub(crate) use simulated::{Simulated, company, group, person};

/// A stack and what of it the operator reaches.
pub(crate) struct Stack {
    /// Where it is, and who asks.
    pub(crate) whereabouts: Whereabouts,
    /// Its ledger.
    pub(crate) ledger: Ledger,
    /// Its evidence, as a table.
    pub(crate) evidence: EvidenceTable,
    /// Its queues.
    pub(crate) queues: Queues<SqsQueue>,
    /// What was deployed.
    pub(crate) deployment: Deployment,
    account: Account,
}

/// Where a stack is, and who asks.
#[derive(Clone, Debug, serde::Serialize)]
pub(crate) struct Whereabouts {
    /// The stack's name.
    pub(crate) stack: String,
    /// Its region.
    pub(crate) region: String,
    /// As whom AWS knows the operator: an ARN.
    pub(crate) acting_as: String,
}

/// The queues of a stack.
#[derive(Clone, Debug)]
pub(crate) struct Queues<Q> {
    /// People to look at.
    pub(crate) users: Q,
    /// Groups to look at.
    pub(crate) groups: Q,
    /// Work on the subscriptions.
    pub(crate) keeper: Q,
    /// Runs to begin or to go on with.
    pub(crate) runs: Q,
    /// By which a long cleanup goes on.
    pub(crate) cleanup: Q,
    /// What could not be done about people.
    pub(crate) user_dead_letters: Q,
    /// What could not be done about groups.
    pub(crate) group_dead_letters: Q,
    /// What could not be done about subscriptions, runs and the cleanup.
    pub(crate) control_dead_letters: Q,
}

impl Stack {
    /// Finds the stack.
    ///
    /// # Errors
    /// Why it cannot be found or reached, with the cure.
    pub(crate) async fn find(options: &StackOptions) -> anyhow::Result<Self> {
        let account = Account::sign_in(options).await?;
        let outputs = account.outputs(&options.stack).await?;
        Ok(Self::of(account, &outputs)?)
    }

    fn of(account: Account, outputs: &Outputs) -> Result<Self, Unreachable> {
        let whereabouts = Whereabouts {
            stack: outputs.stack.clone(),
            region: account.region.clone(),
            acting_as: account.acting_as.clone(),
        };
        let config = &account.config;
        let (dynamo, sqs) = (aws_sdk_dynamodb::Client::new(config), aws_sdk_sqs::Client::new(config));
        let evidence = outputs.required("EvidenceTableName")?.to_owned();
        let queue = |output: &'static str| Ok(SqsQueue::new(sqs.clone(), outputs.required(output)?));
        Ok(Self {
            whereabouts,
            ledger: Ledger::new(dynamo.clone(), outputs.required("LedgerTableName")?).with_evidence(evidence.clone()),
            evidence: EvidenceTable { client: dynamo, name: evidence, acting_as: account.acting_as.clone() },
            queues: Queues {
                users: queue("UserQueueUrl")?,
                groups: queue("GroupQueueUrl")?,
                keeper: queue("KeeperQueueUrl")?,
                runs: queue("RunQueueUrl")?,
                cleanup: queue("CleanupQueueUrl")?,
                user_dead_letters: queue("UserDeadLetterQueueUrl")?,
                group_dead_letters: queue("GroupDeadLetterQueueUrl")?,
                control_dead_letters: queue("ControlDeadLetterQueueUrl")?,
            },
            deployment: Deployment::of(outputs)?,
            account,
        })
    }

    /// The settings of the functions and the clients of both services, as the functions make them, with the operator's own
    /// rights in AWS.
    ///
    /// # Errors
    /// Why the settings cannot be read, with the cure.
    pub(crate) async fn start(&self) -> anyhow::Result<Start> {
        let Self { whereabouts: Whereabouts { stack, .. }, deployment: Deployment { function, .. }, account, .. } =
            self;
        let settings = account.settings(stack, function).await?;
        let environment = function::as_operator(settings, account.variables());
        // What is counted is never written anywhere: nobody flushes it.
        let metrics = Arc::new(Metrics::new(stack.clone()));
        Start::new(environment, account.calls.transport.clone(), metrics).map_err(|error| self.unset(&error))
    }

    /// What the flows work with, as they make it themselves.
    ///
    /// # Errors
    /// Why the settings cannot be read or used, or the secret not be read, with the cure.
    pub(crate) async fn flow(&self) -> anyhow::Result<Flow> {
        self.flow_of(&self.start().await?).await
    }

    /// The same, by settings that were read already.
    ///
    /// # Errors
    /// Why they cannot be used, or the secret not be read, with the cure.
    pub(crate) async fn flow_of(&self, start: &Start) -> anyhow::Result<Flow> {
        let flow = Flow::patient(start).map_err(|error| self.unset(&error))?;
        // Asked for here and not by the first call of a service: what AWS refuses, it refuses to the operator.
        flow.vault.expires().await.map_err(|failure| self.explained(failure))?;
        Ok(flow)
    }

    /// What is wrong with a setting of the functions, in the operator's words.
    pub(crate) fn unset(&self, error: &SettingsError) -> anyhow::Error {
        Unreachable::Unset { function: self.deployment.function.clone(), why: error.to_string() }.into()
    }

    /// Who is meant, asked of both services where he is named by his address.
    ///
    /// # Errors
    /// Why that is not known.
    pub(crate) async fn person(&self, person: &Person) -> anyhow::Result<DirectoryUserId> {
        if let Person::Id(user) = person {
            return Ok(*user);
        }
        let flow = self.flow().await?;
        Ok(person::find(person, &flow.graph, &flow.zenqms).await?)
    }

    /// As whom AWS knows whoever asks.
    pub(crate) fn operator(&self) -> Operator {
        Operator::new(&self.whereabouts.acting_as)
    }

    /// Says which stack it is, and as whom it is reached.
    pub(crate) fn introduce(&self) {
        let Whereabouts { stack, region, acting_as } = &self.whereabouts;
        tables::heading(&format!("{stack}, {region}"));
        tables::line(&format!("as {acting_as}"));
    }

    /// A failure in the operator's words: whom AWS has refused, and which rights he needs.
    pub(crate) fn explained(&self, failure: Failure) -> anyhow::Error {
        self.whereabouts.explained(failure)
    }
}

impl Whereabouts {
    #[cfg(test)]
    pub(crate) fn acme() -> Self {
        Self {
            stack: "acme".to_owned(),
            region: "eu-central-1".to_owned(),
            acting_as: "arn:aws:iam::123456789012:user/ada".to_owned(),
        }
    }

    /// The same, asked from there.
    pub(crate) fn explained(&self, failure: Failure) -> anyhow::Error {
        if !matches!(failure.cause, Cause::Forbidden { .. }) {
            return failure.into();
        }
        anyhow::anyhow!(
            "{failure}; it was asked as {}: docs/deploy.md, \"What the operator may\", lists the rights that are needed on \
             the stack {}",
            self.acting_as,
            self.stack
        )
    }
}

#[cfg(test)]
mod tests {
    use aws_config::{BehaviorVersion, Region, SdkConfig};
    use aws_sdk_dynamodb::config::Credentials;
    use http::StatusCode;
    use sync_core::io::aws::SignedCalls;
    use sync_core::io::http::ReqwestTransport;

    use super::*;

    fn account() -> Account {
        Account {
            config: SdkConfig::builder().behavior_version(BehaviorVersion::latest()).build(),
            region: "eu-central-1".to_owned(),
            acting_as: Whereabouts::acme().acting_as,
            calls: SignedCalls {
                region: Region::new("eu-central-1"),
                credentials: Credentials::new("key", "secret", Some("token".to_owned()), None, "test"),
                transport: ReqwestTransport::new().unwrap(),
            },
        }
    }

    #[test]
    fn the_functions_settings_and_the_operators_credentials_make_a_start() {
        let settings = [("LEDGER_TABLE", "acme"), ("AWS_SESSION_TOKEN", "the function's")];
        let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let environment = function::as_operator(settings, account().variables());
        assert_eq!(environment.text("AWS_SESSION_TOKEN"), Some("token"));
        assert_eq!(environment.text("AWS_REGION"), Some("eu-central-1"));
        let metrics = Arc::new(Metrics::new("acme".to_owned()));
        let start = Start::new(environment, ReqwestTransport::new().unwrap(), metrics).unwrap();
        assert!(start.ledger().is_ok() && start.vault().is_err());
    }

    #[test]
    fn a_stack_made_by_the_template_has_all_that_is_looked_for() {
        let template = include_str!("../../../template.yaml");
        let (_, outputs) = template.split_once("\nOutputs:\n").unwrap();
        let names = outputs.lines().filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':'));
        let members = names.map(|name| {
            format!("<member><OutputKey>{name}</OutputKey><OutputValue>{name} of acme</OutputValue></member>")
        });
        let answer = format!(
            "<R><DescribeStacksResult><Stacks><member><StackName>acme</StackName><Outputs>{}</Outputs></member></Stacks>\
             </DescribeStacksResult></R>",
            members.collect::<String>()
        );
        let outputs = cloudformation::read(StatusCode::OK, &answer).unwrap();
        let stack = Stack::of(account(), &outputs).unwrap();
        assert_eq!(stack.deployment.function, "InitialSyncFunctionName of acme");
        assert_eq!((stack.deployment.mapping.as_str(), stack.deployment.sweep_minutes), ("{}", 15));
    }

    #[test]
    fn whoever_is_refused_learns_as_whom_he_asked_and_what_he_needs() {
        let whereabouts = Whereabouts::acme();
        let refused = Cause::Forbidden { advice: "DynamoDB refuses access (AccessDeniedException)".into() };
        let told = whereabouts.explained(Failure::new("listing the parked", refused)).to_string();
        assert!(told.starts_with("listing the parked failed: DynamoDB refuses access"), "{told}");
        assert!(told.contains("user/ada") && told.contains("docs/deploy.md"), "{told}");
        let down = Failure::new("listing the parked", Cause::Unreachable("DynamoDB cannot be reached".to_owned()));
        assert_eq!(whereabouts.explained(down).to_string(), "listing the parked failed: DynamoDB cannot be reached");
    }
}
