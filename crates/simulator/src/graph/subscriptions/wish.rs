//! Creating a subscription: before its subscriber is called, the call, and after it.

use bytes::Bytes;
use http::Response;
use serde_json::Value;
use uuid::{Builder, Uuid};

use crate::answer::json_answer;
use crate::notify::Receiver;
use crate::state::{Call, State};
use crate::subscription::{Subscription, Target};

use super::super::Read;
use super::super::error::GraphError;
use super::{handshake, require, shown, terms};

/// A subscription that may be made if its subscriber wants it.
pub(crate) struct Wish {
    subscription: Subscription,
    tokens: [String; 2],
    base: String,
}

/// Why a subscription cannot be made.
pub(crate) struct Unfulfilled(GraphError);

impl Wish {
    /// Checks all that can be checked without calling anybody.
    pub(in crate::graph) fn of(state: &mut State, call: &Call<'_>, read: &Read<'_>) -> Result<Self, Unfulfilled> {
        Self::checked(state, call, read).map_err(Unfulfilled)
    }

    fn checked(state: &mut State, call: &Call<'_>, read: &Read<'_>) -> Result<Self, GraphError> {
        let body = read.json_body()?;
        let text = |name: &str| body.get(name).and_then(Value::as_str);
        let resource = terms::required("resource", text("resource"))?;
        let target = Target::of(resource)
            .ok_or_else(|| terms::bad(format!("Invalid 'resource' attribute: '{resource}' is not supported.")))?;
        require(target, read)?;
        let change_type = terms::required("changeType", text("changeType"))?;
        if body.get("includeResourceData").and_then(Value::as_bool) == Some(true) {
            return Err(terms::bad("Resource data is not supported for this resource."));
        }
        let lifecycle_url = match body.get("lifecycleNotificationUrl").filter(|url| !url.is_null()) {
            Some(url) => Some(terms::url("lifecycleNotificationUrl", url.as_str())?),
            None => None,
        };
        let subscription = Subscription {
            id: Uuid::nil(),
            resource: target.to_string(),
            change_type: change_type.to_owned(),
            notification_url: terms::url("notificationUrl", text("notificationUrl"))?,
            lifecycle_notification_url: lifecycle_url,
            client_state: terms::client_state(text("clientState"))?,
            expires: terms::expiry(text("expirationDateTime"), state.behaviour.graph.overlong_expiry, call.now)?,
            tls: text("latestSupportedTlsVersion").unwrap_or("v1_2").to_owned(),
            target,
            kinds: terms::change_kinds(change_type)?,
        };
        let mut wish = Self { subscription, tokens: [String::new(), String::new()], base: read.base.clone() };
        wish.check_room(state, call)?;
        wish.subscription.id = Builder::from_random_bytes(state.dice.u128(..).to_be_bytes()).into_uuid();
        wish.tokens = [handshake::token(state.dice.u128(..)), handshake::token(state.dice.u128(..))];
        Ok(wish)
    }

    /// Calls the subscriber.
    pub(crate) async fn validated(self, receiver: Option<&dyn Receiver>) -> Result<Self, Unfulfilled> {
        let Subscription { notification_url, lifecycle_notification_url, .. } = &self.subscription;
        let urls = std::iter::once(notification_url).chain(lifecycle_notification_url);
        for (url, token) in urls.zip(&self.tokens) {
            handshake::validate(receiver, url, token).await.map_err(Unfulfilled)?;
        }
        Ok(self)
    }

    /// Makes the subscription, unless another took its place meanwhile.
    pub(in crate::graph) fn carry_out(
        self,
        state: &mut State,
        call: &Call<'_>,
    ) -> Result<Response<Bytes>, Unfulfilled> {
        self.check_room(state, call).map_err(Unfulfilled)?;
        let answer = json_answer(201, &shown(&self.subscription, state, &self.base));
        state.subscriptions.add(self.subscription, call.now);
        Ok(answer)
    }

    fn check_room(&self, state: &State, call: &Call<'_>) -> Result<(), GraphError> {
        let wanted = &self.subscription;
        let same = |one: &&Subscription| one.target == wanted.target && one.kinds == wanted.kinds;
        if let Some(Subscription { id, .. }) = state.subscriptions.live(call.now).find(same) {
            let message = format!("Subscription Id {id} already exists for the requested combination");
            return Err(GraphError::new(409, "Conflict", message));
        }
        let quota = state.behaviour.graph.subscription_quota;
        if let Some(quota) = quota.filter(|quota| state.subscriptions.live(call.now).count() >= *quota) {
            let message = format!(
                "Operation: Create; Exception: [Status Code: Forbidden; Reason: Maximum number of subscriptions has been reached, the limit is {quota}]"
            );
            return Err(GraphError::new(403, "ExtensionError", message));
        }
        Ok(())
    }
}

impl Unfulfilled {
    pub(in crate::graph) fn without_token() -> Self {
        Self(GraphError::new(401, "InvalidAuthenticationToken", "Access token validation failure."))
    }

    pub(in crate::graph) fn into_answer(self) -> Response<Bytes> {
        self.0.into_answer()
    }
}
