use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::DirectoryUserId;
use crate::failure::{Cause, Failure};
use crate::guard::{Approval, HeldPerson, PlanHash, Window};
use crate::plan::HeldBecause;
use crate::ports::{Allowances, Holds};
use crate::run::RunId;

use super::Ledger;
use super::binary::Bytes;
use super::failure::cause;
use super::people::known;
use super::table::{Key, attributes};

#[derive(Serialize, Deserialize)]
struct WindowItem {
    version: u64,
    linked: u64,
    /// Binary: [`Window::pack`].
    taken: Bytes,
}

#[derive(Serialize, Deserialize)]
struct HeldItem {
    /// The withdrawal as JSON text, in which numbers stay numbers and texts texts.
    withdrawal: String,
    /// [`what`]: whether it is still the same.
    what: String,
    because: HeldBecause,
    /// It is because of the holders of a role. Not told by `because`: a version that does not know that reason could not read the
    /// list at all.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    too_few_holders: bool,
    since: Timestamp,
    by: RunId,
    #[serde(default)]
    gone: bool,
    /// As JSON text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    approval: Option<String>,
}

const HELD: &str = "held";

fn window_key() -> Key {
    Key { pk: "guard".to_owned(), sk: "window".to_owned() }
}

fn held_key(user: DirectoryUserId) -> Key {
    Key { pk: HELD.to_owned(), sk: user.to_string() }
}

/// Whether two records say the same.
fn what(person: &HeldPerson) -> String {
    let HeldPerson { withdrawal, gone, .. } = person;
    format!("{}{}", PlanHash::of([withdrawal]), if *gone { "-gone" } else { "" })
}

impl TryFrom<HeldItem> for HeldPerson {
    type Error = serde_json::Error;

    fn try_from(item: HeldItem) -> Result<Self, serde_json::Error> {
        let HeldItem { withdrawal, because, too_few_holders, since, by, gone, approval, .. } = item;
        let because = if too_few_holders { HeldBecause::TooFewHolders } else { because };
        let approval: Option<Approval> = approval.as_deref().map(serde_json::from_str).transpose()?;
        Ok(Self { withdrawal: serde_json::from_str(&withdrawal)?, because, since, by, gone, approval })
    }
}

impl Ledger {
    /// Whoever looks at him next knows by this that there is something, whatever he finds. It comes before the record: a flag
    /// without a record is found out by that look, a record without a flag by nobody. Returns when he was last looked at.
    async fn flag_held(&self, user: DirectoryUserId) -> Result<Option<Timestamp>, Failure> {
        let flagged = self
            .update_look(user)
            .update_expression("SET held = :yes")
            .expression_attribute_values(":yes", AttributeValue::Bool(true))
            .return_values(ReturnValue::AllNew)
            .send()
            .await
            .map_err(|error| Failure::new(keeping_back(user), cause(&error)))?;
        let known = flagged.attributes.as_ref().map(known).unwrap_or_default();
        Ok(known.read_at.max(known.roles_read_at))
    }

    /// Says whether it was put there. `replaces`: in the place of a record that says something else.
    async fn put_held(&self, person: &HeldPerson, replaces: bool) -> Result<bool, Failure> {
        let action = keeping_back(person.withdrawal.user);
        let unreadable = |error: serde_json::Error| Failure::new(action.clone(), Cause::Unreadable(error.to_string()));
        let few = person.because == HeldBecause::TooFewHolders;
        let item = HeldItem {
            withdrawal: serde_json::to_string(&person.withdrawal).map_err(unreadable)?,
            what: what(person),
            because: if few { HeldBecause::Limit } else { person.because },
            too_few_holders: few,
            since: person.since,
            by: person.by.clone(),
            gone: person.gone,
            approval: None,
        };
        let put = self.client.put_item().table_name(&self.table);
        let put = put.set_item(Some(attributes(&action, &held_key(person.withdrawal.user), &item)?));
        let put = if replaces {
            let or_untold = if few { " OR attribute_not_exists(too_few_holders)" } else { "" };
            put.condition_expression(format!("attribute_not_exists(pk) OR what <> :what{or_untold}"))
                .expression_attribute_values(":what", AttributeValue::S(item.what))
        } else {
            put.condition_expression("attribute_not_exists(pk)")
        };
        match put.send().await.map_err(|error| cause(&error)) {
            Ok(_) => Ok(true),
            Err(Cause::Superseded) => Ok(false),
            Err(cause) => Err(Failure::new(action, cause)),
        }
    }
}

