//! What happens to people and groups.

use std::collections::HashSet;
use std::sync::Arc;

use super::super::address::fold;
use super::super::dice::uuid;
use super::super::names::COMPANY_DOMAINS;
use super::super::people::domain;
use super::{Churn, Happening};
use crate::change::WorldEditor;
use crate::world::{Person, World};

impl Churn {
    pub(super) fn hire(&mut self, editor: &mut WorldEditor<'_>) -> Happening {
        let id = uuid(&mut self.rng);
        let name = self.texts.draw_name(self.rng.fork());
        let mail = free_address(editor, &self.texts.mailbox(name), domain(&COMPANY_DOMAINS, self.rng.fork()));
        let (given, surname) = (self.texts.given(name), self.texts.surname(name));
        editor.add_person(Person::new(id, &given, &surname, &mail, &self.title()));
        Happening::Hired(id)
    }

    pub(super) fn change_title(&mut self, editor: &mut WorldEditor<'_>) -> Option<Happening> {
        let title = self.title();
        let id = self.living(editor, |person| person.job_title.as_ref().is_some_and(|own| *own != title))?.id;
        editor.update_person(id, |person| person.job_title = Some(title));
        Some(Happening::TitleChanged(id))
    }

    pub(super) fn clear_title(&mut self, editor: &mut WorldEditor<'_>) -> Option<Happening> {
        let id = self.living(editor, |person| person.job_title.is_some())?.id;
        editor.update_person(id, |person| person.job_title = None);
        Some(Happening::TitleCleared(id))
    }

    pub(super) fn set_title(&mut self, editor: &mut WorldEditor<'_>) -> Option<Happening> {
        let title = self.title();
        let id = self.living(editor, |person| person.job_title.is_none())?.id;
        editor.update_person(id, |person| person.job_title = Some(title));
        Some(Happening::TitleSet(id))
    }

    /// Surname and address change; the sign-in name with the address where it was the same.
    pub(super) fn change_name(&mut self, editor: &mut WorldEditor<'_>) -> Option<Happening> {
        let name = self.texts.draw_name(self.rng.fork());
        let surname = self.texts.surname(name);
        let person = self.living(editor, |person| {
            person.mail.as_ref().is_some_and(|mail| mail.contains('@')) && person.surname.as_ref() != Some(&surname)
        })?;
        let (id, given, old) = (person.id, person.given_name.clone().unwrap_or_default(), person.mail.clone()?);
        let (_, domain) = old.rsplit_once('@')?;
        let written = self.texts.mailbox(name);
        let (drawn_given, folded) = written.split_once('.')?;
        let own_given = fold(&given);
        let mailbox = format!("{}.{folded}", if own_given.is_empty() { drawn_given } else { &own_given });
        let mail: Arc<str> = free_address(editor, &mailbox, domain).into();
        editor.update_person(id, |person| {
            if person.user_principal_name.as_ref() == Some(&old) {
                person.user_principal_name = Some(mail.clone());
            }
            person.mail = Some(mail);
            person.display_name = Some(format!("{} {surname}", given.trim()).trim().into());
            person.surname = Some(surname);
        });
        Some(Happening::NameChanged(id))
    }

    pub(super) fn set_enabled(&mut self, editor: &mut WorldEditor<'_>, enabled: bool) -> Option<Happening> {
        let id = self.living(editor, |person| person.account_enabled == Some(!enabled))?.id;
        editor.update_person(id, |person| person.account_enabled = Some(enabled));
        Some(if enabled { Happening::Enabled(id) } else { Happening::Disabled(id) })
    }

    pub(super) fn delete(&mut self, editor: &mut WorldEditor<'_>) -> Option<Happening> {
        let id = self.living(editor, |_| true)?.id;
        editor.delete_person(id).then_some(Happening::Deleted(id))
    }

    pub(super) fn restore(&mut self, editor: &mut WorldEditor<'_>) -> Option<Happening> {
        let now = editor.now();
        let id = self.person(editor, |person| person.deleted.is_some_and(|deleted| deleted.is_restorable(now)))?.id;
        editor.restore_person(id).then_some(Happening::Restored(id))
    }

    pub(super) fn purge(&mut self, editor: &mut WorldEditor<'_>) -> Option<Happening> {
        let id = self.person(editor, |person| person.deleted.is_some())?.id;
        editor.purge_person(id).then_some(Happening::Purged(id))
    }

    pub(super) fn join(&mut self, editor: &mut WorldEditor<'_>) -> Option<Happening> {
        let (group, member) = self.stranger(editor)?;
        editor.add_member(group, member).then_some(Happening::Joined { group, member })
    }

    pub(super) fn leave(&mut self, editor: &mut WorldEditor<'_>) -> Option<Happening> {
        let (group, member) = self.member(editor)?;
        editor.remove_member(group, member).then_some(Happening::Left { group, member })
    }

    pub(super) fn nest(&mut self, editor: &mut WorldEditor<'_>) -> Option<Happening> {
        let (group, member) = self.nestable(editor)?;
        editor.add_member(group, member).then_some(Happening::Joined { group, member })
    }

    pub(super) fn unnest(&mut self, editor: &mut WorldEditor<'_>) -> Option<Happening> {
        let (group, member) = self.nested(editor)?;
        editor.remove_member(group, member).then_some(Happening::Left { group, member })
    }

    fn title(&mut self) -> Arc<str> {
        let title = self.texts.draw_title(self.rng.fork());
        self.texts.title(title)
    }
}

/// An address that nobody has, in the directory or in ZenQMS, and nobody signs in with.
fn free_address(world: &World, mailbox: &str, domain: &str) -> String {
    let domain = domain.to_lowercase();
    let begins = |text: &Arc<str>| {
        let text = text.to_lowercase();
        text.starts_with(mailbox).then_some(text)
    };
    let taken: HashSet<String> = world
        .people
        .iter()
        .flat_map(|person| [&person.mail, &person.user_principal_name])
        .flatten()
        .filter_map(begins)
        .collect();
    let is_free = |address: &String| !taken.contains(address) && world.accounts.by_email(address).next().is_none();
    let wanted = format!("{mailbox}@{domain}");
    let numbered = (2_u64..).map(|number| format!("{mailbox}{number}@{domain}"));
    std::iter::once(wanted.clone()).chain(numbered).find(is_free).unwrap_or(wanted)
}
