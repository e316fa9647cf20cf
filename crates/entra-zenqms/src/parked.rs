//! `parked`: people for whom nothing can be done until somebody mends what is wrong.

#[cfg(test)]
mod tests;

use anyhow::bail;
use serde::Serialize;
use sync_core::claim::{Attempt, Claims};
use sync_core::domain::{DirectoryUserId, Operator};
use sync_core::evidence::{Dropped, Head, Witness};
use sync_core::failure::Failure;
use sync_core::io::{RandomIds, SystemClock};
use sync_core::ports::{Clock, Evidence, Found, FreshIds, Parked, ParkedPeople, ParkedPerson, People};

use crate::cli::{ChosenOptions, ParkedCommand, StackOptions};
use crate::on_list::OnList;
use crate::stack::Stack;
use crate::sync::{Queued, ask_for};
use crate::tables;

/// Who is parked, or is no more, as one JSON document.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Document<'a> {
    Parked(Vec<OnList<'a>>),
    Dropped(&'a [DirectoryUserId]),
}

pub(crate) async fn run(command: ParkedCommand) -> anyhow::Result<()> {
    match command {
        ParkedCommand::List { stack } => list(&stack).await,
        ParkedCommand::Retry(options) => retry(&options).await,
        ParkedCommand::Drop(options) => drop_from_the_list(&options).await,
    }
}

async fn list(options: &StackOptions) -> anyhow::Result<()> {
    let stack = Stack::find(options).await?;
    let parked = stack.ledger.parked_people().await.map_err(|failure| stack.explained(failure))?;
    if options.json {
        return tables::json(&Document::Parked(parked.iter().map(OnList::from).collect()));
    }
    stack.introduce();
    tables::line("");
    for person in &parked {
        OnList::from(person).show(SystemClock.now());
    }
    match parked.len() {
        0 => tables::good("Nobody is parked."),
        people => tables::line(&tables::counted(people as u64, "person is parked.", "people are parked.")),
    }
    Ok(())
}

async fn retry(options: &ChosenOptions) -> anyhow::Result<()> {
    let stack = Stack::find(&options.stack).await?;
    let users = ids(&chosen(&stack, options).await?);
    let asked = (&stack.operator(), SystemClock.now());
    ask_for(&stack.ledger, &stack.queues.users, &users, asked, &RandomIds)
        .await
        .map_err(|why| why.explained(&stack))?;
    if options.stack.json {
        return tables::json(&Queued { queued: &users });
    }
    stack.introduce();
    let people = tables::counted(users.len() as u64, "person", "people");
    tables::good(&format!("{people} will be looked at again; whoever is well then is parked no more."));
    Ok(())
}

async fn drop_from_the_list(options: &ChosenOptions) -> anyhow::Result<()> {
    let stack = Stack::find(&options.stack).await?;
    let people = chosen(&stack, options).await?;
    for (dropped, person) in people.iter().enumerate() {
        take_off(&stack.ledger, &SystemClock, &RandomIds, stack.operator(), person).await.map_err(|why| {
            why.explained(&stack).context(format!("{dropped} of {} were taken off before", people.len()))
        })?;
    }
    let users = ids(&people);
    if options.stack.json {
        return tables::json(&Document::Dropped(&users));
    }
    stack.introduce();
    tables::good(&format!("{} parked no more.", tables::counted(users.len() as u64, "person is", "people are")));
    Ok(())
}

fn ids(people: &[ParkedPerson]) -> Vec<DirectoryUserId> {
    people.iter().map(|person| person.user).collect()
}

async fn chosen(stack: &Stack, options: &ChosenOptions) -> anyhow::Result<Vec<ParkedPerson>> {
    let parked = stack.ledger.parked_people().await.map_err(|failure| stack.explained(failure))?;
    choose(parked, options)
}

/// Who is meant. Somebody who is not parked is a mistake, and nothing is done for the others either.
fn choose(mut parked: Vec<ParkedPerson>, options: &ChosenOptions) -> anyhow::Result<Vec<ParkedPerson>> {
    if options.all {
        return Ok(parked);
    }
    let is_parked = |user: &DirectoryUserId| parked.iter().any(|person| person.user == *user);
    let others: Vec<_> = options.users.iter().filter(|user| !is_parked(user)).map(ToString::to_string).collect();
    if !others.is_empty() {
        bail!(
            "not among the parked: {}. `entra-zenqms parked list` shows who is; `entra-zenqms sync` has anybody looked at",
            others.join(", ")
        );
    }
    parked.retain(|person| options.users.contains(&person.user));
    Ok(parked)
}

/// Why somebody stays on the list.
#[derive(Debug, thiserror::Error)]
enum NotDropped {
    /// His evidence ends with a write of which it is not known what became.
    #[error(
        "what became of the last write for directory user {0} is not on record yet, and it would not be looked for any more: \
         `entra-zenqms parked retry {0}` has him looked at; drop him then"
    )]
    Unfinished(DirectoryUserId),
    /// The ledger or the evidence fails.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl NotDropped {
    fn explained(self, stack: &Stack) -> anyhow::Error {
        match self {
            Self::Unfinished(_) => self.into(),
            Self::Failed(failure) => stack.explained(failure),
        }
    }
}

/// Takes somebody off the list, and out of the record of the last look, which says the same, once it is on record who has done so.
/// He is held meanwhile, as for any write about him: a look that is under way might park him between the two.
async fn take_off<L: People + Parked + Evidence>(
    ledger: &L,
    clock: &impl Clock,
    ids: &impl FreshIds,
    by: Operator,
    parked: &ParkedPerson,
) -> Result<(), NotDropped> {
    let claims = Claims { people: ledger, clock, ids };
    let Attempt::Held(claim, known) = claims.claim(parked.user, None).await? else { return Ok(()) };
    // Whoever waits for him goes on waiting: nothing was read and nothing has changed.
    let found = Found { link_announced: known.link_announced, cut_off: known.cut_off, ..Found::default() };
    let taken = note_and_unpark(ledger, clock, by, parked).await;
    let found = match &taken {
        Ok(head) => Found { evidence: Some(*head), ..found },
        Err(_) => Found { parked: true, ..found },
    };
    ledger.release(&claim, &found).await?;
    taken.map(drop)
}

/// Returns where his evidence ends.
async fn note_and_unpark<L: Parked + Evidence>(
    ledger: &L,
    clock: &impl Clock,
    by: Operator,
    ParkedPerson { user, because, at, .. }: &ParkedPerson,
) -> Result<Head, NotDropped> {
    let mut witness = Witness::open(ledger, clock, *user).await?;
    if witness.is_open() {
        return Err(NotDropped::Unfinished(*user));
    }
    witness.drop_from_the_list(Dropped::new(by, *at, because.clone())).await?;
    ledger.unpark(*user).await?;
    Ok(witness.head())
}
