use jiff::Timestamp;
use sync_core::domain::GroupId;
use sync_core::look::Services;
use sync_core::ports::{DirectoryGroups, FreshIds, Queue};
use sync_core::work::{GroupWork, LOST, MembersHint, MessageId, UserWork};

use crate::Concerned;

/// Members whom the directory does not know as people. Notifications do not say what a member is, so each may be a group,
/// whose people are meant; or somebody who is not replicated yet, and is looked for again.
pub(crate) async fn follow<D: DirectoryGroups, A, L, U: Queue, C, I: FreshIds>(
    lost: Vec<Concerned>,
    services: &Services<'_, D, A, L, U, C, I>,
    queue: &impl Queue,
    now: Timestamp,
) -> Vec<MessageId> {
    let mut failed = Vec::new();
    if lost.is_empty() {
        return failed;
    }
    let as_groups: Vec<GroupId> =
        lost.iter().map(|concerned| GroupId::from_bytes(concerned.work.user.to_bytes())).collect();
    let groups = match services.directory.existing(&as_groups).await {
        Ok(groups) => groups,
        Err(failure) => {
            tracing::warn!(%failure, "members of unknown kind come back later");
            return lost.into_iter().flat_map(|concerned| concerned.messages).collect();
        }
    };
    for (concerned, group) in lost.into_iter().zip(as_groups) {
        let sent = if groups.contains(&group) {
            let members = MembersHint::These { people: Vec::new(), groups: vec![group] };
            let work = GroupWork { members, ..concerned.by };
            queue.send(&[work.message_of_its_own(services.ids.fresh())]).await
        } else {
            let not_before = LOST.next(0, concerned.work.since, now);
            let later = UserWork { attempt: 1, not_before, ..concerned.work };
            services.users.send(&[later.later()]).await
        };
        if let Err(failure) = sent {
            tracing::warn!(%failure, "a member of unknown kind comes back later");
            failed.extend(concerned.messages);
        }
    }
    failed
}
