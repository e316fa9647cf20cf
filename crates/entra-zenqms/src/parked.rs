//! `parked`: people for whom nothing can be done until somebody mends what is wrong.

#[cfg(test)]
mod tests;

use anyhow::bail;
use serde::Serialize;
use sync_core::domain::DirectoryUserId;
use sync_core::io::{RandomIds, SystemClock};
use sync_core::ports::{Clock, ParkedPeople, ParkedPerson};
use sync_core::work::Wish;

use crate::cli::{ChosenOptions, ParkedCommand, StackOptions};
use crate::on_list::OnList;
use crate::stack::Stack;
use crate::sync::{Queued, ask_for};
use crate::tables;

/// Who is parked, as one JSON document.
#[derive(Serialize)]
struct Document<'a> {
    parked: Vec<OnList<'a>>,
}

pub(crate) async fn run(command: ParkedCommand) -> anyhow::Result<()> {
    match command {
        ParkedCommand::List { stack } => list(&stack).await,
        ParkedCommand::Retry(options) => {
            let told = "will be looked at again; whoever is well then is parked no more.";
            ask(&options, |_| Wish::Look, told).await
        }
        ParkedCommand::Drop(options) => {
            let told =
                "will leave the list in a moment, with who has wanted that on record; whoever is parked anew stays.";
            ask(&options, |person| Wish::Drop { parked: person.at }, told).await
        }
    }
}

async fn list(options: &StackOptions) -> anyhow::Result<()> {
    let stack = Stack::find(options).await?;
    let parked = stack.ledger.parked_people().await.map_err(|failure| stack.explained(failure))?;
    if options.json {
        return tables::json(&Document { parked: parked.iter().map(OnList::from).collect() });
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

/// Has something done about people who are parked; `told`: what will be.
async fn ask(options: &ChosenOptions, wish: impl Fn(&ParkedPerson) -> Wish, told: &str) -> anyhow::Result<()> {
    let stack = Stack::find(&options.stack).await?;
    let parked = stack.ledger.parked_people().await.map_err(|failure| stack.explained(failure))?;
    let people = choose(parked, options)?;
    let wishes: Vec<_> = people.iter().map(|person| (person.user, wish(person))).collect();
    let asked = (&stack.operator(), SystemClock.now());
    ask_for(&stack.ledger, &stack.queues.users, &wishes, asked, &RandomIds)
        .await
        .map_err(|why| why.explained(&stack))?;
    let users: Vec<_> = people.iter().map(|person| person.user).collect();
    if options.stack.json {
        return tables::json(&Queued { queued: &users });
    }
    stack.introduce();
    tables::good(&format!("{} {told}", tables::counted(users.len() as u64, "person", "people")));
    Ok(())
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
