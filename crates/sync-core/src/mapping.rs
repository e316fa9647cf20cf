//! Finding out what a mapping means: done when the stack is deployed, or when a run starts without a stack.

use std::fmt;

use crate::domain::{Mapping, MappingProblem, MappingSpec};
use crate::failure::Failure;
use crate::ports::{DirectoryGroups, RolesList};

/// Why a mapping could not be resolved.
#[derive(Debug)]
pub enum ResolveError {
    /// It names what is not there.
    Problems(Vec<MappingProblem>),
    /// It could not be found out.
    Failed(Failure),
}

impl fmt::Display for ResolveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Problems(problems) => {
                f.write_str("the group-to-role mapping cannot be used, and nothing was changed:")?;
                problems.iter().try_for_each(|problem| write!(f, "\n- {problem}"))
            }
            Self::Failed(failure) => failure.fmt(f),
        }
    }
}

impl std::error::Error for ResolveError {}

/// Finds the groups and roles that a mapping names. Asks nothing when nothing is mapped.
///
/// # Errors
/// All that is wrong with the mapping, or what could not be read.
pub async fn resolve(
    spec: &MappingSpec,
    directory: &impl DirectoryGroups,
    zenqms: &impl RolesList,
) -> Result<Mapping, ResolveError> {
    if spec.is_empty() {
        return Ok(Mapping::default());
    }
    let groups: Vec<_> = spec.groups().collect();
    let existing = directory.existing(&groups).await.map_err(ResolveError::Failed)?;
    let roles = zenqms.roles().await.map_err(ResolveError::Failed)?;
    spec.resolve(&existing.into_iter().collect(), &roles).map_err(ResolveError::Problems)
}
