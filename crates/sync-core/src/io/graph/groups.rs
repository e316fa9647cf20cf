use crate::domain::GroupId;
use crate::failure::{Cause, Failure};
use crate::io::http::Transport;
use crate::ports::{Clock, DirectoryGroups};

use super::GraphClient;
use super::batch::Ask;
use super::exchange::Call;

impl<T: Transport, C: Clock> DirectoryGroups for GraphClient<T, C> {
    async fn existing(&self, groups: &[GroupId]) -> Result<Vec<GroupId>, Failure> {
        let call = Call::new("looking for the mapped groups", "Group.Read.All");
        let asks: Vec<Ask> = groups.iter().map(|group| Ask::get(format!("/groups/{group}?$select=id"))).collect();
        let mut existing = Vec::new();
        for (&group, answer) in groups.iter().zip(self.read_many(&call, &asks).await?) {
            match answer {
                Ok(_) => existing.push(group),
                Err(Cause::NotFound) => {}
                Err(cause) => return Err(call.failed(cause)),
            }
        }
        Ok(existing)
    }
}
