//! `parked`: people for whom nothing can be done until somebody mends what is wrong.

#[cfg(test)]
mod tests;

use anyhow::bail;
use serde::Serialize;
use sync_core::claim::{Attempt, Claims};
use sync_core::domain::DirectoryUserId;
use sync_core::failure::Failure;
use sync_core::io::{RandomIds, SystemClock};
use sync_core::ports::{Clock, Found, FreshIds, Parked, ParkedPeople, ParkedPerson, People};

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
    let users = chosen(&stack, options).await?;
    ask_for(&stack.ledger, &stack.queues.users, &users, SystemClock.now(), &RandomIds)
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
    let users = chosen(&stack, options).await?;
    for (dropped, &user) in users.iter().enumerate() {
        take_off(&stack.ledger, &SystemClock, &RandomIds, user).await.map_err(|failure| {
            stack.explained(failure).context(format!("{dropped} of {} were taken off before", users.len()))
        })?;
    }
    if options.stack.json {
        return tables::json(&Document::Dropped(&users));
    }
    stack.introduce();
    tables::good(&format!("{} parked no more.", tables::counted(users.len() as u64, "person is", "people are")));
    Ok(())
}

async fn chosen(stack: &Stack, options: &ChosenOptions) -> anyhow::Result<Vec<DirectoryUserId>> {
    let parked = stack.ledger.parked_people().await.map_err(|failure| stack.explained(failure))?;
    choose(&parked, options)
}

/// Who is meant. Somebody who is not parked is a mistake, and nothing is done for the others either.
fn choose(parked: &[ParkedPerson], options: &ChosenOptions) -> anyhow::Result<Vec<DirectoryUserId>> {
    let parked: Vec<_> = parked.iter().map(|person| person.user).collect();
    if options.all {
        return Ok(parked);
    }
    let mut users = options.users.clone();
    users.sort_unstable();
    users.dedup();
    let others: Vec<_> = users.iter().filter(|user| !parked.contains(user)).map(ToString::to_string).collect();
    if !others.is_empty() {
        bail!(
            "not among the parked: {}. `entra-zenqms parked list` shows who is; `entra-zenqms sync` has anybody looked at",
            others.join(", ")
        );
    }
    Ok(users)
}

/// Takes somebody off the list, and out of the record of the last look, which says the same. He is held meanwhile, as for any
/// write about him: a look that is under way might park him between the two.
async fn take_off<L: People + Parked>(
    ledger: &L,
    clock: &impl Clock,
    ids: &impl FreshIds,
    user: DirectoryUserId,
) -> Result<(), Failure> {
    let claims = Claims { people: ledger, clock, ids };
    let Attempt::Held(claim, known) = claims.claim(user, None).await? else { return Ok(()) };
    ledger.unpark(user).await?;
    // Whoever waits for him goes on waiting: nothing was read and nothing has changed.
    let found = Found { link_announced: known.link_announced, cut_off: known.cut_off, ..Found::default() };
    ledger.release(&claim, &found).await.map(drop)
}
