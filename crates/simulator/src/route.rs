use std::fmt;

use http::Method;

/// One endpoint, or a set of them where a name begins with `Any`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Route {
    /// `POST /login/{tenant}/oauth2/v2.0/token`.
    Token,
    /// `GET /users`.
    UsersList,
    /// `GET /users/{id}`.
    User,
    /// `GET /users/delta`.
    UsersDelta,
    /// `GET /groups/{id}`.
    Group,
    /// `GET /groups/delta`.
    GroupsDelta,
    /// `GET /groups/{id}/members`, with or without the cast to users.
    Members,
    /// `GET /groups/{id}/transitiveMembers`, with or without a cast to users or groups.
    TransitiveMembers,
    /// `GET /users/{id}/memberOf`.
    MemberOf,
    /// `POST /users/{id}/checkMemberGroups`.
    CheckMemberGroups,
    /// `POST /users/{id}/getMemberGroups`.
    GetMemberGroups,
    /// `GET /directory/deletedItems/{id}`.
    DeletedItem,
    /// `GET /directory/deletedItems/microsoft.graph.user` and `.group`.
    DeletedItems,
    /// `POST /subscriptions`.
    SubscriptionCreate,
    /// `GET /subscriptions`.
    SubscriptionsList,
    /// `GET /subscriptions/{id}`.
    Subscription,
    /// `PATCH /subscriptions/{id}`.
    SubscriptionRenew,
    /// `DELETE /subscriptions/{id}`.
    SubscriptionDelete,
    /// `POST /$batch`; its items are calls of their own routes, counted apart.
    Batch,
    /// Any other address of Graph.
    GraphUnknown,
    /// `POST /v2/users`.
    AccountCreate,
    /// `PATCH /v2/users/{id}`.
    AccountPatch,
    /// `POST /v2/users/search`.
    AccountSearch,
    /// `POST /v2/users/{id}/roles/add`.
    RolesAdd,
    /// `DELETE /v2/users/{id}/roles/remove`.
    RolesRemove,
    /// `POST /v2/roles/search`.
    RolesSearch,
    /// Any other address of ZenQMS.
    ZenqmsUnknown,
    /// An address of no service at all.
    Unknown,
    /// Every endpoint.
    Any,
    /// Every endpoint of Graph; the token endpoint is none of them.
    AnyGraph,
    /// Every endpoint of ZenQMS.
    AnyZenqms,
    /// Every endpoint that writes to ZenQMS.
    AnyWrite,
}

/// Who answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    Login,
    Graph,
    Zenqms,
    Nobody,
}

impl Route {
    /// Whether `actual` is this endpoint or one of this set.
    #[must_use]
    pub fn covers(self, actual: Self) -> bool {
        match self {
            Self::Any => true,
            Self::AnyGraph => actual.service() == Service::Graph,
            Self::AnyZenqms => actual.service() == Service::Zenqms,
            Self::AnyWrite => {
                matches!(actual, Self::AccountCreate | Self::AccountPatch | Self::RolesAdd | Self::RolesRemove)
            }
            one => one == actual,
        }
    }

    /// The endpoint behind a method and a path below the simulation's base.
    pub(crate) fn of(method: &Method, path: &str) -> Self {
        let mut segments = path.split('/').filter(|segment| !segment.is_empty());
        match segments.next() {
            Some("login") => match (method, segments.collect::<Vec<_>>().as_slice()) {
                (&Method::POST, [_, "oauth2", "v2.0", "token"]) => Self::Token,
                _ => Self::Unknown,
            },
            Some("graph") => match segments.next() {
                Some("v1.0") => Self::of_graph(method, &segments.collect::<Vec<_>>()),
                _ => Self::GraphUnknown,
            },
            Some("zenqms") => match segments.next() {
                Some("v2") => Self::of_zenqms(method, &segments.collect::<Vec<_>>()),
                _ => Self::ZenqmsUnknown,
            },
            _ => Self::Unknown,
        }
    }

