//! What can be done on the page: what an administrator of the directory does.

use std::sync::Arc;

use serde::Deserialize;
use simulator::{Happening, Member, Simulation, WorldEditor};
use tokio::sync::watch;
use uuid::Uuid;

use crate::watch::Watch;

/// The longest job title (Graph docs: user resource).
const LONGEST_TITLE: usize = 128;

/// Something to do.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "act", rename_all = "lowercase", deny_unknown_fields)]
pub(super) enum Act {
    Disable { person: Uuid },
    Enable { person: Uuid },
    Title { person: Uuid, title: String },
    Join { person: Uuid, group: Uuid },
    Leave { person: Uuid, group: Uuid },
    Delete { person: Uuid },
    Restore { person: Uuid },
    Live { on: bool },
}

impl Act {
    /// Does it.
    ///
    /// # Errors
    /// Why it cannot be done, in words.
    pub(super) fn carry_out(
        self,
        simulation: &Simulation,
        seen: &Watch,
        alive: &watch::Sender<bool>,
    ) -> Result<(), &'static str> {
        if let Self::Live { on } = self {
            alive.send_replace(on);
            return Ok(());
        }
        simulation.change(|editor| {
            let happening = self.change(editor)?;
            seen.note(&happening, editor);
            Ok(())
        })
    }

    fn change(self, editor: &mut WorldEditor<'_>) -> Result<Happening, &'static str> {
        match self {
            Self::Disable { person } => set_enabled(editor, person, false).map(|()| Happening::Disabled(person)),
            Self::Enable { person } => set_enabled(editor, person, true).map(|()| Happening::Enabled(person)),
            Self::Title { person, title } => set_title(editor, person, title.trim()),
            Self::Join { person, group } => {
                living(editor, person)?;
                let member = Member::Person(person);
                let added = editor.add_member(group, member);
                added
                    .then_some(Happening::Joined { group, member })
                    .ok_or("that cannot be: is the person in it already?")
            }
            Self::Leave { person, group } => {
                living(editor, person)?;
                let member = Member::Person(person);
                editor
                    .remove_member(group, member)
                    .then_some(Happening::Left { group, member })
                    .ok_or("not in that group")
            }
            Self::Delete { person } => {
                living(editor, person)?;
                editor.delete_person(person).then_some(Happening::Deleted(person)).ok_or("there is no such person")
            }
            Self::Restore { person } => {
                editor.restore_person(person).then_some(Happening::Restored(person)).ok_or("that person is not deleted")
            }
            Self::Live { .. } => Err("that is no change"),
        }
    }
}

fn living(editor: &WorldEditor<'_>, person: Uuid) -> Result<(), &'static str> {
    let person = editor.people.get(person).ok_or("there is no such person")?;
    if person.deleted.is_some() { Err("that person is deleted") } else { Ok(()) }
}

fn set_enabled(editor: &mut WorldEditor<'_>, person: Uuid, enabled: bool) -> Result<(), &'static str> {
    living(editor, person)?;
    editor.update_person(person, |person| person.account_enabled = Some(enabled));
    Ok(())
}

fn set_title(editor: &mut WorldEditor<'_>, person: Uuid, title: &str) -> Result<Happening, &'static str> {
    living(editor, person)?;
    if title.chars().count() > LONGEST_TITLE || title.chars().any(char::is_control) {
        return Err("a job title has at most 128 characters, and no control characters");
    }
    let title: Option<Arc<str>> = (!title.is_empty()).then(|| title.into());
    let had_one = editor.people.get(person).is_some_and(|person| person.job_title.is_some());
    let happening = match (&title, had_one) {
        (None, _) => Happening::TitleCleared(person),
        (Some(_), true) => Happening::TitleChanged(person),
        (Some(_), false) => Happening::TitleSet(person),
    };
    editor.update_person(person, |person| person.job_title = title);
    Ok(happening)
}

#[cfg(test)]
mod tests {
    use simulator::{Behaviour, Group, Person, World};
    use sync_core::domain::Mapping;
    use sync_core::ports::Nesting;

    use super::*;
    use crate::agreement::Rules;

    const ANNA: Uuid = Uuid::from_u128(1);
    const TEAM: Uuid = Uuid::from_u128(100);

    fn read(json: &str) -> serde_json::Result<Act> {
        serde_json::from_str(json)
    }

    #[test]
    fn an_act_is_read_as_the_page_writes_it() {
        let id = "00000000-0000-0000-0000-000000000001";
        let title = read(&format!(r#"{{"act":"title","person":"{id}","title":"Lead"}}"#)).unwrap();
        assert_eq!(title, Act::Title { person: ANNA, title: "Lead".to_owned() });
        assert_eq!(read(r#"{"act":"live","on":true}"#).unwrap(), Act::Live { on: true });
        for wrong in
            ["{}", r#"{"act":"purge"}"#, r#"{"act":"disable","person":"x"}"#, r#"{"act":"live","on":true,"x":1}"#]
        {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[tokio::test]
    async fn acts_change_the_directory_and_are_noted() {
        let world = World::default()
            .with_person(Person::new(ANNA, "Anna", "Meier", "anna@acme.example", "Analyst"))
            .with_group(Group::new(TEAM, "Team"));
        let simulation = Simulation::new(world, Behaviour::default());
        let seen = Watch::new(simulation.clone());
        seen.begin(Rules::new(&Mapping::default(), Nesting::Transitive, true));
        let (alive, living) = watch::channel(false);
        let act = |act: Act| act.carry_out(&simulation, &seen, &alive);
        act(Act::Disable { person: ANNA }).unwrap();
        act(Act::Title { person: ANNA, title: "  ".to_owned() }).unwrap();
        act(Act::Join { person: ANNA, group: TEAM }).unwrap();
        assert!(act(Act::Join { person: ANNA, group: TEAM }).is_err());
        act(Act::Leave { person: ANNA, group: TEAM }).unwrap();
        act(Act::Delete { person: ANNA }).unwrap();
        assert_eq!(act(Act::Enable { person: ANNA }), Err("that person is deleted"));
        act(Act::Restore { person: ANNA }).unwrap();
        assert!(act(Act::Title { person: ANNA, title: "x".repeat(129) }).is_err());
        assert_eq!(act(Act::Delete { person: TEAM }), Err("there is no such person"));
        act(Act::Live { on: true }).unwrap();
        assert!(*living.borrow());
        let anna = simulation.world(|world| world.people.get(ANNA).unwrap().clone());
        assert_eq!((anna.account_enabled, anna.job_title, anna.deleted), (Some(false), None, None));
        assert_eq!(seen.since(0).len(), 6);
    }
}
