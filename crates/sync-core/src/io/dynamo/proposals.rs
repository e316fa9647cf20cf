use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::evidence::SettingsHash;
use crate::failure::{Cause, Failure};
use crate::guard::{Approval, PlanHash};
use crate::ports::{Proposals, ProposalsWrite};
use crate::proposal::{Proposal, Proposed};

use super::Ledger;
use super::binary::Bytes;
use super::table::Key;

const PARTITION: &str = "proposals";
/// Apart from what is approved: the right to make proposals is not the right to approve them.
const APPROVALS: &str = "approvals";
/// People in one item: 336 of the 400 kB that an item may have (DynamoDB docs: service quotas).
const TOGETHER: usize = 3_000;
/// After so long a proposal is forgotten when another is made.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

#[derive(Serialize, Deserialize)]
struct ProposalItem {
    made_at: Timestamp,
    made_by: String,
    settings: SettingsHash,
    people: u64,
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

fn approval_key(plan: &PlanHash) -> Key {
    Key { pk: APPROVALS.to_owned(), sk: plan.as_str().to_owned() }
}

fn pieces(plan: &PlanHash) -> String {
    format!("proposal#{plan}")
}

fn piece_key(plan: &PlanHash, number: usize) -> Key {
    Key { pk: pieces(plan), sk: format!("{number:04}") }
}

impl ProposalItem {
    fn proposal(self, plan: PlanHash, approval: Option<Approval>) -> Proposal {
        let Self { made_at, made_by, settings, people } = self;
        Proposal { plan, made_at, made_by, settings, people, approval }
    }
}

impl Proposals for Ledger {
    async fn proposals(&self) -> Result<Vec<Proposal>, Failure> {
        let action = "listing the proposals";
        let items: Vec<ListedItem> = self.partition(action, PARTITION).await?;
        let approvals: Vec<Approval> = self.partition(action, APPROVALS).await?;
        let mut approvals: HashMap<PlanHash, Approval> =
            approvals.into_iter().map(|approval| (approval.plan.clone(), approval)).collect();
        let proposal = |ListedItem { sk, item }| {
            let approval = approvals.remove(&sk);
            item.proposal(sk, approval)
        };
        let mut proposals: Vec<_> = items.into_iter().map(proposal).collect();
        proposals.sort_by_key(|proposal| std::cmp::Reverse(proposal.made_at));
        Ok(proposals)
    }

    async fn proposal(&self, plan: &PlanHash) -> Result<Option<Proposal>, Failure> {
        let action = format!("reading proposal {}", plan.short());
        let Some(item) = self.get::<ProposalItem>(&action, &key(plan)).await? else { return Ok(None) };
        let approval = self.get(&action, &approval_key(plan)).await?;
        Ok(Some(item.proposal(plan.clone(), approval)))
    }

    async fn proposed(&self, Proposal { plan, settings, .. }: &Proposal) -> Result<Proposed, Failure> {
        let action = format!("reading what proposal {} is about", plan.short());
        let mut proposed = Proposed::default();
        for Piece { people: Bytes(bytes) } in self.partition(&action, &pieces(plan)).await? {
            proposed
                .unpack(&bytes)
                .map_err(|error| Failure::new(action.clone(), Cause::Unreadable(error.to_string())))?;
        }
        let is = proposed.hash(settings);
        if is != *plan {
            let what = format!("it was altered since it was made: its hash is {}; make another one", is.short());
            return Err(Failure::new(action, Cause::Unreadable(what)));
        }
        Ok(proposed)
    }
}

impl ProposalsWrite for Ledger {
    async fn propose(&self, proposal: &Proposal, proposed: &Proposed) -> Result<(), Failure> {
        let Proposal { plan, made_at, made_by, settings, people, .. } = proposal.clone();
        let action = format!("keeping proposal {}", plan.short());
        let is_forgotten =
            |old: &&Proposal| old.made_at + KEPT < made_at && old.plan != plan && old.approved(made_at).is_none();
        for old in self.proposals().await?.iter().filter(is_forgotten) {
            self.forget(old).await?;
        }
        // What it is about first: whoever finds a proposal finds all of it.
        for (number, piece) in proposed.pack(TOGETHER).into_iter().enumerate() {
            self.put(&action, &piece_key(&plan, number), &Piece { people: Bytes(piece) }).await?;
        }
        self.put(&action, &key(&plan), &ProposalItem { made_at, made_by, settings, people }).await
    }

    async fn approve_proposal(&self, plan: &PlanHash, approval: &Approval) -> Result<bool, Failure> {
        let action = format!("approving proposal {}", plan.short());
        if self.get::<ProposalItem>(&action, &key(plan)).await?.is_none() {
            return Ok(false);
        }
        self.put(&action, &approval_key(plan), approval).await?;
        Ok(true)
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
