//! Microsoft Graph, as far as a directory is read and watched.

mod batch;
mod deleted;
mod delta;
mod error;
mod groups;
mod members;
mod page_token;
mod query;
mod subscriptions;
mod users;

#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeSet;

use bytes::Bytes;
use http::header::{AUTHORIZATION, DATE, HeaderName};
use http::{HeaderMap, Response};
use serde_json::Value;
use uuid::Uuid;

use crate::answer::{json_answer, refused, service_error, set};
use crate::behaviour::{Limit, MissingRights, http_date};
use crate::faults::Faults;
use crate::route::{Route, Service};
use crate::state::{Call, State};

use error::{GraphError, GraphResult};
use query::Query;
use subscriptions::Unfulfilled;

pub(crate) use subscriptions::Wish;

/// One read, be it a call of its own or an item of a `$batch`.
pub(crate) struct Read<'a> {
    route: Route,
    segments: Vec<&'a str>,
    query: Query,
    headers: &'a HeaderMap,
    body: &'a [u8],
    rights: Rights,
    /// `http://host/graph/v1.0`, as the caller wrote it: what links to next pages begin with.
    base: String,
}

/// What the app may read, by its token.
#[derive(Clone, Copy)]
struct Rights {
    users: bool,
    groups: bool,
    /// Subscriptions to groups need more than reading them.
    group_subscriptions: bool,
    missing: MissingRights,
}

pub(crate) fn answer(state: &mut State, call: &Call<'_>, faults: &Faults) -> Response<Bytes> {
    let answer = match Read::of(state, call) {
        None => service_error(Service::Graph, 401),
        Some(read) if call.route == Route::Batch => batch::answer(state, call, &read, faults),
        Some(read) => throttled(state, call, &read),
    };
    signed(state, call, answer)
}

/// The beginning of creating a subscription, up to where its subscriber is called.
pub(crate) fn begin_subscription(state: &mut State, call: &Call<'_>) -> Result<Wish, Unfulfilled> {
    match Read::of(state, call) {
        Some(read) => Wish::of(state, call, &read),
        None => Err(Unfulfilled::without_token()),
    }
}

/// The end of creating a subscription, once its subscriber has been called.
pub(crate) fn end_subscription(state: &mut State, call: &Call<'_>, wish: Result<Wish, Unfulfilled>) -> Response<Bytes> {
    let answer = wish.and_then(|wish| wish.carry_out(state, call)).unwrap_or_else(Unfulfilled::into_answer);
    signed(state, call, answer)
}

/// An answer with the headers that all have.
fn signed(state: &mut State, call: &Call<'_>, mut answer: Response<Bytes>) -> Response<Bytes> {
    let id = Uuid::from_u128(state.dice.u128(..)).to_string();
    set(&mut answer, HeaderName::from_static("request-id"), &id);
    set(&mut answer, DATE, &http_date(call.now));
    if let Some(own) = call.request.headers().get("client-request-id").and_then(|id| id.to_str().ok()) {
        set(&mut answer, HeaderName::from_static("client-request-id"), own);
    }
    answer
}

/// Answers a read, unless the app has used up its resource units.
fn throttled(state: &mut State, call: &Call<'_>, read: &Read<'_>) -> Response<Bytes> {
    // Subscriptions have limits of their own, which nobody reaches who does not try.
    if read.is_about_subscriptions() {
        return subscriptions::answer(state, call, read).unwrap_or_else(GraphError::into_answer);
    }
    if let Some(units) = state.behaviour.graph.throttle.units(state.world.people.len()) {
        let cost = f64::from(read.cost());
        let limit = Limit::TokenBucket { per_second: f64::from(units) / 10.0, burst: f64::from(units) };
        if let Err(wait) = state.graph_limiter.take(limit, cost, call.running) {
            let text = state.behaviour.graph.retry_after.text(wait, call.now);
            let mut answer = refused(service_error(Service::Graph, 429), text.as_deref());
            let scope = format!("Tenant_Application/ReadWrite/{}", state.behaviour.entra.client);
            set(&mut answer, HeaderName::from_static("x-ms-throttle-scope"), &scope);
            set(&mut answer, HeaderName::from_static("x-ms-throttle-information"), "ResourceUnitLimitExceeded");
            return answer;
        }
    }
    match read.answer(state, call) {
        Ok(body) => {
            let mut answer = json_answer(200, &body);
            set(&mut answer, HeaderName::from_static("x-ms-resource-unit"), &read.cost().to_string());
            answer
        }
        Err(error) => error.into_answer(),
    }
}