    /// The endpoint behind a method and the segments of a path below `/v1.0`.
    pub(crate) fn of_graph(method: &Method, segments: &[&str]) -> Self {
        match (method, segments) {
            (&Method::GET, ["users"]) => Self::UsersList,
            (&Method::GET, ["users", "delta"]) => Self::UsersDelta,
            (&Method::GET, ["users", _]) => Self::User,
            (&Method::GET, ["users", _, "memberOf"]) => Self::MemberOf,
            (&Method::POST, ["users", _, "checkMemberGroups" | "microsoft.graph.checkMemberGroups"]) => {
                Self::CheckMemberGroups
            }
            (&Method::POST, ["users", _, "getMemberGroups" | "microsoft.graph.getMemberGroups"]) => {
                Self::GetMemberGroups
            }
            (&Method::GET, ["groups", "delta"]) => Self::GroupsDelta,
            (&Method::GET, ["groups", _]) => Self::Group,
            (&Method::GET, ["groups", _, "members"] | ["groups", _, "members", "microsoft.graph.user"]) => {
                Self::Members
            }
            (
                &Method::GET,
                ["groups", _, "transitiveMembers"]
                | ["groups", _, "transitiveMembers", "microsoft.graph.user" | "microsoft.graph.group"],
            ) => Self::TransitiveMembers,
            (&Method::GET, ["directory", "deletedItems", "microsoft.graph.user" | "microsoft.graph.group"]) => {
                Self::DeletedItems
            }
            (&Method::GET, ["directory", "deletedItems", _]) => Self::DeletedItem,
            (&Method::POST, ["subscriptions"]) => Self::SubscriptionCreate,
            (&Method::GET, ["subscriptions"]) => Self::SubscriptionsList,
            (&Method::GET, ["subscriptions", _]) => Self::Subscription,
            (&Method::PATCH, ["subscriptions", _]) => Self::SubscriptionRenew,
            (&Method::DELETE, ["subscriptions", _]) => Self::SubscriptionDelete,
            (&Method::POST, ["$batch" | "%24batch"]) => Self::Batch,
            _ => Self::GraphUnknown,
        }
    }

    fn of_zenqms(method: &Method, segments: &[&str]) -> Self {
        match (method, segments) {
            (&Method::POST, ["users"]) => Self::AccountCreate,
            (&Method::POST, ["users", "search"]) => Self::AccountSearch,
            (&Method::PATCH, ["users", _]) => Self::AccountPatch,
            (&Method::POST, ["users", _, "roles", "add"]) => Self::RolesAdd,
            (&Method::DELETE, ["users", _, "roles", "remove"]) => Self::RolesRemove,
            (&Method::POST, ["roles", "search"]) => Self::RolesSearch,
            _ => Self::ZenqmsUnknown,
        }
    }

    pub(crate) fn service(self) -> Service {
        match self {
            Self::Token => Service::Login,
            Self::UsersList
            | Self::User
            | Self::UsersDelta
            | Self::Group
            | Self::GroupsDelta
            | Self::Members
            | Self::TransitiveMembers
            | Self::MemberOf
            | Self::CheckMemberGroups
            | Self::GetMemberGroups
            | Self::DeletedItem
            | Self::DeletedItems
            | Self::SubscriptionCreate
            | Self::SubscriptionsList
            | Self::Subscription
            | Self::SubscriptionRenew
            | Self::SubscriptionDelete
            | Self::Batch
            | Self::GraphUnknown
            | Self::AnyGraph => Service::Graph,
            Self::AccountCreate
            | Self::AccountPatch
            | Self::AccountSearch
            | Self::RolesAdd
            | Self::RolesRemove
            | Self::RolesSearch
            | Self::ZenqmsUnknown
            | Self::AnyZenqms
            | Self::AnyWrite => Service::Zenqms,
            Self::Unknown | Self::Any => Service::Nobody,
        }
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{self:?}"))
    }
}
