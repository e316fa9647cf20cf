//! Watching the product at work: which change was found how, and how long it took until ZenQMS was written.

mod change;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use initial_sync::Event;
use jiff::Timestamp;
use serde_json::Value;
use simulator::{Happening, Simulation, WorldEditor};
use sync_core::apply::Settled;
use sync_core::domain::AccountId;
use sync_core::look::{Next, Observer, Outcome};
use sync_core::work::{UserWork, Why};
use tokio::sync::watch;
use uuid::Uuid;

use crate::agreement::{Comparison, Rules};

pub(crate) use change::{Change, End, Kind};
use change::{concerned, how, touched, written};

/// So many changes are kept; whoever watches for days does not want them all.
const KEPT: usize = 500;

/// Seconds within which the people of one change are written.
const TOGETHER: f64 = 60.0;

/// Sees every change and every look. Clones share what they saw.
#[derive(Clone)]
pub(crate) struct Watch(Arc<Inner>);

struct Inner {
    simulation: Simulation,
    /// Set when the watching begins.
    rules: OnceLock<Rules>,
    seen: Mutex<Seen>,
    revision: watch::Sender<u64>,
}

#[derive(Default)]
struct Seen {
    changes: VecDeque<Change>,
    made: u64,
    revision: u64,
    looks: u64,
    /// Why people are not written, or not whole.
    reasons: BTreeMap<Uuid, String>,
}

impl Watch {
    pub(crate) fn new(simulation: Simulation) -> Self {
        let (revision, _) = watch::channel(0);
        Self(Arc::new(Inner { simulation, rules: OnceLock::new(), seen: Mutex::default(), revision }))
    }

    /// Begins to watch.
    pub(crate) fn begin(&self, rules: Rules) {
        // Only the first time counts, and there is no second.
        let _ = self.0.rules.set(rules);
    }

    pub(crate) fn rules(&self) -> Option<&Rules> {
        self.0.rules.get()
    }

    /// Takes note of a change that was made just now.
    pub(crate) fn note(&self, happening: &Happening, editor: &WorldEditor<'_>) {
        let Some(rules) = self.rules() else { return };
        let mut change = Change {
            number: 0,
            revision: 0,
            text: happening.to_string(),
            people: concerned(happening, editor),
            at: editor.now(),
            end: None,
            cells: touched(happening),
            so_far: Vec::new(),
        };
        // Of such a change nobody may be told: it is no mapped group's affair, or another group gives the same roles.
        let is_of_group = matches!(happening, Happening::Joined { .. } | Happening::Left { .. });
        if is_of_group && change.is_in_line(&Comparison::new(editor, rules)) {
            change.end = Some(unseen("it changes no role"));
        }
        self.seen().push(change);
        self.tell();
    }

    /// The number of the latest news.
    pub(crate) fn revision(&self) -> u64 {
        self.seen().revision
    }

    /// Who wants to be told of news.
    pub(crate) fn news(&self) -> watch::Receiver<u64> {
        self.0.revision.subscribe()
    }

    /// The changes of which there is news since a revision, in their order.
    pub(crate) fn since(&self, revision: u64) -> Vec<Change> {
        self.seen().changes.iter().filter(|change| change.revision > revision).cloned().collect()
    }

    /// How many looks there were.
    pub(crate) fn looks(&self) -> u64 {
        self.seen().looks
    }

    /// Why a person is not written, or not whole, by the last look at him.
    pub(crate) fn reason(&self, person: Uuid) -> Option<String> {
        self.seen().reasons.get(&person).cloned()
    }

    /// Ends what is in line without a look that could be matched to it.
    pub(crate) fn conclude(&self) {
        let Some(rules) = self.rules() else { return };
        let open = self.open(|_| true);
        let ended: Vec<u64> = self.0.simulation.world(|world| {
            let comparison = Comparison::new(world, rules);
            open.iter().filter(|change| change.is_in_line(&comparison)).map(|change| change.number).collect()
        });
        self.seen().renew(&ended, |change| change.end = Some(unseen("nothing differs")));
        self.tell();
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self) {
        let revision = self.revision();
        self.0.revision.send_replace(revision);
    }

