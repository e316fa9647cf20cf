//! Simulated companies, made from a seed: a life-science company's directory, and a ZenQMS that knows part of it;
//! and what happens in them day by day.

mod accounts;
mod address;
mod day;
mod dice;
mod groups;
mod mapping;
mod mix;
mod names;
mod people;
mod roles;
mod texts;

#[cfg(test)]
mod tests;

use crate::world::World;

pub use day::{Churn, Happening};
pub use mix::Mix;

/// Which company to simulate. The same plan always makes the same company.
#[derive(Clone, Debug, PartialEq)]
pub struct CompanyPlan {
    /// Decides everything that is left to chance.
    pub seed: u64,
    /// How many people the directory has, guests and the deleted among them.
    pub people: usize,
    /// How many accounts ZenQMS has.
    pub accounts: usize,
    /// How many groups there are to map. [`Mix::nested_groups`] brings two more.
    pub groups: usize,
    /// How much of what is odd.
    pub mix: Mix,
}

impl Default for CompanyPlan {
    fn default() -> Self {
        Self { seed: 1, people: 2_000, accounts: 1_000, groups: 20, mix: Mix::default() }
    }
}

impl CompanyPlan {
    /// A company without any oddity, for exact call counts: everybody is a colleague, complete and enabled, with an
    /// address of his own. The n-th account is that of the n-th person (there are no more accounts than people) and
    /// says what the directory says; a share `linked` of them, rounded, is linked, the others are found by e-mail. No
    /// account holds a role, not even a default one. There are 20 groups.
    #[must_use]
    pub fn plain(people: usize, accounts: usize, linked: f64) -> Self {
        let mix = Mix { linked, ..Mix::none() };
        Self { people, accounts: accounts.min(people), mix, ..Self::default() }
    }

    /// A [`plain`](Self::plain) company in which everybody has a linked account that holds the default roles and those
    /// of [`suggested_mapping`](World::suggested_mapping) for all groups of the plan: nothing is left to do.
    #[must_use]
    pub fn settled(people: usize) -> Self {
        let mix = Mix { linked: 1.0, default_roles: 1.0, settled_roles: 1.0, ..Mix::none() };
        Self { people, accounts: people, mix, ..Self::default() }
    }

    /// Makes the company. A million people with as many accounts take some seconds and some 700 MB.
    #[must_use]
    pub fn build(&self) -> World {
        let dice = dice::Dice::new(self.seed);
        let mut texts = texts::Texts::new();
        let mut addresses = address::Addresses::default();

        let (people, drafts) = people::hire(self, dice, &mut texts, &mut addresses);
        let enrolments = groups::enrol(self, dice, &drafts);
        let mut world = World {
            people,
            groups: enrolments.iter().map(|enrolment| (enrolment.id, enrolment.group(&drafts))).collect(),
            roles: roles::all(),
            ..World::default()
        };
        let due = roles::Due::new(&world, self, &enrolments, drafts.len());
        drop(enrolments);
        world.accounts = accounts::Clerk::new(self, dice, &drafts, &texts, &mut addresses, &due).open_all();
        world
    }
}
