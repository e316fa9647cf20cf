use futures::future::join;
use sync_core::domain::DirectoryUser;
use sync_core::failure::{Cause, Failure};
use sync_core::index::{Claims, Settledness};
use sync_core::ports::{Allowances, Clock, DirectoryUsers, Ending, Holds, PageLink, Runs, UsersPage};

use crate::event::{Event, Observer, Stage};
use crate::stop::Stop;
use crate::work::Work;

/// No directory has more pages: 10,000,000 users.
pub(crate) const MAX_PAGES: usize = 10_011;
/// How often the listing starts again because a page token expired.
pub(crate) const RESTARTS: usize = 3;

impl<D: DirectoryUsers, L: Runs + Ending + Allowances + Holds, C: Clock, O: Observer> Work<'_, D, L, C, O> {
    /// Lists the directory's users and settles those who are linked and keep their e-mail address; the others become
    /// claims.
    pub(crate) async fn list_users(&mut self) -> Result<Claims, Stop> {
        // Who was seen stays seen when the listing starts again: what was written for him is not in the index, which
        // holds the accounts as they were read.
        let mut claims = Claims::default();
        for _ in 0..=RESTARTS {
            match self.list_users_once(&mut claims).await {
                Err(Stop::Failed(Failure { cause: Cause::PageExpired, .. })) => {
                    self.observer.on(&Event::ListingRestarted);
                }
                Err(stop) => return Err(stop),
                Ok(()) => {
                    claims.close();
                    return Ok(claims);
                }
            }
        }
        Err(Stop::Failed(Failure::new("listing the directory's users", Cause::PageExpired)))
    }

    async fn list_users_once(&mut self, claims: &mut Claims) -> Result<(), Stop> {
        self.observer.on(&Event::Entered { stage: Stage::Users, expected: None });
        let directory = self.directory;
        let (mut listed, mut nameless) = (0, 0);
        let mut page = directory.users(None).await?;
        if !page.users.is_empty() && page.users.iter().all(DirectoryUser::is_unreadable) {
            return Err(Stop::Halt(UNREADABLE.to_owned()));
        }
        for _ in 0..MAX_PAGES {
            let link = page.next.take();
            let next = async {
                match &link {
                    Some(link) => directory.users(Some(link)).await.map(Some),
                    None => Ok(None),
                }
            };
            let (worked, next) = join(self.work_through(&page, claims), next).await;
            worked?;
            nameless += page.unreadable as u64;
            listed += page.users.len() + page.unreadable;
            match next? {
                Some(next) if next.next == link => return Err(endless(link.as_ref())),
                Some(next) => page = next,
                None => {
                    self.record.tally.count_nameless(nameless);
                    return if listed == 0 { Err(Stop::Halt(EMPTY.to_owned())) } else { Ok(()) };
                }
            }
        }
        Err(endless(None))
    }

    async fn work_through(&mut self, page: &UsersPage, claims: &mut Claims) -> Result<(), Stop> {
        let mut batch = Vec::new();
        for user in &page.users {
            match self.index.see(user) {
                Settledness::Settled => {
                    let subject = self.present(user.clone(), Vec::new());
                    let plan = self.plan(&subject);
                    self.take(subject, plan, &mut batch);
                    self.carry_out_full(&mut batch).await?;
                }
                Settledness::ClaimsEmail => claims.add(user).map_err(|full| Stop::Halt(full.to_string()))?,
                Settledness::SeenBefore => {}
            }
        }
        self.carry_out(batch).await?;
        self.observer.on(&Event::Advanced { stage: Stage::Users, by: (page.users.len() + page.unreadable) as u64 });
        if self.budget.is_spent(self.clock.now()) {
            return Err(Stop::TimeIsUp);
        }
        self.checkpoint(Vec::new()).await
    }
}

/// What is wrong when users are listed and nothing but their ids is shown.
pub const UNREADABLE: &str = "listing the directory's users failed: every user came back without any property but the id, \
    which is how Microsoft Graph answers an app that may not read users: add the application permission User.Read.All \
    under App registrations > API permissions > Microsoft Graph > Application permissions and grant admin consent";

/// What is wrong when no user is listed.
pub const EMPTY: &str = "listing the directory's users failed: the directory came back empty. A directory has at least its \
    administrator, so this is a disturbance or the wrong tenant; nothing was changed";

pub(crate) fn endless(link: Option<&PageLink>) -> Stop {
    let what = match link {
        Some(_) => "a page of the listing names itself as the next one".to_owned(),
        None => format!("the listing does not end after {MAX_PAGES} pages"),
    };
    Stop::Failed(Failure::new("listing the directory's users", Cause::Inconsistent(what)))
}
