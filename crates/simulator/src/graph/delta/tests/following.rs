//! The story of somebody who follows all links through a company's days.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

/// What somebody believes who has read delta queries only.
#[derive(Default)]
struct Belief {
    users: BTreeMap<String, Value>,
    groups: BTreeMap<String, BTreeSet<String>>,
}

impl Belief {
    fn learn_users(&mut self, items: &[Value]) {
        for item in items {
            let id = item["id"].as_str().unwrap().to_owned();
            match item.get("@removed") {
                Some(_) => self.users.remove(&id),
                None => self.users.insert(id, item.clone()),
            };
        }
    }

    fn learn_groups(&mut self, items: &[Value]) {
        for item in items {
            let group = self.groups.entry(item["id"].as_str().unwrap().to_owned()).or_default();
            for member in item["members@delta"].as_array().unwrap_or(&Vec::new()) {
                let id = member["id"].as_str().unwrap();
                if member.get("@removed").is_some() {
                    group.remove(id)
                } else {
                    group.insert(id.to_owned())
                };
            }
        }
    }

    fn assert_true_of(&self, world: &World) {
        let living: Vec<&Person> = world.people.iter().filter(|person| person.deleted.is_none()).collect();
        assert_eq!(self.users.len(), living.len());
        for person in living {
            let believed = &self.users[&person.id.to_string()];
            assert_eq!(believed["mail"].as_str(), person.mail.as_deref());
            assert_eq!(believed["jobTitle"].as_str(), person.job_title.as_deref());
        }
        for group in world.groups.values() {
            let members = group.members.iter().map(|member| match member {
                Member::Person(id) | Member::Group(id) => id.to_string(),
            });
            assert_eq!(self.groups[&group.id.to_string()], members.collect::<BTreeSet<_>>());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_follows_the_links_ends_with_the_truth() {
    for seed in 0..12 {
        let mut behaviour = Behaviour::default();
        behaviour.graph.page_cap = Some(3);
        behaviour.graph.delta_repeats = seed % 2 == 1;
        let mut world = CompanyPlan::plain(40, 0, 0.0).build();
        world.groups = world.groups.into_iter().take(4).collect();
        let simulation = Simulation::new(world, behaviour);
        let token = graph::tests::token(&simulation).await;
        let asker = Asker { simulation, token };
        let stale = |route| {
            let kind = FaultKind::Stale(Age::Changes(5));
            Fault::on(route).share(0.3, seed).kind(kind)
        };
        asker.simulation.faults().add(stale(Route::UsersDelta));
        asker.simulation.faults().add(stale(Route::GroupsDelta));
        let (mut churn, mut belief) = (Churn::new(seed), Belief::default());
        let (mut users, mut groups) = (USERS.to_owned(), "/groups/delta".to_owned());
        for round in 0..12 {
            if round == 11 {
                asker.simulation.faults().clear();
            }
            let (items, link) = asker.round(&users).await;
            belief.learn_users(&items);
            users = link;
            let (items, link) = asker.round(&groups).await;
            belief.learn_groups(&items);
            groups = link;
            if round < 10 {
                asker.simulation.change(|editor| {
                    for _ in 0..10 {
                        churn.step(editor);
                    }
                });
            }
        }
        asker.simulation.world(|world| belief.assert_true_of(world));
    }
}