fn origin(call: &Call<'_>) -> String {
    let uri = call.request.uri();
    match (uri.scheme_str(), uri.authority(), call.request.headers().get("host")) {
        (Some(scheme), Some(authority), _) => format!("{scheme}://{authority}"),
        (_, _, Some(host)) => format!("http://{}", host.to_str().unwrap_or("localhost")),
        _ => "http://localhost".to_owned(),
    }
}

fn rights(permissions: &BTreeSet<String>, missing: MissingRights) -> Rights {
    let has = |names: &[&str]| names.iter().any(|name| permissions.contains(*name));
    Rights {
        users: has(&["User.Read.All", "Directory.Read.All"]),
        groups: has(&["Group.Read.All", "GroupMember.Read.All", "Directory.Read.All"]),
        group_subscriptions: has(&["Group.Read.All", "Directory.Read.All"]),
        missing,
    }
}

impl<'a> Read<'a> {
    /// What a call asks for; `None` if its token is not good.
    fn of(state: &State, call: &Call<'a>) -> Option<Self> {
        let request = call.request;
        let bearer = request.headers().get(AUTHORIZATION).and_then(|header| header.to_str().ok());
        let token = bearer.and_then(|bearer| bearer.strip_prefix("Bearer ")).unwrap_or_default();
        let permissions = state.tokens.permissions(token, call.running)?;
        Some(Self {
            route: call.route,
            segments: request.uri().path().split('/').filter(|segment| !segment.is_empty()).skip(2).collect(),
            query: Query::parse(request.uri().query().unwrap_or_default()),
            headers: request.headers(),
            body: request.body(),
            rights: rights(permissions, state.behaviour.graph.missing_rights),
            base: format!("{}/graph/v1.0", origin(call)),
        })
    }
}

impl Read<'_> {
    fn is_about_subscriptions(&self) -> bool {
        matches!(
            self.route,
            Route::SubscriptionCreate
                | Route::SubscriptionsList
                | Route::Subscription
                | Route::SubscriptionRenew
                | Route::SubscriptionDelete
        )
    }

    fn answer(&self, state: &State, call: &Call<'_>) -> GraphResult {
        let view = state.view(call);
        let graph = &state.behaviour.graph;
        match self.route {
            Route::UsersList => users::list(self, &view, graph, call.now),
            Route::User => users::one(self, &view),
            Route::UsersDelta | Route::GroupsDelta => delta::list(self, state, call),
            Route::Group => groups::one(self, &view),
            Route::Members => members::list(self, &view, graph, call.now, false),
            Route::TransitiveMembers => members::list(self, &view, graph, call.now, true),
            Route::MemberOf => groups::member_of(self, &view),
            Route::CheckMemberGroups => groups::check_member_groups(self, &view),
            Route::GetMemberGroups => groups::get_member_groups(self, &view),
            Route::DeletedItem => deleted::one(self, &view, call.now),
            Route::DeletedItems => deleted::list(self, &view, call.now),
            _ => Err(GraphError::not_found("Resource not found for the segment.")),
        }
    }

    /// Resource units (Graph docs: throttling limits): a base cost by endpoint, one less with `$select`, one less for
    /// pages below 20, never below one.
    fn cost(&self) -> u32 {
        let base: u32 = match self.route {
            Route::UsersList | Route::GetMemberGroups | Route::MemberOf => 2,
            Route::Members => 3,
            Route::TransitiveMembers => 5,
            Route::CheckMemberGroups => 4,
            _ => 1,
        };
        let less = u32::from(self.query.select.is_some()) + u32::from(self.query.top.is_some_and(|top| top < 20));
        base.saturating_sub(less).max(1)
    }

    /// The id in the path's second segment.
    fn id(&self, what: &str) -> Result<Uuid, GraphError> {
        let text = self.segments.get(1).copied().unwrap_or_default();
        text.parse().map_err(|_| {
            GraphError::new(400, "Request_BadRequest", format!("Invalid object identifier '{text}' of a {what}."))
        })
    }

    fn is_eventual(&self) -> bool {
        self.headers.get("consistencylevel").is_some_and(|level| level.as_bytes().eq_ignore_ascii_case(b"eventual"))
    }

    fn json_body(&self) -> Result<Value, GraphError> {
        serde_json::from_slice(self.body)
            .map_err(|_| GraphError::new(400, "BadRequest", "Unable to read JSON request payload."))
    }

    fn require(&self, may: bool) -> Result<(), GraphError> {
        if may || self.rights.missing == MissingRights::Blank {
            return Ok(());
        }
        let message = "Insufficient privileges to complete the operation.";
        Err(GraphError::new(403, "Authorization_RequestDenied", message))
    }
}
