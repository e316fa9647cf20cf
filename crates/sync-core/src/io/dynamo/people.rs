use std::collections::HashMap;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use jiff::Timestamp;

use crate::domain::DirectoryUserId;
use crate::failure::{Cause, Failure};
use crate::ports::{Came, Claim, Claimed, Found, Known, People, Read, Reply, Waiting};

use super::Ledger;
use super::failure::cause;
use super::table::Key;

/// Nobody holds the person, or his holder has died, or it is this very holder (the SDK repeats a call whose answer is lost).
const FREE: &str = "(attribute_not_exists(lease_until) OR lease_until < :now OR holder = :holder)";
const UNREAD: &str = "(attribute_not_exists(read_at) OR read_at <= :mine)";

/// Times are kept as numbers, microseconds since 1970: as texts they would not compare, since their fractions vary.
fn time(at: Timestamp) -> AttributeValue {
    AttributeValue::N(at.as_microsecond().to_string())
}

fn text(text: &impl ToString) -> AttributeValue {
    AttributeValue::S(text.to_string())
}

type Item = HashMap<String, AttributeValue>;

fn read_time(item: &Item, name: &str) -> Option<Timestamp> {
    let micros = item.get(name)?.as_n().ok()?.parse().ok()?;
    Timestamp::from_microsecond(micros).ok()
}

fn flag(item: &Item, name: &str) -> bool {
    item.get(name).is_some_and(|flag| flag.as_bool() == Ok(&true))
}

/// Whether somebody held the person, by a claim that had run out, when the one who holds him now came. If that is himself, the
/// SDK has repeated his call, and has written over what there was.
fn was_held_by_another(item: &Item) -> bool {
    item.get("taken_from").is_some_and(|from| from.as_s().is_ok_and(|from| !from.is_empty()))
}

fn awaited_by(item: &Item) -> Vec<Waiting> {
    let waiting = item.get("awaited_by").and_then(|set| set.as_ss().ok());
    waiting.into_iter().flatten().filter_map(|text| read_waiting(text)).collect()
}

pub(super) fn known(item: &Item) -> Known {
    Known {
        account: item.get("account_id").and_then(|id| serde_dynamo::from_attribute_value(id.clone()).ok()),
        read_at: read_time(item, "read_at"),
        roles_read_at: read_time(item, "roles_read_at"),
        reply: item.get("reply").and_then(|reply| read_reply(reply.as_s().ok()?)),
        second_look: read_time(item, "second_look"),
        parked: flag(item, "parked"),
        held: flag(item, "held"),
        link_announced: flag(item, "link_announced"),
        cut_off: flag(item, "cut_off") || was_held_by_another(item),
        excepted: item.get("excepted").and_then(|because| because.as_s().ok()).cloned(),
        awaited_by: awaited_by(item),
    }
}

fn read_reply(text: &str) -> Option<Reply> {
    let (asked_at, came) = text.split_once('#')?;
    Some(Reply { asked_at: Timestamp::from_microsecond(asked_at.parse().ok()?).ok()?, came: Came::named(came)? })
}

fn waiting_text(waiting: Waiting) -> String {
    match waiting {
        Waiting::ForAccount(user) => format!("account#{user}"),
        Waiting::ForRival(user) => format!("rival#{user}"),
    }
}

fn read_waiting(text: &str) -> Option<Waiting> {
    let (kind, user) = text.split_once('#')?;
    let user = DirectoryUserId::parse(user).ok()?;
    match kind {
        "account" => Some(Waiting::ForAccount(user)),
        "rival" => Some(Waiting::ForRival(user)),
        _ => None,
    }
}

/// The item as it stands, where a condition refused an update; otherwise why it failed.
fn refused<R>(error: SdkError<UpdateItemError, R>) -> Result<Item, Cause> {
    let why = cause(&error);
    match error {
        SdkError::ServiceError(error) => match error.into_err() {
            UpdateItemError::ConditionalCheckFailedException(refused) => Ok(refused.item.unwrap_or_default()),
            _ => Err(why),
        },
        _ => Err(why),
    }
}

/// A claim that is somebody else's by now is nothing that a run would have to stop for.
fn lost(cause: Cause) -> Cause {
    if matches!(cause, Cause::Superseded) { Cause::Busy } else { cause }
}

pub(super) fn look_key(user: DirectoryUserId) -> Key {
    Key { pk: format!("user#{user}"), sk: "look".to_owned() }
}

impl Ledger {
    pub(super) fn update_look(&self, user: DirectoryUserId) -> UpdateItemFluentBuilder {
        self.update(&look_key(user))
    }
}

impl People for Ledger {
    async fn claim(&self, claim: &Claim, newer_than: Option<Timestamp>) -> Result<Claimed, Failure> {
        let update = self
            .update_look(claim.user)
            // Whoever lets a person go removes himself: what is there was left by somebody who did not live to do so.
            .update_expression(
                "SET holder = :holder, lease_until = :until, taken_from = if_not_exists(holder, :nobody)",
            )
            .expression_attribute_values(":holder", text(&claim.holder))
            .expression_attribute_values(":until", time(claim.until))
            .expression_attribute_values(":nobody", text(&""))
            .expression_attribute_values(":now", time(claim.now))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let update = match newer_than {
            Some(mine) => update
                .condition_expression(format!("{FREE} AND {UNREAD}"))
                .expression_attribute_values(":mine", time(mine)),
            None => update.condition_expression(FREE),
        };
        match update.send().await {
            Ok(updated) => Ok(Claimed::Granted(updated.attributes.as_ref().map(known).unwrap_or_default())),
            Err(error) => match refused(error) {
                Ok(item) => {
                    let is_newer = |mine| read_time(&item, "read_at").is_some_and(|at| at > mine);
                    Ok(if newer_than.is_some_and(is_newer) { Claimed::ReadSince } else { Claimed::Busy })
                }
                Err(cause) => Err(Failure::new(format!("claiming directory user {}", claim.user), cause)),
            },
        }
    }