fn keeping_back(user: DirectoryUserId) -> String {
    format!("keeping something back of directory user {user}")
}

impl Allowances for Ledger {
    async fn window(&self) -> Result<(Window, u64), Failure> {
        let action = "reading from whom something was taken lately";
        let Some(item) = self.get::<WindowItem>(action, &window_key()).await? else {
            return Ok((Window::default(), 0));
        };
        let window = Window::unpack(item.linked, &item.taken.0)
            .map_err(|error| Failure::new(action, Cause::Unreadable(error.to_string())))?;
        Ok((window, item.version))
    }

    async fn save_window(&self, window: &Window, version: u64) -> Result<(), Failure> {
        let action = "noting from whom something is taken";
        let item = WindowItem { version: version + 1, linked: window.linked, taken: Bytes(window.pack()) };
        let put = self.client.put_item().table_name(&self.table);
        let put = put.set_item(Some(attributes(action, &window_key(), &item)?));
        let put = if version == 0 {
            put.condition_expression("attribute_not_exists(pk)")
        } else {
            put.condition_expression("version = :before")
                .expression_attribute_values(":before", AttributeValue::N(version.to_string()))
        };
        // Refused because of its own first attempt, whose answer was lost, it is tried once more and notes nothing twice.
        put.send().await.map(drop).map_err(|error| Failure::new(action, cause(&error)))
    }
}

impl Holds for Ledger {
    async fn held(&self, user: DirectoryUserId) -> Result<Option<HeldPerson>, Failure> {
        let action = format!("looking what is kept back of directory user {user}");
        let item: Option<HeldItem> = self.get(&action, &held_key(user)).await?;
        item.map(HeldPerson::try_from)
            .transpose()
            .map_err(|error| Failure::new(action, Cause::Unreadable(error.to_string())))
    }

    async fn all_held(&self) -> Result<Vec<HeldPerson>, Failure> {
        let action = "reading what is kept back";
        let items: Vec<HeldItem> = self.partition(action, HELD).await?;
        let people = items.into_iter().map(HeldPerson::try_from);
        people.collect::<Result<_, _>>().map_err(|error| Failure::new(action, Cause::Unreadable(error.to_string())))
    }

    async fn hold(&self, person: &HeldPerson) -> Result<(), Failure> {
        self.flag_held(person.withdrawal.user).await?;
        self.put_held(person, true).await.map(drop)
    }

    async fn hold_new(&self, person: &HeldPerson, read_at: Timestamp) -> Result<bool, Failure> {
        let looked_at = self.flag_held(person.withdrawal.user).await?;
        let is_new = self.put_held(person, false).await?;
        Ok(is_new && looked_at.is_none_or(|looked_at| looked_at <= read_at))
    }

    async fn approve(&self, held: &HeldPerson, approval: &Approval) -> Result<bool, Failure> {
        let user = held.withdrawal.user;
        let action = format!("approving what is kept back of directory user {user}");
        let approval = serde_json::to_string(approval)
            .map_err(|error| Failure::new(action.clone(), Cause::Unreadable(error.to_string())))?;
        let is_few = held.because == HeldBecause::TooFewHolders;
        let as_shown = if is_few { "attribute_exists" } else { "attribute_not_exists" };
        let updated = self
            .update(&held_key(user))
            .update_expression("SET approval = :approval")
            .condition_expression(format!("what = :what AND {as_shown}(too_few_holders)"))
            .expression_attribute_values(":approval", AttributeValue::S(approval))
            .expression_attribute_values(":what", AttributeValue::S(what(held)))
            .send()
            .await;
        match updated.map_err(|error| cause(&error)) {
            Ok(_) => Ok(true),
            Err(Cause::Superseded) => Ok(false),
            Err(cause) => Err(Failure::new(action, cause)),
        }
    }

    async fn let_off(&self, user: DirectoryUserId) -> Result<(), Failure> {
        self.delete(&format!("keeping nothing back of directory user {user} any more"), &held_key(user)).await
    }
}
