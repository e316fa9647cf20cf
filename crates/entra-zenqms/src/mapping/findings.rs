use serde::Serialize;
use sync_core::domain::{GroupId, Mapping, MinimumHolders, Role};

use super::change::GroupChange;

/// Which mapping is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Looked {
    /// The one that is deployed.
    Deployed,
    /// One that is not yet.
    File,
    /// One that nothing is deployed to be compared with.
    Undeployed,
}

/// What is to be looked at.
pub(super) struct Asked<'a> {
    pub(super) looked: Looked,
    /// The mapping as its author wrote it.
    pub(super) text: &'a str,
    /// The mapping by which the flows work.
    pub(super) kept: &'a Mapping,
    /// Which roles must keep holders, as another setting says.
    pub(super) minimum: &'a MinimumHolders,
}

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct Findings {
    pub(super) checked: Looked,
    /// What is wrong, a sentence each.
    pub(super) problems: Vec<String>,
    /// What is not wrong, and ought to be known.
    pub(super) notes: Vec<String>,
    /// The groups of the mapping.
    pub(super) groups: Vec<GroupFound>,
    /// Its roles.
    pub(super) roles: Vec<RoleFound>,
    /// What the text changes about what is kept.
    pub(super) changes: Vec<GroupChange>,
}

/// A mapped group.
#[derive(Debug, Serialize)]
pub(super) struct GroupFound {
    pub(super) group: GroupId,
    pub(super) exists: bool,
    /// How many people are in it, where Entra ID says so.
    pub(super) people: Option<u64>,
    pub(super) roles: Vec<Role>,
}

/// A mapped role.
#[derive(Debug, Serialize)]
pub(super) struct RoleFound {
    /// As ZenQMS has it, or had it when the mapping was deployed.
    #[serde(flatten)]
    pub(super) role: Role,
    pub(super) exists: bool,
    /// The groups that give it.
    pub(super) groups: Vec<GroupId>,
}

impl Findings {
    /// Whether somebody has to do something.
    pub(super) fn waits(&self) -> bool {
        // What another mapping would change is what it is for.
        !self.problems.is_empty() || (self.checked == Looked::Deployed && !self.changes.is_empty())
    }
}
