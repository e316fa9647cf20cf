use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use crate::domain::{DirectoryUserId, GroupId};
use crate::failure::Cause;
use crate::io::http::Transport;
use crate::ports::{Clock, DirectoryLook, DirectoryMemberships, Each, Looked};

use super::GraphClient;
use super::batch::{Ask, ItemAnswer};
use super::exchange::Call;
use super::presence;

/// `checkMemberGroups` takes no more groups (Graph docs: checkMemberGroups).
const GROUPS: usize = 20;

#[derive(Deserialize)]
struct Checked {
    value: Vec<String>,
}

fn call() -> Call {
    Call::new("asking which groups people are in", "Group.Read.All")
}

fn asks(people: &[DirectoryUserId], groups: &[GroupId]) -> Vec<Ask> {
    let checks = people.iter().flat_map(|user| groups.chunks(GROUPS).map(move |groups| (user, groups)));
    checks
        .map(|(user, groups)| Ask::post(format!("/users/{user}/checkMemberGroups"), json!({ "groupIds": groups })))
        .collect()
}

/// Reads the answers that concern one person.
fn read(
    answers: &mut impl Iterator<Item = ItemAnswer>,
    groups: &[GroupId],
) -> Result<Option<BTreeSet<GroupId>>, Cause> {
    let mut member_of = Some(BTreeSet::new());
    let mut failed = None;
    for answer in answers.take(groups.len().div_ceil(GROUPS)) {
        match answer.and_then(|body| checked(body.as_deref())) {
            Ok(found) => {
                if let Some(member_of) = &mut member_of {
                    member_of.extend(found);
                }
            }
            Err(Cause::NotFound) => member_of = None,
            Err(cause) => failed = Some(cause),
        }
    }
    failed.map_or(Ok(member_of), Err)
}

fn checked(body: Option<&RawValue>) -> Result<Vec<GroupId>, Cause> {
    let unreadable = || Cause::Unreadable("not a list of groups".to_owned());
    let checked: Checked = serde_json::from_str(body.map_or("null", RawValue::get)).map_err(|_| unreadable())?;
    checked.value.iter().map(|id| GroupId::parse(id).map_err(|_| unreadable())).collect()
}

impl<T: Transport, C: Clock> DirectoryMemberships for GraphClient<T, C> {
    async fn memberships(&self, people: &[DirectoryUserId], groups: &[GroupId]) -> Each<Option<BTreeSet<GroupId>>> {
        let call = call();
        let mut answers = self.read_many(&call, &asks(people, groups)).await?.into_iter();
        Ok(people.iter().map(|_| read(&mut answers, groups).map_err(|cause| call.failed(cause))).collect())
    }
}

impl<T: Transport, C: Clock> DirectoryLook for GraphClient<T, C> {
    /// Ten people and their groups, where no more than twenty are mapped, fill one `$batch`.
    async fn look(&self, people: &[DirectoryUserId], groups: &[GroupId]) -> Each<Looked> {
        let of_people = presence::call();
        let mut asked: Vec<Ask> = people.iter().map(|&user| presence::ask(user)).collect();
        asked.extend(asks(people, groups));
        let mut answers = self.read_many(&of_people, &asked).await?;
        let checks = answers.split_off(people.len());
        let present = self.read_presence(&of_people, people, answers).await?;
        let of_groups = call();
        let mut checks = checks.into_iter();
        Ok(present
            .into_iter()
            .map(|presence| {
                let member_of = read(&mut checks, groups).map_err(|cause| of_groups.failed(cause));
                Ok(Looked { presence: presence?, member_of: member_of?.unwrap_or_default() })
            })
            .collect())
    }
}