    fn open(&self, is_meant: impl Fn(&Change) -> bool) -> Vec<Change> {
        self.seen().changes.iter().filter(|change| change.end.is_none() && is_meant(change)).cloned().collect()
    }

    /// The fields of an account that were written since.
    fn fields(&self, account: Option<&AccountId>, since: Timestamp) -> Vec<String> {
        let Some(account) = account.map(ToString::to_string) else { return Vec::new() };
        let mut fields = Vec::new();
        for write in self.0.simulation.writes() {
            if write.at >= since && write.account.to_string() == account {
                names(&write.json(), &mut fields);
            }
        }
        fields.sort();
        fields.dedup();
        fields
    }

    /// Whether a person is one of many whom a change a moment ago concerned. All of them are written before the first is told of,
    /// so that the change is over by then.
    fn is_of_many(&self, person: Uuid, at: Timestamp) -> bool {
        let is_fresh = |change: &Change| (0.0..TOGETHER).contains(&change.age(at));
        self.seen()
            .changes
            .iter()
            .any(|change| change.people.len() > 1 && is_fresh(change) && change.people.contains(&person))
    }

    fn looked_at(&self, work: &UserWork, outcome: &Outcome, at: Timestamp) {
        let Some(rules) = self.rules() else { return };
        self.seen().looks += 1;
        let person = Uuid::from_bytes(work.user.to_bytes());
        let open = self.open(|change| change.at <= at && change.people.contains(&person));
        let Some(settled) = outcome.settled().filter(|settled| settled.failure.is_none()) else { return };
        self.seen().keep_reason(settled);
        let Some(since) = open.iter().map(|change| change.at).min() else {
            if let Some(what) = written(settled, &[]).filter(|_| !self.is_of_many(person, at)) {
                self.seen().push(unasked(person, work.why, what, at));
                self.tell();
            }
            return;
        };
        let in_line: Vec<bool> = self.0.simulation.world(|world| {
            let comparison = Comparison::new(world, rules);
            open.iter().map(|change| change.is_in_line(&comparison)).collect()
        });
        let fields = self.fields(settled.account.as_ref(), since);
        for (change, in_line) in open.iter().zip(in_line) {
            self.seen().renew(&[change.number], |change| change.looked(work.why, settled, &fields, in_line, at));
        }
        self.tell();
    }
}

impl Observer for Watch {
    fn looked(&self, work: &UserWork, outcome: &Outcome, _: &Next, at: Timestamp) {
        self.looked_at(work, outcome, at);
    }
}

impl initial_sync::Observer for Watch {
    fn on(&self, event: &Event<'_>) {
        if let Event::Settled(settled) = event {
            self.seen().keep_reason(settled);
        }
    }
}

impl Seen {
    fn keep_reason(&mut self, settled: &Settled) {
        let person = Uuid::from_bytes(settled.user.to_bytes());
        if let Some(reason) = settled.skipped_for() {
            self.reasons.insert(person, reason.to_string());
        } else if settled.written.is_some() || !settled.reasons.is_empty() {
            // A look at roles alone has no reasons, and says nothing of the profile.
            self.reasons.remove(&person);
        }
    }

    fn push(&mut self, mut change: Change) {
        self.made += 1;
        self.revision += 1;
        change.number = self.made;
        change.revision = self.revision;
        self.changes.push_back(change);
        while self.changes.len() > KEPT {
            self.changes.pop_front();
        }
    }

    /// Lets something happen to changes; where they ended, that is news.
    fn renew(&mut self, numbers: &[u64], alter: impl Fn(&mut Change)) {
        for change in self.changes.iter_mut().filter(|change| numbers.contains(&change.number)) {
            alter(change);
            if change.end.is_some() {
                self.revision += 1;
                change.revision = self.revision;
            }
        }
    }
}

