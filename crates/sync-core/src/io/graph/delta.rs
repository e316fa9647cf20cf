use serde::Deserialize;
use serde_json::value::RawValue;

use crate::domain::{DirectoryUserId, GroupId};
use crate::failure::{Cause, Failure};
use crate::io::http::Transport;
use crate::ports::{
    ChangedGroup, ChangedUser, Changes, Clock, DeltaLink, DeltaLinks, DirectoryChanges, GroupChanges, Onward, PageLink,
    UserChanges,
};

use super::GraphClient;
use super::batch::{Ask, ItemAnswer};
use super::exchange::Call;
use super::wire::Member;

/// Begins what stands behind a users' link. Links have no fragment: it is never sent to a server.
const MARK: char = '#';

#[derive(Deserialize)]
struct DeltaPage {
    #[serde(default)]
    value: Vec<Item>,
    #[serde(rename = "@odata.nextLink")]
    next_link: Option<String>,
    #[serde(rename = "@odata.deltaLink")]
    delta_link: Option<String>,
}

#[derive(Deserialize)]
struct Item {
    id: Option<String>,
    #[serde(rename = "@removed")]
    removed: Option<serde_json::Value>,
    #[serde(rename = "members@delta")]
    members: Option<Vec<Member>>,
}

fn users_call() -> Call {
    Call::new("listing the users who changed", "User.Read.All")
}

fn groups_call() -> Call {
    Call::new("listing the groups that changed", "Group.Read.All")
}

impl Item {
    fn user(self) -> Option<ChangedUser> {
        let id = DirectoryUserId::parse(self.id.as_deref()?).ok()?;
        // An object with a reason as a rule; notifications write the reason alone.
        let reason = |removed: &serde_json::Value| {
            removed.as_str().or_else(|| removed.get("reason")?.as_str()).is_some_and(|reason| reason == "deleted")
        };
        let gone = self.removed.as_ref().is_some_and(reason);
        Some(ChangedUser { id, gone })
    }

    fn group(self) -> Option<ChangedGroup> {
        let members = self.members.unwrap_or_default();
        Some(ChangedGroup {
            id: GroupId::parse(self.id.as_deref()?).ok()?,
            removed: self.removed.is_some(),
            // One whose type is not said is taken for a person; the group flow finds out if it is none.
            people: members.iter().filter_map(Member::person).collect(),
            groups: members.iter().filter(|member| member.kind.is_some()).filter_map(Member::group).collect(),
        })
    }
}

fn read<T>(call: &Call, page: DeltaPage, entry: fn(Item) -> Option<T>) -> Result<Changes<T>, Failure> {
    let next = match (page.next_link, page.delta_link) {
        (Some(link), _) => Onward::Page(PageLink(link)),
        (None, Some(link)) => Onward::End(DeltaLink(link)),
        (None, None) => {
            return Err(call.failed(Cause::Inconsistent("the list of changes neither ends nor goes on".to_owned())));
        }
    };
    Ok(Changes { changed: page.value.into_iter().filter_map(entry).collect(), next })
}

fn page(call: &Call, answer: ItemAnswer) -> Result<DeltaPage, Failure> {
    let body: Option<Box<RawValue>> = answer.map_err(|cause| call.failed(expired(cause)))?;
    serde_json::from_str(body.as_deref().map_or("null", RawValue::get))
        .map_err(|_| call.failed(Cause::Unreadable("not a list of changes".to_owned())))
}

/// Which answer says that a delta link is not honoured any more is documented loosely ("40X-series"); 410 is certain, and a
/// 400 or 404 to an address that Graph itself made means nothing else.
fn expired(cause: Cause) -> Cause {
    match cause {
        Cause::Rejected { status: 400, .. } | Cause::NotFound => Cause::PageExpired,
        cause => cause,
    }
}

impl<T: Transport, C: Clock> GraphClient<T, C> {
    /// What stands behind a users' link: through which lens people were seen. Graph does not get to see it, and it stands behind none
    /// where everybody is seen as he is.
    fn mark(&self) -> String {
        self.lens.digest().map(|digest| format!("{MARK}seen-by={digest}")).unwrap_or_default()
    }

