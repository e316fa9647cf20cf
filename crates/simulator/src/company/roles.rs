use std::collections::{BTreeMap, BTreeSet};

use super::CompanyPlan;
use super::dice::{Dice, Question};
use super::groups::Enrolment;
use crate::world::{Role, RoleNumber, World};

/// The number of the first role.
const FIRST_ROLE: u64 = 11;

/// Roles that every account has.
const DEFAULT_ROLES: [&str; 2] = ["ZenQMS User", "Training Participant"];

/// The other roles. The shortest and the longest are as short and as long as ZenQMS lets a name be.
const ROLES: [&str; 26] = [
    "Document Reader",
    "Document Author",
    "Document Reviewer",
    "Document Approver",
    "Document Controller",
    "Training Coordinator",
    "Training Administrator",
    "Deviation Initiator",
    "Deviation Investigator",
    "CAPA Owner",
    "CAPA Approver",
    "Change Control Initiator",
    "Change Control Board Member",
    "Complaint Handler",
    "Complaint Reviewer",
    "Supplier Quality Manager",
    "Lead Auditor",
    "Internal Auditor",
    "Risk Assessor",
    "Batch Record Reviewer",
    "Regulatory Affairs Submitter",
    "Clinical Quality Lead",
    "QA",
    "Validation Engineer",
    "Read-only (Inspectors & Authorities)",
    "Qualified Person for Batch Certification and Release (EU GMP Annex 16)",
];

pub(super) fn all() -> BTreeMap<RoleNumber, Role> {
    let default = DEFAULT_ROLES.iter().map(|name| Role::new(0, name).by_default());
    let others = ROLES.iter().map(|name| Role::new(0, name));
    (FIRST_ROLE..).map(RoleNumber).zip(default.chain(others)).map(|(id, role)| (id, Role { id, ..role })).collect()
}

/// Which roles people are to have by the suggested mapping of all groups.
pub(super) struct Due {
    default: Vec<RoleNumber>,
    mapped: Vec<RoleNumber>,
    /// Of each person, one bit for each mapped role.
    of_people: Vec<u64>,
}

impl Due {
    /// Follows nesting to its end.
    pub(super) fn new(world: &World, plan: &CompanyPlan, enrolments: &[Enrolment], people: usize) -> Self {
        let mapping = world.suggested_mapping(plan.groups);
        let mapped: Vec<&Role> =
            world.roles.values().filter(|role| mapping.values().flatten().any(|name| **name == *role.name)).collect();
        let mut of_people = vec![0; if plan.mix.settled_roles > 0.0 { people } else { 0 }];
        for (place, enrolment) in enrolments.iter().enumerate() {
            let Some(gives) = mapping.get(&enrolment.id) else { continue };
            let bits = (0..).zip(&mapped).filter(|(_, role)| gives.iter().any(|name| **name == *role.name));
            let bits = bits.fold(0, |bits, (n, _)| bits | bit(n));
            for person in in_group(enrolments, place) {
                if let Some(due) = usize::try_from(person).ok().and_then(|person| of_people.get_mut(person)) {
                    *due |= bits;
                }
            }
        }
        Self {
            default: world.roles.values().filter(|role| role.is_default).map(|role| role.id).collect(),
            mapped: mapped.iter().map(|role| role.id).collect(),
            of_people,
        }
    }

    /// The roles that the n-th account holds, which is that of the person in this place of the directory.
    pub(super) fn held(&self, dice: Dice, n: usize, person: Option<usize>, plan: &CompanyPlan) -> BTreeSet<RoleNumber> {
        let mut held = BTreeSet::new();
        if dice.falls(Question::DefaultRoles, n, plan.mix.default_roles) {
            held.extend(&self.default);
        }
        if dice.falls(Question::SettledRoles, n, plan.mix.settled_roles) {
            let due = person.and_then(|person| self.of_people.get(person)).copied().unwrap_or_default();
            held.extend((0..).zip(&self.mapped).filter(|&(n, _)| due & bit(n) > 0).map(|(_, role)| *role));
        }
        if let Some(mut rng) = dice.chosen(Question::RolesByHand, n, plan.mix.roles_by_hand) {
            let count = rng.usize(1..=2);
            held.extend((0..count).filter_map(|_| rng.choice(&self.mapped)));
        }
        held
    }
}

/// The n-th bit; none behind the 64th, more roles than there are.
fn bit(n: u32) -> u64 {
    1_u64.checked_shl(n).unwrap_or_default()
}

/// The places of those who are in a group, some of them repeatedly.
fn in_group(enrolments: &[Enrolment], place: usize) -> impl Iterator<Item = u32> + '_ {
    let mut seen = BTreeSet::from([place]);
    let mut open = vec![place];
    let groups = std::iter::from_fn(move || {
        let enrolment = enrolments.get(open.pop()?)?;
        open.extend(enrolment.groups.iter().filter(|&&(inner, _)| seen.insert(inner)).map(|&(inner, _)| inner));
        Some(enrolment)
    });
    groups.flat_map(|enrolment| enrolment.people.iter().copied())
}
