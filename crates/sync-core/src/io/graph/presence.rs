use serde_json::value::RawValue;

use crate::domain::{DirectoryUserId, Lens};
use crate::failure::{Cause, Failure};
use crate::io::http::Transport;
use crate::ports::{Clock, DirectoryPresence, Each, Presence};

use super::GraphClient;
use super::batch::{Ask, ItemAnswer};
use super::exchange::Call;
use super::wire::User;

/// What asking after people is.
pub(super) fn call() -> Call {
    Call::new("asking after single people", "User.Read.All")
}

impl<T: Transport, C: Clock> DirectoryPresence for GraphClient<T, C> {
    async fn presence(&self, users: &[DirectoryUserId]) -> Each<Presence> {
        let call = call();
        let asks: Vec<Ask> = users.iter().map(|&user| self.ask_after(user)).collect();
        let answers = self.read_many(&call, &asks).await?;
        self.read_presence(&call, users, answers).await
    }
}

impl<T: Transport, C: Clock> GraphClient<T, C> {
    /// Asks after one.
    pub(super) fn ask_after(&self, user: DirectoryUserId) -> Ask {
        Ask::get(format!("/users/{user}?$select={}", self.select))
    }

    /// Reads the answers to [`ask_after`](Self::ask_after). A person who is not found is looked for among the deleted: a 404 alone may mean that he
    /// was created a moment ago and the replica that answers does not know him yet.
    pub(super) async fn read_presence(
        &self,
        call: &Call,
        users: &[DirectoryUserId],
        answers: Vec<ItemAnswer>,
    ) -> Each<Presence> {
        let mut found: Vec<Result<Presence, Failure>> = Vec::with_capacity(users.len());
        let mut absent = Vec::new();
        for (n, answer) in answers.into_iter().enumerate() {
            found.push(match answer {
                Ok(body) => read_user(body.as_deref(), &self.lens).map_err(|cause| call.failed(cause)),
                Err(Cause::NotFound) => {
                    absent.push(n);
                    Ok(Presence::Unknown)
                }
                Err(cause) => Err(call.failed(cause)),
            });
        }
        let asks: Vec<Ask> = absent
            .iter()
            .filter_map(|&n| users.get(n))
            .map(|user| Ask::get(format!("/directory/deletedItems/{user}?$select=id")))
            .collect();
        let call = Call::new("looking for people among the deleted", "User.Read.All");
        for (n, answer) in absent.into_iter().zip(self.read_many(&call, &asks).await?) {
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

fn read_user(body: Option<&RawValue>, lens: &Lens) -> Result<Presence, Cause> {
    let text = body.map_or("null", RawValue::get);
    serde_json::from_str::<User>(text)
        .ok()
        .and_then(|user| user.into_domain(lens))
        .map(|user| Presence::Present(Box::new(user)))
        .ok_or_else(|| Cause::Unreadable("not a user".to_owned()))
}
