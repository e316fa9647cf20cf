use uuid::Uuid;

use super::CompanyPlan;
use super::dice::{Dice, Question, share_of, uuid};
use super::people::Draft;
use crate::world::{Group, Member};

/// A group that such companies have.
pub(super) struct KnownGroup {
    pub(super) name: &'static str,
    /// How much of the staff is in it.
    share: f64,
    /// What it gives in the suggested mapping.
    pub(super) roles: &'static [&'static str],
}

const fn known(name: &'static str, share: f64, roles: &'static [&'static str]) -> KnownGroup {
    KnownGroup { name, share, roles }
}

/// The first groups of every company.
#[rustfmt::skip]
pub(super) const KNOWN_GROUPS: [KnownGroup; 20] = [
    known("QMS All Staff", 1.0, &["Document Reader"]),
    known("QMS Document Authors", 0.25, &["Document Author", "Document Reviewer"]),
    known("QMS Document Approvers", 0.08, &["Document Approver", "Document Reviewer"]),
    known("QMS Quality Assurance", 0.12, &["QA", "Deviation Investigator", "CAPA Approver", "Document Approver"]),
    known("QMS Document Control", 0.01, &["Document Controller", "Document Author"]),
    known("QMS Training Coordinators", 0.02, &["Training Coordinator", "Training Participant"]),
    known("QMS Manufacturing", 0.35, &["Deviation Initiator"]),
    known("QMS Laboratory", 0.15, &["Deviation Initiator", "Document Author"]),
    known("QMS CAPA Owners", 0.1, &["CAPA Owner"]),
    known("QMS Change Requesters", 0.18, &["Change Control Initiator"]),
    known("QMS Change Control Board", 0.01, &["Change Control Board Member", "Risk Assessor"]),
    known("QMS Complaint Handling", 0.03, &["Complaint Handler"]),
    known("QMS Complaint Review", 0.01, &["Complaint Reviewer", "Complaint Handler"]),
    known("QMS Supplier Quality", 0.02, &["Supplier Quality Manager"]),
    known("QMS Internal Auditors", 0.03, &["Internal Auditor"]),
    known("QMS Lead Auditors", 0.01, &["Lead Auditor", "Internal Auditor"]),
    known("QMS Regulatory Affairs", 0.06, &["Regulatory Affairs Submitter", "Document Reviewer"]),
    known("QMS Clinical Quality", 0.05, &["Clinical Quality Lead"]),
    known("QMS Validation & CSV", 0.04, &["Validation Engineer", "Risk Assessor"]),
    known("QMS Qualified Persons (QP)", 0.01,
        &["Qualified Person for Batch Certification and Release (EU GMP Annex 16)", "Batch Record Reviewer"]),
];

/// How much of the staff is in each further group.
const FURTHER_SHARE: f64 = 0.01;
/// So many memberships are there for each of the staff. If there are very many groups the last have one member each.
const MEMBERSHIPS: usize = 5;

const SITES: [&str; 12] =
    ["Basel", "Köln", "Cork", "Lyon", "Porto", "Kraków", "Uppsala", "Boston", "São Paulo", "Pune", "Singapore", "富山"];
const TEAMS: [&str; 8] =
    ["Release", "Filling Line", "QC Lab", "Packaging", "Warehouse", "Engineering", "Stability", "Site Quality Council"];
const CIRCLE: [&str; 2] = ["Helixara Legacy (old tenant)", "Helixara Legacy – everyone"];

/// A group, and the places of those in it.
pub(super) struct Enrolment {
    pub(super) id: Uuid,
    name: String,
    /// The places of its people in the directory.
    pub(super) people: Vec<u32>,
    /// The groups nested in it: place and id.
    pub(super) groups: Vec<(usize, Uuid)>,
    /// How many groups stand above it, itself included.
    depth: usize,
}

impl Enrolment {
    pub(super) fn group(&self, drafts: &[Draft]) -> Group {
        let people = self.people.iter().filter_map(|&place| drafts.get(usize::try_from(place).ok()?));
        let groups = self.groups.iter().map(|&(_, id)| Member::Group(id));
        let mut group = Group::new(self.id, &self.name);
        // Collected, not extended by one at a time: the set comes out densely packed, half the size.
        group.members = groups.chain(people.map(|draft| Member::Person(draft.id))).collect();
        group
    }
}

/// All groups, in the order of their ids.
pub(super) fn enrol(plan: &CompanyPlan, dice: Dice, drafts: &[Draft]) -> Vec<Enrolment> {
    let staff: Vec<u32> = (0..).zip(drafts).filter(|(_, draft)| !draft.guest).map(|(place, _)| place).collect();
    let circle = if plan.mix.nested_groups > 0.0 { CIRCLE.len() } else { 0 };
    let mut left = staff.len().saturating_mul(MEMBERSHIPS);
    let mut all: Vec<Enrolment> = ids(dice, plan.groups + circle)
        .into_iter()
        .enumerate()
        .map(|(n, id)| {
            let (name, share) = named(n, plan.groups);
            let count = share_of(share, staff.len()).min(left).max(1);
            let people = choose(&staff, count, dice.about(Question::Members, n));
            left = left.saturating_sub(people.len());
            Enrolment { id, name, people, groups: Vec::new(), depth: 1 }
        })
        .collect();
    nest(plan, dice, &mut all);
    all
}

/// Random ids in ascending order, so that the first group is the first for everybody.
fn ids(dice: Dice, count: usize) -> Vec<Uuid> {
    let mut ids: Vec<Uuid> = (0..count).map(|n| uuid(&mut dice.about(Question::GroupIds, n))).collect();
    ids.sort_unstable();
    ids
}

fn named(n: usize, groups: usize) -> (String, f64) {
    if let Some(name) = n.checked_sub(groups).and_then(|n| CIRCLE.get(n)) {
        return ((*name).to_owned(), FURTHER_SHARE);
    }
    if let Some(known) = KNOWN_GROUPS.get(n) {
        return (known.name.to_owned(), known.share);
    }
    let further = n - KNOWN_GROUPS.len();
    let (site, team) = (SITES.get(further % SITES.len()), TEAMS.get(further / SITES.len() % TEAMS.len()));
    let name = format!("QMS {} {}", site.unwrap_or(&""), team.unwrap_or(&""));
    match further / (SITES.len() * TEAMS.len()) {
        0 => (name, FURTHER_SHARE),
        round => (format!("{name} {}", round + 1), FURTHER_SHARE),
    }
}

/// So many of the staff, all different: every `step`-th of a circle, which is scattered enough, since people's places
/// say nothing about them, and takes neither time nor memory for those who are not chosen.
fn choose(staff: &[u32], count: usize, mut rng: fastrand::Rng) -> Vec<u32> {
    if staff.is_empty() {
        return Vec::new();
    }
    let start = rng.usize(..staff.len());
    let mut step = rng.usize(1..=staff.len());
    while common_divisor(step, staff.len()) > 1 {
        step = rng.usize(1..=staff.len());
    }
    let places = std::iter::successors(Some(start), |place| Some((place + step) % staff.len()));
    places.take(count.min(staff.len())).filter_map(|place| staff.get(place).copied()).collect()
}

const fn common_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { common_divisor(b, a % b) }
}