    /// The users' link without its mark. One with another mark is not gone on with: its token does not track what decides
    /// now, and people in whom nothing has changed are seen with other eyes.
    fn unmarked<'a>(&self, link: &'a DeltaLink) -> Result<&'a str, Failure> {
        let at = link.0.find(MARK).unwrap_or(link.0.len());
        match link.0.split_at(at) {
            (link, mark) if mark == self.mark() => Ok(link),
            _ => Err(users_call().failed(Cause::PageExpired)),
        }
    }

    fn marked(&self, mut users: UserChanges) -> UserChanges {
        if let Onward::End(link) = &mut users.next {
            link.0.push_str(&self.mark());
        }
        users
    }

    /// The part of a link that stands in a `$batch`: all behind `/v1.0`. Another cloud's link is followed by nobody.
    fn relative(&self, call: &Call, link: &str) -> Result<Ask, Failure> {
        let base = format!("{}/v1.0", self.graph.as_str());
        match link.strip_prefix(&base) {
            Some(path) if path.starts_with('/') => Ok(Ask::get(path.to_owned())),
            _ => Err(call.failed(Cause::ForeignLink { host: link.chars().take(80).collect() })),
        }
    }

    async fn more<T2>(
        &self,
        call: &Call,
        link: &PageLink,
        entry: fn(Item) -> Option<T2>,
    ) -> Result<Changes<T2>, Failure> {
        let page = self.get(call, "", Some(link)).await;
        let page = page.map_err(|Failure { action, cause }| Failure { action, cause: expired(cause) })?;
        read(call, page, entry)
    }

    async fn two(&self, users: Ask, groups: Option<Ask>) -> Result<(UserChanges, Option<GroupChanges>), Failure> {
        let has_groups = groups.is_some();
        let groups = groups.map(|groups| groups.needing(groups_call().permission));
        let asks: Vec<Ask> = [users].into_iter().chain(groups).collect();
        let mut answers = self.read_many(&users_call(), &asks).await?.into_iter();
        let mut next = |call: &Call| match answers.next() {
            Some(answer) => page(call, answer),
            None => Err(call.failed(Cause::Unreadable("the batch's answer leaves this item out".to_owned()))),
        };
        let users = next(&users_call()).and_then(|page| read(&users_call(), page, Item::user))?;
        let users = self.marked(users);
        if !has_groups {
            return Ok((users, None));
        }
        let groups = next(&groups_call()).and_then(|page| read(&groups_call(), page, Item::group))?;
        Ok((users, Some(groups)))
    }
}

impl<T: Transport, C: Clock> DirectoryChanges for GraphClient<T, C> {
    /// `$deltatoken=latest` lists nothing, and links to what comes (Graph docs: delta query). All groups are tracked, not only
    /// the mapped ones: the filter takes fifty ids, and the groups below the mapped ones come and go.
    async fn changes_from_now(&self, groups: bool) -> Result<DeltaLinks, Failure> {
        let users = Ask::get(format!("/users/delta?$deltatoken=latest&$select={}", self.select));
        let groups = groups.then(|| Ask::get("/groups/delta?$deltatoken=latest&$select=members".to_owned()));
        let (users, groups) = self.two(users, groups).await?;
        let end = |call: &Call, next: Onward| match next {
            Onward::End(link) => Ok(link),
            Onward::Page(_) => Err(call.failed(Cause::Inconsistent("a list of nothing goes on".to_owned()))),
        };
        Ok(DeltaLinks {
            users: end(&users_call(), users.next)?,
            groups: groups.map(|groups| end(&groups_call(), groups.next)).transpose()?,
        })
    }

    async fn changes(&self, links: &DeltaLinks) -> Result<(UserChanges, Option<GroupChanges>), Failure> {
        let users = self.relative(&users_call(), self.unmarked(&links.users)?)?;
        let groups = links.groups.as_ref().map(|link| self.relative(&groups_call(), &link.0)).transpose()?;
        self.two(users, groups).await
    }

    async fn more_users(&self, link: &PageLink) -> Result<UserChanges, Failure> {
        Ok(self.marked(self.more(&users_call(), link, Item::user).await?))
    }

    async fn more_groups(&self, link: &PageLink) -> Result<GroupChanges, Failure> {
        self.more(&groups_call(), link, Item::group).await
    }
}
