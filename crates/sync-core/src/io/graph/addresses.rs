use serde_json::value::RawValue;

use crate::domain::{DirectoryUserId, Email};
use crate::failure::Cause;
use crate::io::http::Transport;
use crate::ports::{Clock, DirectoryAddresses, Each};

use super::GraphClient;
use super::batch::Ask;
use super::exchange::Call;
use super::wire::{Member, Page};

impl<T: Transport, C: Clock> DirectoryAddresses for GraphClient<T, C> {
    /// `mail eq` is served without ConsistencyLevel, that is not from the index that lags (Graph docs: advanced queries),
    /// and compares without case.
    async fn holders(&self, addresses: &[Email]) -> Each<Vec<DirectoryUserId>> {
        let call = Call::new("asking whose an e-mail address is", "User.Read.All");
        let asks: Vec<Ask> = addresses.iter().map(ask).collect();
        let answers = self.read_many(&call, &asks).await?;
        Ok(answers
            .into_iter()
            .map(|answer| answer.and_then(|body| read(body.as_deref())).map_err(|cause| call.failed(cause)))
            .collect())
    }
}

fn ask(address: &Email) -> Ask {
    // OData doubles a quote within a text; the rest is the encoding of a query.
    let literal = format!("mail eq '{}'", address.expose().replace('\'', "''"));
    let filter: String = url::form_urlencoded::byte_serialize(literal.as_bytes()).collect();
    Ask::get(format!("/users?$filter={}&$select=id", filter.replace('+', "%20")))
}

fn read(body: Option<&RawValue>) -> Result<Vec<DirectoryUserId>, Cause> {
    let page: Page<Member> = serde_json::from_str(body.map_or("null", RawValue::get))
        .map_err(|_| Cause::Unreadable("not a list of users".to_owned()))?;
    Ok(page.value.iter().filter_map(Member::person).collect())
}
