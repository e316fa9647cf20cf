use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::state::State;
use crate::world::Member;

use super::super::Read;
use super::super::error::GraphError;
use super::Kind;
use super::scope::Scope;

/// Where a delta query goes on, and what it asks for. Opaque to clients: base64 of JSON here.
#[derive(Serialize, Deserialize)]
pub(super) struct Token {
    kind: Kind,
    pub(super) scope: Scope,
    pub(super) place: Place,
    issued: i64,
    /// How many resets there had been.
    resets: u64,
}

/// A place in a delta query. Numbers are those of the feed's entries.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Place {
    /// In the enumeration of what there is. The changes since it began come in the round after it.
    Initial { start: usize, next: Next },
    /// In a round of changes, behind so many of its objects.
    Round { since: usize, until: usize, offset: usize },
    /// Between two rounds.
    Since(usize),
}

/// What an enumeration shows next.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Next {
    Anything,
    /// The people from a place on.
    Person(usize),
    /// A group and those after it.
    Group(Uuid),
    /// A group's members behind one, who is a group if so said, then the groups after it.
    Members(Uuid, bool, Uuid),
}

impl Place {
    pub(super) const fn beginning(start: usize) -> Self {
        Self::Initial { start, next: Next::Anything }
    }

    /// A replica that is behind what its caller has seen already has nothing to say.
    pub(super) fn begin_round(&self, horizon: usize) -> Self {
        match self {
            Self::Since(since) => Self::Round { since: *since, until: horizon.max(*since), offset: 0 },
            other => other.clone(),
        }
    }

    /// The number that it has to be below, or at, for the simulation to know it.
    const fn furthest(&self) -> usize {
        match self {
            Self::Initial { start, .. } => *start,
            Self::Round { until, .. } => *until,
            Self::Since(since) => *since,
        }
    }
}

impl Next {
    pub(super) fn behind(group: Uuid, member: Member) -> Self {
        match member {
            Member::Group(inner) => Self::Members(group, true, inner),
            Member::Person(person) => Self::Members(group, false, person),
        }
    }
}

impl Token {
    pub(super) fn new(kind: Kind, scope: Scope, place: Place, state: &State) -> Self {
        Self { kind, scope, place, issued: 0, resets: state.delta_resets }
    }

    /// The token of a next page.
    pub(super) fn of_page(
        text: &str,
        kind: Kind,
        read: &Read<'_>,
        state: &State,
        now: Timestamp,
    ) -> Result<Self, GraphError> {
        let token = Self::read(text, kind, read, state)?;
        if matches!(token.place, Place::Since(_)) {
            return Err(invalid());
        }
        if token.is_older_than(state.behaviour.graph.page_token_life, now) {
            return Err(GraphError::new(
                400,
                "Directory_ExpiredPageToken",
                "The specified page token value has expired and can no longer be included in your request.",
            ));
        }
        Ok(token)
    }

    /// The token of a next round.
    pub(super) fn of_delta(
        text: &str,
        kind: Kind,
        read: &Read<'_>,
        state: &State,
        now: Timestamp,
    ) -> Result<Self, GraphError> {
        let token = Self::read(text, kind, read, state)?;
        if !matches!(token.place, Place::Since(_)) {
            return Err(invalid());
        }
        if token.is_older_than(state.behaviour.graph.delta_token_life, now) {
            return Err(token.gone(read));
        }
        Ok(token)
    }

    fn read(text: &str, kind: Kind, read: &Read<'_>, state: &State) -> Result<Self, GraphError> {
        if read.query.select.is_some() || read.query.filter.is_some() {
            let message = "A token carries $select and $filter already.";
            return Err(GraphError::new(400, "Request_UnsupportedQuery", message));
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| invalid())?;
        let token: Self = serde_json::from_slice(&bytes).map_err(|_| invalid())?;
        if token.kind != kind || token.place.furthest() > state.log.feed().len() {
            return Err(invalid());
        }
        if token.resets != state.delta_resets {
            return Err(token.gone(read));
        }
        Ok(token)
    }

    fn is_older_than(&self, life: Duration, now: Timestamp) -> bool {
        now.as_second().saturating_sub(self.issued) >= i64::try_from(life.as_secs()).unwrap_or(i64::MAX)
    }

    /// The answer to a token that is honoured no more: begin again.
    fn gone(&self, read: &Read<'_>) -> GraphError {
        let mut options = self.scope.options();
        if !options.is_empty() {
            options.push('&');
        }
        let location = format!("{}/{}/delta?{options}$deltatoken=", read.base, self.kind.segment());
        let message = "The delta token is no longer known. Begin a full synchronisation.";
        GraphError::new(410, "syncStateNotFound", message).with_location(location)
    }

    /// The link that leads to a place.
    pub(super) fn link(&self, read: &Read<'_>, option: &str, place: Place, now: Timestamp) -> String {
        let token = Self { kind: self.kind, scope: self.scope.clone(), place, issued: now.as_second(), ..*self };
        let text = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&token).unwrap_or_default());
        format!("{}/{}/delta?{option}={text}", read.base, self.kind.segment())
    }
}

fn invalid() -> GraphError {
    GraphError::new(400, "Request_BadRequest", "The delta token is not valid.")
}
