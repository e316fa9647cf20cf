use std::collections::BTreeSet;

use crate::apply::{Membership, Subject};
use crate::domain::{DirectoryUserId, GroupId};
use crate::plan::KnownGroups;
use crate::ports::{DirectoryLook, DirectoryMemberships, Each, Looked, Nesting, Presence};

/// Reads people from the directory, as far as a flow needs them.
pub trait Subjects: Sync {
    /// Each of `people`, in their order; `None`: the directory knows nothing of him. `gone` are those whom the directory has
    /// called deleted for good.
    fn read(
        &self,
        people: &[DirectoryUserId],
        gone: &BTreeSet<DirectoryUserId>,
        groups: &[GroupId],
    ) -> impl Future<Output = Each<Option<Subject>>> + Send;

    /// Whether that is all there is to know of a person, and not his roles alone.
    fn is_whole(&self) -> bool;

    /// Whether some of those who are asked for may be no people at all, but groups.
    fn may_be_groups(&self) -> bool {
        false
    }
}

/// Profile and groups.
#[derive(Debug)]
pub struct Whole<'a, D>(pub &'a D, pub Nesting);

impl<D: DirectoryLook> Subjects for Whole<'_, D> {
    async fn read(
        &self,
        people: &[DirectoryUserId],
        gone: &BTreeSet<DirectoryUserId>,
        groups: &[GroupId],
    ) -> Each<Option<Subject>> {
        let looked = self.0.look(people, groups, self.1).await?;
        let subject = |user: DirectoryUserId, Looked { presence, member_of }| match presence {
            Presence::Present(user) => {
                let known = |member_of| Membership::Known(KnownGroups { member_of, unread: BTreeSet::new() });
                // A replica that knows him and one that does not: that is no answer about his groups.
                let groups = member_of.map_or(Membership::Unread, known);
                Some(Subject::Present { user: *user, rivals: Vec::new(), groups })
            }
            Presence::Deleted => Some(Subject::Deleted(user)),
            // Not found anywhere and called deleted: both together are an answer, each alone is none.
            Presence::Unknown if gone.contains(&user) => Some(Subject::Deleted(user)),
            Presence::Unknown => None,
        };
        Ok(people.iter().zip(looked).map(|(&user, looked)| looked.map(|looked| subject(user, looked))).collect())
    }

    fn is_whole(&self) -> bool {
        true
    }
}

/// As much of people as a change of a group can change.
#[derive(Debug)]
pub struct OfGroups<'a, D> {
    /// Who is asked.
    pub directory: &'a D,
    /// Whether nested groups count.
    pub nesting: Nesting,
    /// Whether a group may decide more than roles.
    pub whole: bool,
}

impl<D: DirectoryLook + DirectoryMemberships> Subjects for OfGroups<'_, D> {
    async fn read(
        &self,
        people: &[DirectoryUserId],
        gone: &BTreeSet<DirectoryUserId>,
        groups: &[GroupId],
    ) -> Each<Option<Subject>> {
        if self.whole {
            Whole(self.directory, self.nesting).read(people, gone, groups).await
        } else {
            self.roles(people, groups).await
        }
    }

    fn is_whole(&self) -> bool {
        self.whole
    }

    fn may_be_groups(&self) -> bool {
        true
    }
}

impl<D: DirectoryMemberships> OfGroups<'_, D> {
    /// Groups alone.
    async fn roles(&self, people: &[DirectoryUserId], groups: &[GroupId]) -> Each<Option<Subject>> {
        let memberships = self.directory.memberships(people, groups, self.nesting).await?;
        let subject =
            |user, member_of| Subject::Member { user, groups: KnownGroups { member_of, unread: BTreeSet::new() } };
        let memberships = people.iter().zip(memberships);
        Ok(memberships.map(|(&user, member_of)| member_of.map(|groups| groups.map(|of| subject(user, of)))).collect())
    }
}
