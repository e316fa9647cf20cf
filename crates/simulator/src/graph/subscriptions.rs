//! Subscriptions to changes (Graph docs: subscription resource type, create, update, list, get and delete).

mod handshake;
mod terms;
mod wish;

#[cfg(test)]
mod tests;

use bytes::Bytes;
use http::Response;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::answer::{empty_answer, json_answer};
use crate::route::Route;
use crate::state::{Call, State};
use crate::subscription::{Subscription, Target};

use super::Read;
use super::error::GraphError;

pub(crate) use wish::{Unfulfilled, Wish};

/// The app's own object in the tenant, which creates its subscriptions.
const CREATOR: Uuid = Uuid::from_u128(0x5e1f_0000_51c0_4000_8000_0000_0000_0003);

pub(super) fn answer(state: &mut State, call: &Call<'_>, read: &Read<'_>) -> Result<Response<Bytes>, GraphError> {
    match read.route {
        Route::SubscriptionsList => list(state, call, read),
        Route::Subscription => {
            let subscription = permitted(state, call, read)?;
            Ok(json_answer(200, &shown(subscription, state, &read.base)))
        }
        Route::SubscriptionRenew => renew(state, call, read),
        Route::SubscriptionDelete => {
            let id = permitted(state, call, read)?.id;
            state.subscriptions.remove(id, call.now);
            Ok(empty_answer(204))
        }
        // Creation calls the subscriber in the middle, for which an item of a batch has no room here.
        _ => Err(GraphError::new(400, "BadRequest", "This simulation creates no subscriptions in a batch.")),
    }
}

fn list(state: &State, call: &Call<'_>, read: &Read<'_>) -> Result<Response<Bytes>, GraphError> {
    if !read.rights.users && !read.rights.group_subscriptions {
        return Err(denied());
    }
    let all = state.subscriptions.live(call.now).map(|one| entry(one, state));
    let context = format!("{}/$metadata#subscriptions", read.base);
    Ok(json_answer(200, &json!({ "@odata.context": context, "value": all.collect::<Vec<_>>() })))
}

fn renew(state: &mut State, call: &Call<'_>, read: &Read<'_>) -> Result<Response<Bytes>, GraphError> {
    let id = permitted(state, call, read)?.id;
    let body = read.json_body()?;
    let fields = body.as_object().ok_or_else(|| terms::bad("The body must be an object."))?;
    if let Some(name) = fields.keys().find(|name| !["expirationDateTime", "notificationUrl"].contains(&name.as_str())) {
        return Err(terms::bad(format!("The property '{name}' cannot be updated.")));
    }
    if fields.is_empty() {
        return Err(terms::bad("The body must contain expirationDateTime or notificationUrl."));
    }
    let overlong = state.behaviour.graph.overlong_expiry;
    let expires = match fields.get("expirationDateTime") {
        Some(text) => Some(terms::expiry(text.as_str(), overlong, call.now)?),
        None => None,
    };
    let url = match fields.get("notificationUrl") {
        Some(url) => Some(terms::url("notificationUrl", url.as_str())?),
        None => None,
    };
    if let Some(subscription) = state.subscriptions.get_mut(id, call.now) {
        subscription.expires = expires.unwrap_or(subscription.expires);
        if let Some(url) = url {
            subscription.notification_url = url;
        }
    }
    let subscription = permitted(state, call, read)?;
    Ok(json_answer(200, &shown(subscription, state, &read.base)))
}

/// The subscription in the path, if the app has the right to what it is to.
fn permitted<'s>(state: &'s State, call: &Call<'_>, read: &Read<'_>) -> Result<&'s Subscription, GraphError> {
    let text = read.segments.get(1).copied().unwrap_or_default();
    let found = text.parse().ok().and_then(|id| state.subscriptions.get(id, call.now));
    let found = found.ok_or_else(|| GraphError::new(404, "ResourceNotFound", "The object was not found."))?;
    require(found.target, read)?;
    Ok(found)
}

fn require(target: Target, read: &Read<'_>) -> Result<(), GraphError> {
    let may = if target.is_of_users() { read.rights.users } else { read.rights.group_subscriptions };
    if may { Ok(()) } else { Err(denied()) }
}

fn denied() -> GraphError {
    GraphError::new(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
}

fn shown(subscription: &Subscription, state: &State, base: &str) -> Value {
    let mut shown = entry(subscription, state);
    if let Some(shown) = shown.as_object_mut() {
        shown.insert("@odata.context".to_owned(), format!("{base}/$metadata#subscriptions/$entity").into());
    }
    shown
}

fn entry(subscription: &Subscription, state: &State) -> Value {
    json!({
        "id": subscription.id,
        "resource": subscription.resource,
        "applicationId": state.behaviour.entra.client,
        "changeType": subscription.change_type,
        "clientState": subscription.client_state,
        "notificationUrl": subscription.notification_url,
        "notificationQueryOptions": null,
        "lifecycleNotificationUrl": subscription.lifecycle_notification_url,
        "expirationDateTime": subscription.expires,
        "creatorId": CREATOR,
        "includeResourceData": null,
        "latestSupportedTlsVersion": subscription.tls,
        "encryptionCertificate": null,
        "encryptionCertificateId": null,
        "notificationUrlAppId": null,
    })
}
