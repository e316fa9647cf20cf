use crate::domain::GroupId;
use crate::failure::Failure;
use crate::io::http::Transport;
use crate::ports::{Clock, GroupMembers, MembersPage, Nesting, PageLink};

use super::GraphClient;
use super::exchange::Call;
use super::wire::{Member, Page};

impl<T: Transport, C: Clock> GroupMembers for GraphClient<T, C> {
    async fn members(&self, group: GroupId, nesting: Nesting, link: Option<&PageLink>) -> Result<MembersPage, Failure> {
        let mut call = Call::new(format!("listing the members of group {group}"), "Group.Read.All");
        call.eventual = true;
        let relation = match nesting {
            Nesting::Transitive => "transitiveMembers",
            Nesting::Direct => "members",
        };
        // The count tells a short list from a small group; it and the cast have to be asked for together with
        // ConsistencyLevel: eventual.
        let path = format!("/v1.0/groups/{group}/{relation}/microsoft.graph.user?$select=id&$top=999&$count=true");
        let page: Page<Member> = self.get(&call, &path, link).await?;
        Ok(MembersPage {
            members: page.value.iter().filter_map(Member::person).collect(),
            total: page.count,
            next: page.next_link.map(PageLink),
        })
    }
}