    async fn renew(&self, claim: &Claim) -> Result<(), Failure> {
        self.update_look(claim.user)
            .update_expression("SET lease_until = :until")
            .condition_expression("holder = :holder")
            .expression_attribute_values(":holder", text(&claim.holder))
            .expression_attribute_values(":until", time(claim.until))
            .send()
            .await
            .map(drop)
            .map_err(|error| Failure::new(format!("holding on to directory user {}", claim.user), lost(cause(&error))))
    }

    async fn announce_link(&self, claim: &Claim) -> Result<(), Failure> {
        self.update_look(claim.user)
            .update_expression("SET link_announced = :yes")
            .condition_expression("holder = :holder")
            .expression_attribute_values(":holder", text(&claim.holder))
            .expression_attribute_values(":yes", AttributeValue::Bool(true))
            .send()
            .await
            .map(drop)
            .map_err(|error| {
                Failure::new(format!("announcing the link of directory user {}", claim.user), lost(cause(&error)))
            })
    }

    async fn release(&self, claim: &Claim, found: &Found) -> Result<Vec<Waiting>, Failure> {
        let failed = |cause| Failure::new(format!("letting go of directory user {}", claim.user), cause);
        let mut set = vec!["parked = :parked", "link_announced = :link", "cut_off = :cut"];
        let mut update = self
            .update_look(claim.user)
            .condition_expression("holder = :holder")
            .expression_attribute_values(":holder", text(&claim.holder))
            .expression_attribute_values(":parked", AttributeValue::Bool(found.parked))
            .expression_attribute_values(":link", AttributeValue::Bool(found.link_announced))
            .expression_attribute_values(":cut", AttributeValue::Bool(found.cut_off))
            .return_values(ReturnValue::AllOld)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match found.read {
            Some(Read::Whole(at)) => {
                set.extend(["read_at = :at", "roles_read_at = :at"]);
                update = update.expression_attribute_values(":at", time(at));
            }
            Some(Read::Profile(at)) => {
                set.push("read_at = :at");
                update = update.expression_attribute_values(":at", time(at));
            }
            Some(Read::Roles(at)) => {
                set.push("roles_read_at = :at");
                update = update.expression_attribute_values(":at", time(at));
            }
            None => {}
        }
        if let Some(Reply { asked_at, came }) = found.reply {
            set.push("reply = :reply");
            let reply = format!("{}#{}", asked_at.as_microsecond(), came.name());
            update = update.expression_attribute_values(":reply", AttributeValue::S(reply));
        }
        if let Some(account) = &found.account {
            let account = serde_dynamo::to_attribute_value(account)
                .map_err(|error: serde_dynamo::Error| failed(Cause::Unreadable(error.to_string())))?;
            set.push("account_id = :account");
            update = update.expression_attribute_values(":account", account);
        }
        if let Some(held) = found.held {
            set.push("held = :held");
            update = update.expression_attribute_values(":held", AttributeValue::Bool(held));
        }
        if let Some(head) = found.evidence {
            set.push("evidence = :evidence");
            update = update.expression_attribute_values(":evidence", AttributeValue::S(head.stored()));
        }
        if let Some(due) = found.second_look {
            set.push("second_look = :due");
            update = update.expression_attribute_values(":due", time(due));
        }
        let mut expression = format!("SET {} REMOVE holder, lease_until, taken_from", set.join(", "));
        if !found.woken.is_empty() {
            let woken = found.woken.iter().map(|&waiting| waiting_text(waiting)).collect();
            expression.push_str(" DELETE awaited_by :woken");
            update = update.expression_attribute_values(":woken", AttributeValue::Ss(woken));
        }
        let before = match update.update_expression(expression).send().await {
            Ok(updated) => updated.attributes.unwrap_or_default(),
            Err(error) => match refused(error) {
                // Nobody holds him: the SDK has repeated a write whose answer was lost.
                Ok(item) if !item.contains_key("holder") => item,
                Ok(_) => return Err(failed(Cause::Busy)),
                Err(cause) => return Err(failed(cause)),
            },
        };
        let waiting = awaited_by(&before);
        Ok(waiting.into_iter().filter(|waiting| !found.woken.contains(waiting)).collect())
    }

    async fn wait_for(&self, user: DirectoryUserId, waiting: Waiting) -> Result<Option<Timestamp>, Failure> {
        let updated = self
            .update_look(user)
            .update_expression("ADD awaited_by :waiting")
            .expression_attribute_values(":waiting", AttributeValue::Ss(vec![waiting_text(waiting)]))
            .return_values(ReturnValue::AllNew)
            .send()
            .await
            .map_err(|error| {
                let action = format!("noting that directory user {} waits for {user}", waiting.user());
                Failure::new(action, cause(&error))
            })?;
        Ok(updated.attributes.as_ref().and_then(|item| read_time(item, "read_at")))
    }
}
