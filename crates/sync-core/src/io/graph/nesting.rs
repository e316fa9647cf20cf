use serde_json::value::RawValue;

use crate::domain::GroupId;
use crate::failure::{Cause, Failure};
use crate::io::http::Transport;
use crate::ports::{Clock, DirectoryNesting, Each, PageLink};

use super::GraphClient;
use super::batch::Ask;
use super::exchange::Call;
use super::wire::{Member, Page};

impl<T: Transport, C: Clock> DirectoryNesting for GraphClient<T, C> {
    async fn nested(&self, groups: &[GroupId]) -> Each<Vec<GroupId>> {
        let mut call = Call::new("listing the groups within groups", "Group.Read.All");
        call.eventual = true;
        let path = |group: &GroupId| {
            format!("/groups/{group}/transitiveMembers/microsoft.graph.group?$select=id&$top=999&$count=true")
        };
        let asks: Vec<Ask> = groups.iter().map(|group| Ask::get_eventual(path(group))).collect();
        let mut nested = Vec::new();
        for (group, answer) in groups.iter().zip(self.read_many(&call, &asks).await?) {
            nested.push(match answer.and_then(|body| read(body.as_deref())) {
                // An item that is no JSON may be it the next time; a call of its own is repeated.
                Err(Cause::Unreadable(_)) => match self.get(&call, &format!("/v1.0{}", path(group)), None).await {
                    Ok(page) => self.rest(&call, page).await,
                    Err(failure) => Err(failure),
                },
                Ok(page) => self.rest(&call, page).await,
                // A mapped group that was deleted has nothing below it.
                Err(Cause::NotFound) => Ok(Vec::new()),
                Err(cause) => Err(call.failed(cause)),
            });
        }
        Ok(nested)
    }
}

impl<T: Transport, C: Clock> GraphClient<T, C> {
    /// Few groups hold a thousand others, but some do.
    async fn rest(&self, call: &Call, mut page: Page<Member>) -> Result<Vec<GroupId>, Failure> {
        let mut groups = Vec::new();
        loop {
            groups.extend(page.value.iter().filter_map(Member::group));
            let Some(link) = page.next_link.map(PageLink) else {
                return Ok(groups);
            };
            page = self.get(call, "", Some(&link)).await?;
        }
    }
}

fn read(body: Option<&RawValue>) -> Result<Page<Member>, Cause> {
    serde_json::from_str(body.map_or("null", RawValue::get))
        .map_err(|_| Cause::Unreadable("not a list of groups".to_owned()))
}
