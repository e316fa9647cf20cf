use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::evidence::SettingsHash;
use crate::failure::{Cause, Failure};
use crate::guard::{Approval, PlanHash};
use crate::ports::{Proposals, ProposalsWrite};
use crate::proposal::{Proposal, Proposed};

use super::Ledger;
use super::binary::Bytes;
use super::failure::cause;
use super::table::{Key, attributes};

const PARTITION: &str = "proposals";
/// People in one item: 320 of the 400 kB that an item may have (DynamoDB docs: service quotas).
const TOGETHER: usize = 4_000;
/// After so long a proposal is forgotten when another is made.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

#[derive(Serialize, Deserialize)]
struct ProposalItem {
    made_at: Timestamp,
    made_by: String,
    settings: SettingsHash,
    people: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    approval: Option<Approval>,
}

#[derive(Deserialize)]
struct ListedItem {
    /// The proposal.
    sk: PlanHash,
    #[serde(flatten)]
    item: ProposalItem,
}

#[derive(Serialize, Deserialize)]
struct Piece {
    /// Binary: [`Proposed::pack`].
    people: Bytes,
}

fn key(plan: &PlanHash) -> Key {
    Key { pk: PARTITION.to_owned(), sk: plan.as_str().to_owned() }
}

fn pieces(plan: &PlanHash) -> String {
    format!("proposal#{plan}")
}

fn piece_key(plan: &PlanHash, number: usize) -> Key {
    Key { pk: pieces(plan), sk: format!("{number:04}") }
}

impl ProposalItem {
    fn proposal(self, plan: PlanHash) -> Proposal {
        let Self { made_at, made_by, settings, people, approval } = self;
        Proposal { plan, made_at, made_by, settings, people, approval }
    }
}

impl Proposals for Ledger {
    async fn proposals(&self) -> Result<Vec<Proposal>, Failure> {
        let items: Vec<ListedItem> = self.partition("listing the proposals", PARTITION).await?;
        let mut proposals: Vec<_> = items.into_iter().map(|ListedItem { sk, item }| item.proposal(sk)).collect();
        proposals.sort_by_key(|proposal| std::cmp::Reverse(proposal.made_at));
        Ok(proposals)
    }

    async fn proposal(&self, plan: &PlanHash) -> Result<Option<Proposal>, Failure> {
        let item: Option<ProposalItem> = self.get(&format!("reading proposal {}", plan.short()), &key(plan)).await?;
        Ok(item.map(|item| item.proposal(plan.clone())))
    }

    async fn proposed(&self, plan: &PlanHash) -> Result<Proposed, Failure> {
        let action = format!("reading what proposal {} is about", plan.short());
        let mut proposed = Proposed::default();
        for Piece { people: Bytes(bytes) } in self.partition(&action, &pieces(plan)).await? {
            proposed
                .unpack(&bytes)
                .map_err(|error| Failure::new(action.clone(), Cause::Unreadable(error.to_string())))?;
        }
        let is = proposed.hash();
        if is != *plan {
            let what = format!("it was altered since it was made: its hash is {}; make another one", is.short());
            return Err(Failure::new(action, Cause::Unreadable(what)));
        }
        Ok(proposed)
    }
}

impl ProposalsWrite for Ledger {
    async fn propose(&self, proposal: &Proposal, proposed: &Proposed) -> Result<(), Failure> {
        let Proposal { plan, made_at, made_by, settings, people, approval } = proposal.clone();
        let action = format!("keeping proposal {}", plan.short());
        for old in self.proposals().await?.iter().filter(|old| old.made_at + KEPT < made_at) {
            self.forget(old).await?;
        }
        // What it is about first: whoever finds a proposal finds all of it.
        for (number, piece) in proposed.pack(TOGETHER).into_iter().enumerate() {
            self.put(&action, &piece_key(&plan, number), &Piece { people: Bytes(piece) }).await?;
        }
        let item = ProposalItem { made_at, made_by, settings, people, approval };
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(attributes(&action, &key(&plan), &item)?))
            .condition_expression("attribute_not_exists(pk)");
        match put.send().await {
            Ok(_) => Ok(()),
            Err(SdkError::ServiceError(error)) if error.err().is_conditional_check_failed_exception() => Ok(()),
            Err(error) => Err(Failure::new(action, cause(&error))),
        }
    }

    async fn approve_proposal(&self, plan: &PlanHash, approval: &Approval) -> Result<bool, Failure> {
        let action = format!("approving proposal {}", plan.short());
        let failed = |cause| Failure::new(action.clone(), cause);
        let approval: AttributeValue = serde_dynamo::to_attribute_value(approval)
            .map_err(|error: serde_dynamo::Error| failed(Cause::Unreadable(error.to_string())))?;
        let update = self
            .update(&key(plan))
            .update_expression("SET approval = :approval")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":approval", approval);
        match update.send().await {
            Ok(_) => Ok(true),
            Err(SdkError::ServiceError(error)) if error.err().is_conditional_check_failed_exception() => Ok(false),
            Err(error) => Err(failed(cause(&error))),
        }
    }
}

impl Ledger {
    async fn forget(&self, Proposal { plan, people, .. }: &Proposal) -> Result<(), Failure> {
        let action = format!("forgetting proposal {}", plan.short());
        self.delete(&action, &key(plan)).await?;
        let pieces = usize::try_from(*people).unwrap_or(usize::MAX).div_ceil(TOGETHER);
        for number in 0..pieces {
            self.delete(&action, &piece_key(plan, number)).await?;
        }
        Ok(())
    }
}
