use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::Operator;
use crate::failure::{Cause, Failure};
use crate::guard::{KindsRefused, PlanHash};
use crate::ports::Runs;
use crate::run::{Intent, Mode, RunId, RunRecord, RunState, Tally};

use super::Ledger;
use super::binary::Bytes;
use super::failure::cause;
use super::table::{Key, attributes};

#[derive(Serialize, Deserialize)]
struct LatestItem {
    run_id: RunId,
}

#[derive(Serialize, Deserialize)]
struct RunItem {
    run_id: RunId,
    mode: Mode,
    state: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    lease_until: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    halted_because: Option<String>,
    version: u64,
    began: Timestamp,
    saved: Timestamp,
    tally: Tally,
    /// Binary: [`Intent::pack`].
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pending: Option<Bytes>,
    #[serde(default)]
    refused: KindsRefused,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    proposal: Option<PlanHash>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    asked_by: Option<Operator>,
    idle_attempts: u32,
}

fn latest_key(mode: Mode) -> Key {
    Key { pk: "runs".to_owned(), sk: format!("latest#{mode}") }
}

fn run_key(run: &RunId) -> Key {
    Key { pk: "runs".to_owned(), sk: format!("run#{run}") }
}

impl From<&RunRecord> for RunItem {
    fn from(run: &RunRecord) -> Self {
        Self {
            run_id: run.id.clone(),
            mode: run.mode,
            state: run.state.name().to_owned(),
            lease_until: match run.state {
                RunState::Running { lease_until } => Some(lease_until),
                RunState::Complete | RunState::Halted { .. } => None,
            },
            halted_because: match &run.state {
                RunState::Halted { because } => Some(because.clone()),
                RunState::Running { .. } | RunState::Complete => None,
            },
            version: run.version,
            began: run.began,
            saved: run.saved,
            tally: run.tally.clone(),
            pending: (!run.pending.is_empty()).then(|| Bytes(Intent::pack(&run.pending))),
            refused: run.refused,
            proposal: run.proposal.clone(),
            asked_by: run.asked_by.clone(),
            idle_attempts: run.idle_attempts,
        }
    }
}

impl TryFrom<RunItem> for RunRecord {
    type Error = String;

    fn try_from(item: RunItem) -> Result<Self, String> {
        let state = match (item.state.as_str(), item.lease_until) {
            ("running", Some(lease_until)) => RunState::Running { lease_until },
            ("complete", _) => RunState::Complete,
            ("halted", _) => RunState::Halted { because: item.halted_because.unwrap_or_default() },
            (state, _) => {
                return Err(format!("a run in the state `{state}`, unknown to this version"));
            }
        };
        let pending = item.pending.map_or(Ok(Vec::new()), |Bytes(bytes)| Intent::unpack(&bytes));
        Ok(Self {
            id: item.run_id,
            mode: item.mode,
            state,
            version: item.version,
            began: item.began,
            saved: item.saved,
            tally: item.tally,
            pending: pending.map_err(|error| error.to_string())?,
            refused: item.refused,
            proposal: item.proposal,
            asked_by: item.asked_by,
            idle_attempts: item.idle_attempts,
        })
    }
}

impl Runs for Ledger {
    async fn latest(&self, mode: Mode) -> Result<Option<RunRecord>, Failure> {
        let action = format!("reading the latest {mode} run");
        let Some(latest) = self.get::<LatestItem>(&action, &latest_key(mode)).await? else {
            return Ok(None);
        };
        self.run(&latest.run_id).await
    }

    async fn begin(&self, run: &RunRecord, after: Option<&RunId>) -> Result<(), Failure> {
        let action = format!("beginning run {}", run.id);
        let failed = |cause| Failure::new(action.clone(), cause);
        let incomplete = |error: aws_sdk_dynamodb::error::BuildError| failed(Cause::Unreadable(error.to_string()));
        let item = attributes(&action, &run_key(&run.id), &RunItem::from(run))?;
        let first = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk)")
            .build()
            .map_err(incomplete)?;
        let latest = attributes(&action, &latest_key(run.mode), &LatestItem { run_id: run.id.clone() })?;
        let latest = Put::builder().table_name(&self.table).set_item(Some(latest));
        let latest = match after {
            Some(after) => latest
                .condition_expression("run_id = :after")
                .expression_attribute_values(":after", AttributeValue::S(after.as_str().to_owned())),
            None => latest.condition_expression("attribute_not_exists(pk)"),
        };
        let latest = latest.build().map_err(incomplete)?;
        self.client
            .transact_write_items()
            .transact_items(TransactWriteItem::builder().put(first).build())
            .transact_items(TransactWriteItem::builder().put(latest).build())
            .send()
            .await
            .map(drop)
            .map_err(|error| failed(cause(&error)))
    }

    async fn save(&self, run: &RunRecord) -> Result<(), Failure> {
        let action = format!("saving run {}", run.id);
        let saved = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(attributes(&action, &run_key(&run.id), &RunItem::from(run))?))
            .condition_expression("version = :before")
            .expression_attribute_values(":before", AttributeValue::N(run.version.saturating_sub(1).to_string()))
            .send()
            .await;
        match saved {
            Ok(_) => Ok(()),
            // When the answer to a write is lost, the SDK writes again, and is refused because of its own first write.
            Err(SdkError::ServiceError(error)) if error.err().is_conditional_check_failed_exception() => {
                match self.run(&run.id).await? {
                    Some(stored) if stored == *run => Ok(()),
                    _ => Err(Failure::new(action, Cause::Superseded)),
                }
            }
            Err(error) => Err(Failure::new(action, cause(&error))),
        }
    }
}

impl Ledger {
    /// A run by its name.
    pub async fn run(&self, run: &RunId) -> Result<Option<RunRecord>, Failure> {
        let action = format!("reading run {run}");
        let item: Option<RunItem> = self.get(&action, &run_key(run)).await?;
        item.map(|item| item.try_into().map_err(|error| Failure::new(action, Cause::Unreadable(error)))).transpose()
    }
}
