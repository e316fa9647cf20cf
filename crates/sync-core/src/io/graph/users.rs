use crate::domain::MissingFields;
use crate::failure::Failure;
use crate::io::http::Transport;
use crate::ports::{Clock, DirectoryUsers, PageLink, UsersPage};

use super::GraphClient;
use super::exchange::Call;
use super::wire::{Page, User};

/// The properties that are read of everybody. `accountEnabled` comes only when it is asked for.
const SELECT: &str = "id,mail,givenName,surname,jobTitle,accountEnabled";

/// The properties that are read, and no other: those that can stand in for others only where they do.
pub(super) fn select(missing: &MissingFields) -> String {
    missing.attributes().into_iter().fold(SELECT.to_owned(), |select, attribute| format!("{select},{attribute}"))
}

impl<T: Transport, C: Clock> DirectoryUsers for GraphClient<T, C> {
    async fn users(&self, link: Option<&PageLink>) -> Result<UsersPage, Failure> {
        let call = Call::new("listing the directory's users", "User.Read.All");
        // 999 is the most that Graph allows (1000 answers 400); it may send fewer.
        let path = format!("/v1.0/users?$select={}&$top=999", self.select);
        let page: Page<User> = self.get(&call, &path, link).await?;
        let entries = page.value.len();
        let users: Vec<_> = page.value.into_iter().filter_map(|user| user.into_domain(&self.missing)).collect();
        Ok(UsersPage { unreadable: entries - users.len(), users, next: page.next_link.map(PageLink) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_stand_in_is_asked_for_only_where_it_does() {
        assert_eq!(select(&MissingFields::default()), "id,mail,givenName,surname,jobTitle,accountEnabled");
        assert_eq!(select(&r#"{"jobTitle": {"text": "Not stated"}}"#.parse().unwrap()), SELECT);
        let names = r#"{"surname": {"attribute": "displayName"}, "givenName": {"attribute": "displayName"}}"#;
        assert_eq!(select(&names.parse().unwrap()), format!("{SELECT},displayName"));
    }
}
