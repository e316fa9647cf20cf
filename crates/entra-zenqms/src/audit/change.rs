use jiff::Timestamp;
use serde::Serialize;
use sync_core::domain::{AccountId, DirectoryUserId, Field, GroupId, Outside};
use sync_core::evidence::{Answer, Dropped, Entry, Intent, Outcome, Record, RecordedField, RoleChange, Write};
use sync_core::guard::Kind;
use sync_core::work::Why;

/// One field or role that was written, or was to be. No `Debug`: it holds personal data.
#[derive(Serialize)]
pub(crate) struct Change {
    /// When it was about to be written, UTC.
    pub(crate) at: Timestamp,
    /// For whom.
    pub(crate) user: DirectoryUserId,
    /// The number of the record.
    pub(crate) record: u64,
    /// Which account.
    pub(crate) account: Option<AccountId>,
    /// The field's name in ZenQMS, or `role <name> (<id>)`.
    pub(crate) what: String,
    /// What it held.
    pub(crate) from: Option<String>,
    /// What it was to hold; of roles, `given` or `taken`.
    pub(crate) to: Option<String>,
    /// The groups that give the role.
    pub(crate) groups: Vec<GroupId>,
    /// What became of it.
    pub(crate) result: String,
    /// The run or the flow.
    pub(crate) by: String,
    /// Why a flow looked at the person.
    pub(crate) why: Option<Why>,
    /// Who had asked for the look, or for the run, if an operator had.
    pub(crate) asked_by: Option<String>,
    /// Whether the directory had deleted the person.
    pub(crate) deleted: bool,
    /// Who approved it, where it had been kept back.
    pub(crate) approved_by: Option<String>,
    /// Why he did.
    pub(crate) approved_because: Option<String>,
    /// The version of the software.
    pub(crate) version: String,
    /// The name of the settings.
    pub(crate) settings: Option<String>,
    /// Whether Entra ID lacked it, and something stood in for it.
    pub(crate) substitute: bool,
    /// Why he was outside the scope, if he was.
    pub(crate) outside: Option<Outside>,
}

/// What an operator takes somebody off.
pub(crate) const PARKED: &str = "on the list of the parked";
/// Who does it, for an operator.
const USER_FLOW: &str = "user-flow";

/// Puts intents and their outcomes together, record by record of one person after the other.
#[derive(Default)]
pub(crate) struct Unfold {
    open: Option<(Record, Intent)>,
}

/// What a write came to whose outcome is not on record.
const OPEN: &str = "not on record yet: whoever wrote it did not live to tell, and nobody has looked since";

impl Unfold {
    /// Takes a record; returns the changes that are complete.
    pub(crate) fn take(&mut self, record: Record) -> Vec<Change> {
        match &record.entry {
            Entry::Intent(intent) => {
                let intent = intent.clone();
                let before = self.end();
                self.open = Some((record, intent));
                before
            }
            Entry::Outcome(outcome) => match self.open.take() {
                Some((intent, what)) if intent.number == outcome.of && intent.user == record.user => {
                    changes(&intent, &what, Some(outcome))
                }
                open => {
                    self.open = open;
                    self.end()
                }
            },
            Entry::Dropped(dropped) => {
                let mut before = self.end();
                before.push(taken_off(&record, dropped));
                before
            }
        }
    }

    /// Nothing more comes.
    pub(crate) fn end(&mut self) -> Vec<Change> {
        self.open.take().map(|(record, intent)| changes(&record, &intent, None)).unwrap_or_default()
    }
}

/// Somebody was taken off the list of the parked. ZenQMS is not asked for that.
fn taken_off(record: &Record, Dropped { by, parked, because, version }: &Dropped) -> Change {
    Change {
        at: record.at,
        user: record.user,
        record: record.number,
        account: None,
        what: PARKED.to_owned(),
        from: Some(format!("since {}: {because}", parked.strftime("%Y-%m-%d %H:%M:%S UTC"))),
        to: None,
        groups: Vec::new(),
        result: "done".to_owned(),
        by: USER_FLOW.to_owned(),
        why: None,
        asked_by: Some(by.to_string()),
        deleted: false,
        approved_by: None,
        approved_because: None,
        version: version.to_string(),
        settings: None,
        substitute: false,
        outside: None,
    }
}

fn changes(record: &Record, intent: &Intent, outcome: Option<&Outcome>) -> Vec<Change> {
    let by = &intent.by;
    let change = |what: String, write: Write| Change {
        at: record.at,
        user: record.user,
        record: record.number,
        account: outcome.and_then(|outcome| outcome.account.clone()).or_else(|| intent.account.clone()),
        what,
        from: None,
        to: None,
        groups: Vec::new(),
        result: outcome.map_or_else(|| OPEN.to_owned(), |outcome| result(outcome, write)),
        by: by.run.to_string(),
        why: by.why,
        asked_by: by.asked_by.as_ref().map(ToString::to_string),
        deleted: intent.deleted,
        approved_by: None,
        approved_because: None,
        version: by.version.to_string(),
        settings: by.settings.as_ref().map(|settings| settings.as_str().to_owned()),
        substitute: false,
        outside: intent.outside,
    };
    let role = |role: &RoleChange, write: Write, to: &str| Change {
        to: Some(to.to_owned()),
        groups: role.groups.clone(),
        ..change(format!("role {} ({})", role.name, role.role), write)
    };
    // Of what was written at once all was approved as a plan, or what takes something away once it had been kept back.
    let approved = |change: Change, kind: Option<Kind>| {
        let is_approved = by.proposed || kind.is_some_and(|kind| by.approved.contains(&kind));
        let approval = by.approval.as_ref().filter(|_| is_approved);
        Change {
            approved_by: approval.map(|approval| approval.by.clone()),
            approved_because: approval.map(|approval| approval.why.clone()),
            ..change
        }
    };
    let fields = intent.fields.iter().map(|field| {
        let change = Change {
            from: field.from.as_ref().map(|text| text.expose().to_owned()),
            to: field.to.as_ref().map(|text| text.expose().to_owned()),
            substitute: field.substitute,
            ..change(field.field.name().to_owned(), Write::Account)
        };
        let is_state = field.field == RecordedField::Profile(Field::IsActive);
        approved(change, is_state.then_some(Kind::Deactivation))
    });
    let given = intent.given.iter().map(|one| approved(role(one, Write::RolesGiven, "given"), None));
    let taken = intent.taken.iter().map(|one| approved(role(one, Write::RolesTaken, "taken"), Some(Kind::RoleLoss)));
    fields.chain(given).chain(taken).collect()
}

fn result(outcome: &Outcome, write: Write) -> String {
    match outcome.answers.iter().find(|answered| answered.write == write).map(|answered| &answered.answer) {
        Some(Answer::Done) => "done".to_owned(),
        Some(Answer::Refused(why)) => format!("refused: {why}"),
        Some(Answer::Shown) => "done: ZenQMS's answer was lost, and the account shows it since".to_owned(),
        Some(Answer::NotShown) => {
            "not seen: ZenQMS's answer was lost, and the account did not show it when it was looked at".to_owned()
        }
        Some(Answer::NotTold) => {
            "unknown: ZenQMS's answer was lost, and what the account holds was not told".to_owned()
        }
        None => "not tried, since a write before it had failed".to_owned(),
    }
}
