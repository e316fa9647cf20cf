//! The demo's seventh part: what is on record of all that, and somebody who changes it.

use std::collections::HashMap;

use anyhow::{Context, bail};
use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;
use sync_core::domain::Field;
use sync_core::evidence::{Entry, FieldChange, Flaw, Record, RecordedField, Stored, Verdict, verify};
use sync_core::ports::EvidenceRead;

use crate::audit;
use crate::installation::Installation;
use crate::tables;

/// What came of it.
#[derive(Debug, Serialize)]
pub(super) struct Proof {
    people: u64,
    records: u64,
    /// Whether all of it is what was written.
    whole: bool,
    /// What is found once a record was changed.
    found: String,
    /// Whether that is what was done.
    is_found: bool,
}

/// The names of the items are the ledger's affair; whoever tampers with a table knows them.
const TABLE: &str = "evidence";

pub(super) async fn play(installation: &Installation, told: bool) -> anyhow::Result<Proof> {
    let ledger = &installation.host.store.ledger;
    let verdict = verify(ledger, |_| ()).await?;
    let record = withdrawal(installation).await?.context("nothing was written")?;
    if told {
        tables::heading("7. The evidence");
        tables::line(
            "Every write is on record before and after, for each person in a chain of its own. This is\n\
             what `entra-zenqms audit show` tells of somebody who was disabled:\n",
        );
        let unfolded = audit::unfold(record.user, &ledger.chain(record.user).await?);
        let last: Vec<_> = audit::sections(&unfolded.changes).pop().into_iter().collect();
        tables::sections(&last);
        tables::line("\nAnd `entra-zenqms audit verify` of all of it:\n");
        tables::sections(&[audit::verdict(&verdict)]);
    }
    tamper(installation, &record).await?;
    let after = verify(ledger, |_| ()).await?;
    let Verdict { people, records, .. } = verdict;
    let found = after.flaws.first().map(|(user, flaw)| format!("{user}: {flaw}")).unwrap_or_default();
    let expected = Flaw::Altered { number: record.number };
    let is_found = after.flawed == 1 && after.flaws == [(record.user, expected)];
    if told {
        tables::line("\nSomebody with all rights in AWS makes that record say that it was done by another. Again:\n");
        tables::sections(&[audit::verdict(&after)]);
    }
    Ok(Proof { people, records, whole: verdict.is_whole() && verdict.unfinished == 0, found, is_found })
}

/// The record of an account that was taken out of use, after an approval where there was one.
async fn withdrawal(installation: &Installation) -> anyhow::Result<Option<Record>> {
    let mut best = None;
    let mut from = None;
    loop {
        let page = installation.host.store.ledger.records(from.as_ref()).await?;
        for record in page.records.iter().filter_map(Stored::record) {
            let Entry::Intent(intent) = &record.entry else { continue };
            let is_state = |change: &FieldChange| change.field == RecordedField::Profile(Field::IsActive);
            if intent.by.approval.is_some() && intent.fields.iter().any(is_state) {
                return Ok(Some(record));
            }
            best = best.or(Some(record));
        }
        from = page.next;
        if from.is_none() {
            return Ok(best);
        }
    }
}

async fn tamper(installation: &Installation, record: &Record) -> anyhow::Result<()> {
    let client = installation.host.store.dynamo.client();
    let text = |text: String| AttributeValue::S(text);
    let key = HashMap::from([
        ("pk".to_owned(), text(record.user.to_string())),
        ("sk".to_owned(), text(format!("{:010}", record.number))),
    ]);
    let read = client.get_item().table_name(TABLE).set_key(Some(key)).send().await?;
    let mut item = read.item.context("the record is gone")?;
    let Some(AttributeValue::S(before)) = item.get("record").cloned() else { bail!("the record has no text") };
    let Entry::Intent(intent) = &record.entry else { bail!("this is no intent") };
    let after = before.replace(intent.by.run.as_str(), "somebody-else");
    item.insert("record".to_owned(), text(after));
    client.put_item().table_name(TABLE).set_item(Some(item)).send().await?;
    Ok(())
}

impl Proof {
    /// The good news.
    ///
    /// # Errors
    /// What went wrong.
    pub(super) fn verdict(&self) -> anyhow::Result<String> {
        if !self.whole {
            bail!("what is on record is not whole");
        }
        if !self.is_found {
            bail!("a record was changed, and what was found is: {}", self.found);
        }
        let records = tables::counted(self.records, "record", "records");
        Ok(format!("{records} were proven to be whole, and the one that was changed was found."))
    }
}
