use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::domain::{Attribute, DirectoryUserId, Email, Field, Instead, MissingFields};
use crate::failure::Cause;
use crate::io::http::Transport;
use crate::ports::{Clock, DirectoryAddresses, Each};

use super::GraphClient;
use super::batch::Ask;
use super::exchange::Call;
use super::wire::{Member, Page, User};

impl<T: Transport, C: Clock> DirectoryAddresses for GraphClient<T, C> {
    /// `mail eq` is served without ConsistencyLevel, that is not from the index that lags (Graph docs: advanced queries),
    /// and compares without case.
    async fn holders(&self, addresses: &[Email]) -> Each<Vec<DirectoryUserId>> {
        let call = Call::new("asking whose an e-mail address is", "User.Read.All");
        let by_name = stands_in_for_mail(&self.lens.missing);
        let ask = |address| if by_name { ask_by_name_too(address, &self.select) } else { ask(address) };
        let asks: Vec<Ask> = addresses.iter().map(ask).collect();
        let answers = self.read_many(&call, &asks).await?;
        let read = |body: Option<&RawValue>, address: &Email| {
            if by_name { self.read_by_name_too(body, address) } else { read(body) }
        };
        Ok(answers
            .into_iter()
            .zip(addresses)
            .map(|(answer, address)| {
                answer.and_then(|body| read(body.as_deref(), address)).map_err(|cause| call.failed(cause))
            })
            .collect())
    }
}

impl<T: Transport, C: Clock> GraphClient<T, C> {
    /// Whoever signs in by the name carries it as his address only where he has no other: those are told apart as they are
    /// everywhere, by filling. Of somebody who came back as nothing but an id it is not known, so he counts.
    fn read_by_name_too(&self, body: Option<&RawValue>, address: &Email) -> Result<Vec<DirectoryUserId>, Cause> {
        let page: Page<User> = users(body)?;
        let people = page.value.into_iter().filter_map(|user| user.into_domain(&self.lens));
        let holders = people.filter(|user| user.is_unreadable() || user.mail.as_ref() == Some(address));
        Ok(holders.map(|user| user.id).collect())
    }
}

/// Whether people may carry an address that does not stand in `mail`.
fn stands_in_for_mail(missing: &MissingFields) -> bool {
    missing.instead_of(Field::Email) == Some(&Instead::Attribute(Attribute::UserPrincipalName))
}

fn ask(address: &Email) -> Ask {
    Ask::get(format!("/users?$filter={}&$select=id", encoded(&format!("mail eq {}", literal(address)))))
}

fn ask_by_name_too(address: &Email, select: &str) -> Ask {
    let address = literal(address);
    let filter = encoded(&format!("mail eq {address} or userPrincipalName eq {address}"));
    Ask::get(format!("/users?$filter={filter}&$select={select}"))
}

/// OData doubles a quote within a text.
fn literal(address: &Email) -> String {
    format!("'{}'", address.expose().replace('\'', "''"))
}

fn encoded(filter: &str) -> String {
    let filter: String = url::form_urlencoded::byte_serialize(filter.as_bytes()).collect();
    filter.replace('+', "%20")
}

fn read(body: Option<&RawValue>) -> Result<Vec<DirectoryUserId>, Cause> {
    let page: Page<Member> = users(body)?;
    Ok(page.value.iter().filter_map(Member::person).collect())
}

fn users<U: DeserializeOwned>(body: Option<&RawValue>) -> Result<Page<U>, Cause> {
    serde_json::from_str(body.map_or("null", RawValue::get))
        .map_err(|_| Cause::Unreadable("not a list of users".to_owned()))
}
