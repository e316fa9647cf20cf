use std::collections::BTreeMap;

use sync_core::domain::{DirectoryUserId, GroupId};
use sync_core::ports::{FreshIds, Queue};
use sync_core::work::{GroupWork, MembersHint, Message, MessageId};

use crate::Concerned;

/// Puts people on the group queue again whom this batch has no time for.
pub(crate) async fn send(rest: Vec<Concerned>, queue: &impl Queue, ids: &impl FreshIds) -> Vec<MessageId> {
    let mut by_group: BTreeMap<GroupId, (GroupWork, Vec<DirectoryUserId>)> = BTreeMap::new();
    for concerned in &rest {
        let of_group = by_group.entry(concerned.by.group).or_insert_with(|| (concerned.by.clone(), Vec::new()));
        of_group.1.push(concerned.work.user);
    }
    let messages: Vec<Message> = by_group
        .into_values()
        .map(|(work, people)| {
            let work = GroupWork { members: MembersHint::people(people), ..work };
            work.message_of_its_own(ids.fresh())
        })
        .collect();
    if messages.is_empty() {
        return Vec::new();
    }
    match queue.send(&messages).await {
        Ok(()) => Vec::new(),
        Err(failure) => {
            tracing::warn!(%failure, "people for whom there was no time come back later");
            rest.into_iter().flat_map(|concerned| concerned.messages).collect()
        }
    }
}
