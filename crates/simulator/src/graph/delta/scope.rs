use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::Read;
use super::super::error::GraphError;
use super::super::users;
use super::Kind;

/// A filter takes no more ids (Graph docs: delta query overview).
const MOST_IDS: usize = 50;
/// What groups have; the simulation's have a name and members.
const OF_GROUPS: [&str; 12] = [
    "createdDateTime",
    "description",
    "displayName",
    "groupTypes",
    "id",
    "mail",
    "mailEnabled",
    "mailNickname",
    "members",
    "owners",
    "securityEnabled",
    "visibility",
];

/// Which objects and which of their properties a delta query tracks. Its tokens carry it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Scope {
    /// `None`: the usual ones.
    pub(super) select: Option<Vec<String>>,
    ids: Option<BTreeSet<Uuid>>,
}

impl Scope {
    /// What a query asks for that has no token yet.
    pub(super) fn of(read: &Read<'_>, kind: Kind) -> Result<Self, GraphError> {
        let select = read.query.select.clone();
        match kind {
            Kind::Users => users::check_select(select.as_deref())?,
            Kind::Groups => {
                if let Some(name) = select.iter().flatten().find(|name| !OF_GROUPS.contains(&name.as_str())) {
                    let message = format!(
                        "Parsing OData Select and Expand failed: Could not find a property named '{name}' on type 'microsoft.graph.group'."
                    );
                    return Err(GraphError::new(400, "BadRequest", message));
                }
            }
        }
        Ok(Self { select, ids: read.query.filter.as_deref().map(ids).transpose()? })
    }

    pub(super) fn has(&self, id: Uuid) -> bool {
        self.ids.as_ref().is_none_or(|ids| ids.contains(&id))
    }

    pub(super) fn selects(&self, name: &str) -> bool {
        self.select.as_ref().is_none_or(|names| names.iter().any(|selected| selected == name))
    }

    pub(super) fn in_context(&self) -> String {
        self.select.as_ref().map(|names| format!("({})", names.join(","))).unwrap_or_default()
    }

    /// The options of a query that asks for the same.
    pub(super) fn options(&self) -> String {
        let mut options = url::form_urlencoded::Serializer::new(String::new());
        if let Some(names) = &self.select {
            options.append_pair("$select", &names.join(","));
        }
        if let Some(ids) = &self.ids {
            let terms: Vec<String> = ids.iter().map(|id| format!("id eq '{id}'")).collect();
            options.append_pair("$filter", &terms.join(" or "));
        }
        options.finish()
    }
}

/// The ids of `id eq 'a' or id eq 'b'`.
fn ids(filter: &str) -> Result<BTreeSet<Uuid>, GraphError> {
    let unsupported = |why: &str| GraphError::new(400, "Request_UnsupportedQuery", why);
    let terms: Vec<&str> = filter.split(" or ").collect();
    if terms.len() > MOST_IDS {
        return Err(unsupported("A delta query filters by at most 50 ids."));
    }
    let id = |term: &str| {
        let quoted = term.trim().strip_prefix("id eq ")?.trim();
        quoted.strip_prefix('\'')?.strip_suffix('\'')?.parse().ok()
    };
    let ids: Option<BTreeSet<Uuid>> = terms.into_iter().map(id).collect();
    ids.ok_or_else(|| unsupported("A delta query filters by ids only."))
}
