//! Listing a group's members whole, or not at all.

use crate::domain::{DirectoryUserId, GroupId};
use crate::failure::{Cause, Failure};
use crate::ports::{GroupMembers, Nesting};

/// No group has more pages of members: 10,000,000 people.
const MAX_PAGES: usize = 10_011;

/// Shows each page of a group's members to `take`, and returns how many there are.
///
/// # Errors
/// What the directory says; or that it listed fewer than it announced, or does not end. What was taken by then is not all.
pub async fn list_members(
    directory: &impl GroupMembers,
    group: GroupId,
    nesting: Nesting,
    mut take: impl FnMut(&[DirectoryUserId]),
) -> Result<u64, Failure> {
    let short = |what: String| Failure::new(format!("listing the members of group {group}"), Cause::Inconsistent(what));
    let mut page = directory.members(group, nesting, None).await?;
    let total = page.total;
    let mut members = 0_u64;
    for _ in 0..MAX_PAGES {
        members += page.members.len() as u64;
        take(&page.members);
        let Some(link) = page.next else {
            return match total {
                Some(total) if members < total => {
                    Err(short(format!("Graph announced {total} members and listed {members}")))
                }
                _ => Ok(members),
            };
        };
        page = directory.members(group, nesting, Some(&link)).await?;
    }
    Err(short(format!("the list does not end after {MAX_PAGES} pages")))
}
