use crate::domain::Lens;
use crate::failure::Failure;
use crate::io::http::Transport;
use crate::ports::{Clock, DirectoryUsers, PageLink, UsersPage};

use super::GraphClient;
use super::exchange::Call;
use super::wire::{Page, User};

/// The properties that are read of everybody. `accountEnabled` comes only when it is asked for.
const SELECT: &str = "id,mail,givenName,surname,jobTitle,accountEnabled";

/// The properties that are read, and no other: those that decide something only where they do.
pub(super) fn select(lens: &Lens) -> String {
    let more = lens.selected().into_iter().filter(|name| !SELECT.split(',').any(|known| known == *name));
    more.fold(SELECT.to_owned(), |select, name| format!("{select},{name}"))
}

impl<T: Transport, C: Clock> DirectoryUsers for GraphClient<T, C> {
    async fn users(&self, link: Option<&PageLink>) -> Result<UsersPage, Failure> {
        let call = Call::new("listing the directory's users", "User.Read.All");
        // 999 is the most that Graph allows (1000 answers 400); it may send fewer.
        let path = format!("/v1.0/users?$select={}&$top=999", self.select);
        let page: Page<User> = self.get(&call, &path, link).await?;
        let entries = page.value.len();
        let users: Vec<_> = page.value.into_iter().filter_map(|user| user.into_domain(&self.lens)).collect();
        Ok(UsersPage { unreadable: entries - users.len(), users, next: page.next_link.map(PageLink) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Admission;

    #[test]
    fn what_decides_nothing_is_not_asked_for() {
        let of_missing = |missing: &str| select(&Lens { missing: missing.parse().unwrap(), ..Lens::default() });
        assert_eq!(of_missing(""), "id,mail,givenName,surname,jobTitle,accountEnabled");
        assert_eq!(of_missing(r#"{"jobTitle": {"text": "Not stated"}}"#), SELECT);
        let names = r#"{"surname": {"attribute": "displayName"}, "givenName": {"attribute": "displayName"}}"#;
        assert_eq!(of_missing(names), format!("{SELECT},displayName"));
        let filter = "jobTitle eq 'QA' and department eq 'Labs'".parse().unwrap();
        let admission = Admission { no_guests: true, filter: Some(filter) };
        let of_scope = select(&Lens { admission, ..Lens::default() });
        assert_eq!(of_scope, format!("{SELECT},department,userType"));
    }
}