/// Nests groups in earlier ones, the first left out, and the last two in each other.
fn nest(plan: &CompanyPlan, dice: Dice, all: &mut [Enrolment]) {
    let mut last_nested = None;
    for inner in 2..plan.groups {
        let Some(mut rng) = dice.chosen(Question::Nested, inner, plan.mix.nested_groups) else { continue };
        // In the last nested group if that is not too deep, so that there are groups in groups in groups; else in one
        // that is in no other. The second group is always one.
        let outer = last_nested.filter(|&outer| depth(all, outer) == 2).unwrap_or_else(|| {
            let tops: Vec<usize> = (1..inner).filter(|&outer| depth(all, outer) == 1).collect();
            rng.choice(tops).unwrap_or(1)
        });
        put(all, inner, outer);
        last_nested = Some(inner);
    }
    if plan.mix.nested_groups > 0.0 {
        put(all, plan.groups, plan.groups + 1);
        put(all, plan.groups + 1, plan.groups);
    }
}

fn depth(all: &[Enrolment], place: usize) -> usize {
    all.get(place).map_or(0, |enrolment| enrolment.depth)
}

fn put(all: &mut [Enrolment], inner: usize, outer: usize) {
    let depth = depth(all, outer) + 1;
    let Some(id) = all.get_mut(inner).map(|enrolment| {
        enrolment.depth = depth;
        enrolment.id
    }) else {
        return;
    };
    if let Some(outer) = all.get_mut(outer) {
        outer.groups.push((inner, id));
    }
}
