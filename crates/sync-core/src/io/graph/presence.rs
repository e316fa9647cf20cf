use serde_json::value::RawValue;

use crate::domain::DirectoryUserId;
use crate::failure::{Cause, Failure};
use crate::io::http::Transport;
use crate::ports::{Clock, DirectoryPresence, Presence};

use super::GraphClient;
use super::exchange::Call;
use super::users::SELECT;
use super::wire::User;

impl<T: Transport, C: Clock> DirectoryPresence for GraphClient<T, C> {
    /// A person who is not found is looked for among the deleted: a 404 alone may mean that he was created a moment ago
    /// and the replica that answers does not know him yet.
    async fn presence(&self, users: &[DirectoryUserId]) -> Result<Vec<Result<Presence, Failure>>, Failure> {
        let call = Call::new("asking after single people", "User.Read.All");
        let paths: Vec<String> = users.iter().map(|user| format!("/users/{user}?$select={SELECT}")).collect();
        let mut found: Vec<Result<Presence, Failure>> = Vec::with_capacity(users.len());
        let mut absent = Vec::new();
        for (n, answer) in self.get_many(&call, &paths).await?.into_iter().enumerate() {
            found.push(match answer {
                Ok(body) => read_user(body.as_deref()).map_err(|cause| call.failed(cause)),
                Err(Cause::NotFound) => {
                    absent.push(n);
                    Ok(Presence::Unknown)
                }
                Err(cause) => Err(call.failed(cause)),
            });
        }
        let paths: Vec<String> = absent
            .iter()
            .filter_map(|&n| users.get(n))
            .map(|user| format!("/directory/deletedItems/{user}?$select=id"))
            .collect();
        let call = Call::new("looking for people among the deleted", "User.Read.All");
        for (n, answer) in absent.into_iter().zip(self.get_many(&call, &paths).await?) {
            let Some(slot) = found.get_mut(n) else {
                continue;
            };
            *slot = match answer {
                Ok(_) => Ok(Presence::Deleted),
                Err(Cause::NotFound) => Ok(Presence::Unknown),
                Err(cause) => Err(call.failed(cause)),
            };
        }
        Ok(found)
    }
}

fn read_user(body: Option<&RawValue>) -> Result<Presence, Cause> {
    let text = body.map_or("null", RawValue::get);
    serde_json::from_str::<User>(text)
        .ok()
        .and_then(User::into_domain)
        .map(|user| Presence::Present(Box::new(user)))
        .ok_or_else(|| Cause::Unreadable("not a user".to_owned()))
}