/// What becomes of a change for which nobody is looked at.
fn unseen(why: &str) -> End {
    End { kind: Kind::Nothing, how: None, what: why.to_owned(), seconds: 0.0 }
}

/// A write that belongs to no change: somebody else's change let it happen.
fn unasked(person: Uuid, why: Why, what: String, at: Timestamp) -> Change {
    let text = match why {
        Why::Neighbour => format!("Person {person} waited for an e-mail address."),
        _ => format!("Person {person} differed."),
    };
    let end = End { kind: Kind::Written, how: Some(how(why)), what, seconds: 0.0 };
    Change { number: 0, revision: 0, text, people: vec![person], at, end: Some(end), cells: &[], so_far: Vec::new() }
}

/// The names of the fields in a request's body.
fn names(body: &Value, found: &mut Vec<String>) {
    let Some(fields) = body.as_object() else { return };
    for (name, value) in fields {
        if value.is_object() {
            names(value, found);
        } else if name != "external_id" && !value.is_array() {
            found.push(if name == "is_active" { "state".to_owned() } else { name.replace('_', " ") });
        }
    }
}

#[cfg(test)]
mod tests {
    use simulator::{Account, Behaviour, Person, World};
    use sync_core::apply::Written;
    use sync_core::domain::{DirectoryUserId, Mapping};
    use sync_core::ports::{Clock, Nesting};

    use super::*;

    const ANNA: Uuid = Uuid::from_u128(1);

    fn watched() -> (Simulation, Watch) {
        let world = World::default()
            .with_person(Person::new(ANNA, "Anna", "Meier", "anna@acme.example", "Analyst"))
            .with_account(Account::new(1, "anna@acme.example", "Anna", "Meier", "Analyst").linked_to(ANNA));
        let simulation = Simulation::new(world, Behaviour::default());
        let watch = Watch::new(simulation.clone());
        watch.begin(Rules::new(&Mapping::default(), Nesting::Transitive, true));
        (simulation, watch)
    }

    fn look(watch: &Watch, at: Timestamp, written: Option<Written>) {
        let user = DirectoryUserId::from(ANNA);
        let settled = Settled { written, ..Settled::untouched(user) };
        let work = UserWork::new(user, Why::Sweep, at);
        watch.looked(&work, &Outcome::Settled(settled), &Next::Done, at);
    }

    #[tokio::test]
    async fn a_change_ends_when_both_sides_agree_and_not_before() {
        let (simulation, watch) = watched();
        simulation.change(|editor| {
            editor.update_person(ANNA, |anna| anna.job_title = Some("Lead".into()));
            watch.note(&Happening::TitleChanged(ANNA), editor);
        });
        let now = simulation.clock().now();
        look(&watch, now, Some(Written::Updated));
        assert_eq!(watch.since(1).len(), 0, "ZenQMS says Analyst still");
        let account = simulation.world(|world| world.accounts.iter().next().unwrap().id);
        simulation.change(|editor| editor.update_account(account, |account| account.title = "Lead".into()));
        look(&watch, now, Some(Written::Updated));
        let news = watch.since(1);
        assert_eq!(news[0].end.as_ref().unwrap().kind, Kind::Written);
        assert_eq!((watch.looks(), watch.revision()), (2, 2));
    }

    #[tokio::test]
    async fn a_write_without_a_change_is_shown_as_such() {
        let (simulation, watch) = watched();
        look(&watch, simulation.clock().now(), Some(Written::Linked));
        assert_eq!(watch.since(0)[0].text, format!("Person {ANNA} differed."));
    }

    #[test]
    fn the_fields_of_a_write_are_named() {
        let mut found = Vec::new();
        let body =
            serde_json::json!({"user": {"first_name": "A", "external_id": "x", "is_active": true}, "roles": [1]});
        names(&body, &mut found);
        assert_eq!(found, ["first name", "state"]);
    }
}
