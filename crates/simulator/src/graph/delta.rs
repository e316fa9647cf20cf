//! Delta queries: what there is, then what has changed since (Graph docs: delta query overview, user and group delta).

mod initial;
mod round;
mod scope;
mod show;
mod token;

#[cfg(test)]
mod tests;

use serde_json::{Value, json};

use crate::change::View;
use crate::route::Route;
use crate::state::{Call, State};

use super::Read;
use super::error::{GraphError, GraphResult};

use scope::Scope;
use token::{Place, Token};

/// Graph's page, which cannot be asked for; seen in the field.
const PAGE: usize = 200;

/// What a delta query is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
enum Kind {
    Users,
    Groups,
}

/// What a page is made of.
struct Source<'a> {
    read: &'a Read<'a>,
    state: &'a State,
    view: View<'a>,
    kind: Kind,
    scope: &'a Scope,
    /// The most objects on a page, and the most members on it.
    size: usize,
}

/// The objects of a page, and where it goes on; `None`: nowhere, the round is over.
struct Page {
    value: Vec<Value>,
    next: Option<Place>,
}

pub(super) fn list(read: &Read<'_>, state: &State, call: &Call<'_>) -> GraphResult {
    let kind = if read.route == Route::UsersDelta { Kind::Users } else { Kind::Groups };
    read.require(match kind {
        Kind::Users => read.rights.users,
        Kind::Groups => read.rights.groups,
    })?;
    check_options(read)?;

    let feed = state.log.feed();
    let horizon = feed.horizon(call.age, call.now);
    let token = match (&read.query.skip_token, read.query.delta_token.as_deref()) {
        (Some(text), _) => Token::of_page(text, kind, read, state, call.now)?,
        (None, None | Some("")) => Token::new(kind, Scope::of(read, kind)?, Place::beginning(horizon), state),
        (None, Some("latest")) => Token::new(kind, Scope::of(read, kind)?, Place::Since(horizon), state),
        (None, Some(text)) => {
            let mut token = Token::of_delta(text, kind, read, state, call.now)?;
            token.place = token.place.begin_round(horizon);
            token
        }
    };
    let source = |horizon: usize| Source {
        read,
        state,
        view: state.log.view_at(&state.world, horizon),
        kind,
        scope: &token.scope,
        size: state.behaviour.graph.page_cap.unwrap_or(PAGE).max(1),
    };
    let (page, since) = match &token.place {
        Place::Since(since) => (Page { value: Vec::new(), next: None }, *since),
        Place::Initial { start, next } => (initial::page(&source(horizon), *start, next), *start),
        Place::Round { since, until, offset } => {
            // Behind the round's other pages there is another round, which this page begins.
            let (until, offset) = if horizon < *until { (horizon.max(*since), 0) } else { (*until, *offset) };
            (round::page(&source(until), *since, until, offset), until)
        }
    };
    let link = match page.next {
        Some(next) => ("@odata.nextLink", token.link(read, "$skiptoken", next, call.now)),
        None => ("@odata.deltaLink", token.link(read, "$deltatoken", Place::Since(since), call.now)),
    };
    let context = format!("{}/$metadata#{}{}", read.base, kind.segment(), token.scope.in_context());
    Ok(json!({ "@odata.context": context, link.0: link.1, "value": page.value }))
}

fn check_options(read: &Read<'_>) -> Result<(), GraphError> {
    let top = (read.query.top.is_some() || read.query.bad_top.is_some()).then_some("$top");
    if let Some(option) = top.or(read.query.unknown.first().map(String::as_str)) {
        let message = format!("The query option '{option}' is not supported by delta queries.");
        return Err(GraphError::new(400, "Request_UnsupportedQuery", message));
    }
    Ok(())
}

impl Kind {
    const fn segment(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Groups => "groups",
        }
    }
}
