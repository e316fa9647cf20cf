use aws_sdk_dynamodb::types::{
    ContinuousBackupsDescription, PointInTimeRecoveryStatus, SseStatus, TableDescription, TableStatus,
};
use sync_core::evidence::Verdict;
use sync_core::failure::{Cause, Failure};

use super::check::Check;
use crate::tables::{counted, sentence, thousands};

const TABLE: &str = "table";
const ENCRYPTION: &str = "encryption";
const RECOVERY: &str = "recovery by time";
const CHAINS: &str = "chains";

/// Of so many people the chain is followed, others each time: some seconds' reading, however large the company is.
pub(super) const PEOPLE: usize = 100;
/// Of what is wrong with chains, so much is told; `audit verify` has the rest.
const NAMED: usize = 3;

const UNSEEN: &str = "How the table is kept is not known until then. What is in it is read by another right.";

/// Whether the table is there, and by what it is encrypted.
pub(super) fn table(name: &str, told: Result<Option<&TableDescription>, &str>) -> Vec<Check> {
    let table = match told {
        Ok(Some(table)) => table,
        Ok(None) => {
            return vec![Check::bad(
                TABLE,
                format!("There is no table {name}: nothing can be put on record, and so nothing is written to ZenQMS."),
                "Have it back under its name, from the backup that AWS keeps for 35 days: docs/runbook.md, \"When the evidence \
                 is not whole\".",
            )];
        }
        Err(why) => return vec![Check::warn(TABLE, sentence(why), UNSEEN)],
    };
    match table.table_status() {
        Some(TableStatus::Active | TableStatus::Updating) => {
            vec![Check::ok(TABLE, format!("{name} is there.")), encryption(name, table)]
        }
        status => vec![Check::bad(
            TABLE,
            format!("DynamoDB says of {name}: {}.", status.map_or("nothing", TableStatus::as_str)),
            "Until it is ACTIVE nothing can be put on record, and so nothing is written to ZenQMS. If its key cannot be used, \
             give that back in KMS, within seven days.",
        )],
    }
}

/// DynamoDB encrypts every table; what it does not tell of is encrypted by a key that is nobody's but its own.
fn encryption(name: &str, table: &TableDescription) -> Check {
    match table.sse_description().and_then(|told| told.status()) {
        Some(SseStatus::Enabled | SseStatus::Enabling | SseStatus::Updating) => {
            Check::ok(ENCRYPTION, "It is encrypted by a KMS key of your account.")
        }
        _ => Check::warn(
            ENCRYPTION,
            "It is encrypted by a key that is AWS's own, and not by the KMS key of your account, as the template has it.",
            format!(
                "`aws dynamodb update-table --table-name {name} --sse-specification Enabled=true`; and ask who has changed it."
            ),
        ),
    }
}

/// Whether what is damaged can be had back.
pub(super) fn recovery(name: &str, told: Result<Option<&ContinuousBackupsDescription>, &str>) -> Check {
    let told = match told {
        Ok(told) => told.and_then(ContinuousBackupsDescription::point_in_time_recovery_description),
        Err(why) => return Check::warn(RECOVERY, sentence(why), UNSEEN),
    };
    let is_on = |status: &&_| **status == PointInTimeRecoveryStatus::Enabled;
    match told.and_then(|told| Some((told, told.point_in_time_recovery_status().filter(is_on)?))) {
        Some((told, _)) => {
            let days = told.recovery_period_in_days().unwrap_or(35);
            Check::ok(RECOVERY, format!("It can be had back as it was at any second of the last {days} days."))
        }
        None => Check::bad(
            RECOVERY,
            "It is switched off: a record that is damaged cannot be had back as it was.",
            format!(
                "`aws dynamodb update-continuous-backups --table-name {name} --point-in-time-recovery-specification \
                 PointInTimeRecoveryEnabled=true`; and ask who has switched it off."
            ),
        ),
    }
}

/// What was found of some people's chains. `explained`: a refusal in the operator's words.
pub(super) fn chains(found: Result<Verdict, Failure>, explained: impl FnOnce(Failure) -> String) -> Check {
    match found {
        Ok(verdict) => judged(&verdict),
        Err(failure) if matches!(failure.cause, Cause::Forbidden { .. }) => Check::warn(
            CHAINS,
            sentence(&explained(failure)),
            "Whether the evidence is whole is not known until then: have `entra-zenqms audit verify` run by somebody who has \
             the rights for it.",
        ),
        Err(failure) => {
            Check::failed(CHAINS, &failure, "`entra-zenqms audit verify` says whether all of it can be read.")
        }
    }
}

fn judged(verdict: &Verdict) -> Check {
    let people = counted(verdict.people, "person", "people");
    if !verdict.is_whole() {
        let named = verdict.flaws.iter().take(NAMED).map(|(user, flaw)| format!(" {user}: {flaw}."));
        let more = verdict.flawed.saturating_sub(NAMED as u64);
        let more = if more > 0 { format!(" And {} more.", thousands(more)) } else { String::new() };
        let flawed = counted(verdict.flawed, "is", "are");
        return Check::bad(
            CHAINS,
            format!(
                "Of the chains of {people} that were looked at, {flawed} not what was written.{}{more}",
                named.collect::<String>()
            ),
            "`entra-zenqms audit verify` looks at all; then docs/runbook.md, \"When the evidence is not whole\".",
        );
    }
    if verdict.people == 0 {
        return Check::ok(CHAINS, "Nothing is on record yet of those who were looked at.");
    }
    let records = counted(verdict.records, "record", "records");
    Check::ok(
        CHAINS,
        format!(
            "Those of {people} ({records}) are what was written, up to the ends that the ledger has; `entra-zenqms audit \
             verify` looks at all."
        ),
    )
}
