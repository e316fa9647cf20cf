use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use crate::domain::{DirectoryUserId, GroupId};
use crate::failure::Cause;
use crate::io::http::Transport;
use crate::ports::{Clock, DirectoryLook, DirectoryMemberships, Each, Looked, Nesting};

use super::GraphClient;
use super::batch::{Ask, ItemAnswer};
use super::exchange::Call;
use super::presence;
use super::wire::{Member, Page};

/// `checkMemberGroups` takes no more groups (Graph docs: checkMemberGroups).
const GROUPS: usize = 20;

#[derive(Deserialize)]
struct Checked {
    value: Vec<String>,
}

/// Asks in which of some groups people are.
struct Question<'a> {
    groups: &'a [GroupId],
    nesting: Nesting,
}

fn call() -> Call {
    Call::new("asking which groups people are in", "Group.Read.All")
}

impl Question<'_> {
    /// How many items of a batch one person takes.
    const fn items(&self) -> usize {
        match self.nesting {
            _ if self.groups.is_empty() => 0,
            Nesting::Transitive => self.groups.len().div_ceil(GROUPS),
            Nesting::Direct => 1,
        }
    }

    fn asks(&self, people: &[DirectoryUserId]) -> Vec<Ask> {
        if self.groups.is_empty() {
            return Vec::new();
        }
        match self.nesting {
            Nesting::Transitive => people
                .iter()
                .flat_map(|user| self.groups.chunks(GROUPS).map(move |groups| (user, groups)))
                .map(|(user, groups)| {
                    Ask::post(format!("/users/{user}/checkMemberGroups"), json!({ "groupIds": groups }))
                })
                .collect(),
            // Without a cast, which would be served from an index that lags.
            Nesting::Direct => {
                people.iter().map(|user| Ask::get(format!("/users/{user}/memberOf?$select=id&$top=999"))).collect()
            }
        }
    }

    /// Reads the answers that concern one person. `None`: the directory does not know him.
    fn read(&self, answers: &mut impl Iterator<Item = ItemAnswer>) -> Result<Option<BTreeSet<GroupId>>, Cause> {
        let mut member_of = Some(BTreeSet::new());
        let mut failed = None;
        for answer in answers.take(self.items()) {
            match answer.and_then(|body| self.groups_in(body.as_deref())) {
                Ok(found) => {
                    if let Some(member_of) = &mut member_of {
                        member_of.extend(found.into_iter().filter(|group| self.groups.contains(group)));
                    }
                }
                Err(Cause::NotFound) => member_of = None,
                Err(cause) => failed = Some(cause),
            }
        }
        failed.map_or(Ok(member_of), Err)
    }

    fn groups_in(&self, body: Option<&RawValue>) -> Result<Vec<GroupId>, Cause> {
        let unreadable = || Cause::Unreadable("not a list of groups".to_owned());
        let body = body.map_or("null", RawValue::get);
        match self.nesting {
            Nesting::Transitive => {
                let checked: Checked = serde_json::from_str(body).map_err(|_| unreadable())?;
                checked.value.iter().map(|id| GroupId::parse(id).map_err(|_| unreadable())).collect()
            }
            Nesting::Direct => {
                let page: Page<Member> = serde_json::from_str(body).map_err(|_| unreadable())?;
                if page.next_link.is_some() {
                    return Err(Cause::Inconsistent("the person is in more than 999 groups".to_owned()));
                }
                Ok(page.value.iter().filter_map(Member::group).collect())
            }
        }
    }
}

impl<T: Transport, C: Clock> DirectoryMemberships for GraphClient<T, C> {
    async fn memberships(
        &self,
        people: &[DirectoryUserId],
        groups: &[GroupId],
        nesting: Nesting,
    ) -> Each<Option<BTreeSet<GroupId>>> {
        let call = call();
        let question = Question { groups, nesting };
        let mut answers = self.read_many(&call, &question.asks(people)).await?.into_iter();
        Ok(people.iter().map(|_| question.read(&mut answers).map_err(|cause| call.failed(cause))).collect())
    }
}

impl<T: Transport, C: Clock> DirectoryLook for GraphClient<T, C> {
    /// Ten people and their groups, where no more than twenty are mapped, fill one `$batch`.
    async fn look(&self, people: &[DirectoryUserId], groups: &[GroupId], nesting: Nesting) -> Each<Looked> {
        let of_people = presence::call();
        let question = Question { groups, nesting };
        let mut asked: Vec<Ask> = people.iter().map(|&user| self.ask_after(user)).collect();
        asked.extend(question.asks(people));
        let mut answers = self.read_many(&of_people, &asked).await?;
        let mut checks = answers.split_off(people.len()).into_iter();
        let present = self.read_presence(&of_people, people, answers).await?;
        Ok(present
            .into_iter()
            .zip(people)
            .map(|(presence, user)| {
                // A leaver does not wait for the answer about his groups.
                let member_of = question.read(&mut checks).unwrap_or_else(|cause| {
                    tracing::warn!(%user, %cause, "which groups a person is in could not be read");
                    None
                });
                Ok(Looked { presence: presence?, member_of })
            })
            .collect())
    }
}
