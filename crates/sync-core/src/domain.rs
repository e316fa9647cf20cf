//! The words of the synchronisation as types: directory users, accounts, links, groups, roles, the mapping.
//!
//! Nothing in here knows HTTP, AWS, a clock or anybody's JSON.

mod account;
mod digits;
mod email;
mod field;
mod group_tree;
mod ids;
mod lens;
mod mapping;
mod missing;
mod operator;
mod personal;
mod profile;
mod scope;
mod user;

pub use account::{Account, AccountPatch, AccountRole, ExternalId, LinkChange, NewAccount};
pub(crate) use digits::{hex, short_name};
pub use email::Email;
pub use field::{Field, FieldSet};
pub use group_tree::GroupTree;
pub use ids::{AccountId, DirectoryUserId, GroupId, IdError, OpaqueId, RoleId};
pub use lens::Lens;
pub use mapping::{Mapping, MappingError, MappingProblem, MappingSpec, MinimumError, MinimumHolders, Role};
pub use missing::{Attribute, Instead, MissingFields, MissingFieldsError};
pub use operator::Operator;
pub use personal::Personal;
pub use profile::{Profile, ProfileChanges, Replaced};
pub use scope::{
    Admission, Extension, Filter, FilterError, Leaving, Outside, Property, Scope, Shown, UnknownLeaving, Within,
    scope_groups,
};
pub use user::DirectoryUser;
