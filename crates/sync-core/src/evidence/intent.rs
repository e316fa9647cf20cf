use crate::domain::{
    AccountId, DirectoryUserId, Field, FieldSet, GroupId, LinkChange, Mapping, Outside, Personal, RoleId,
};
use crate::plan::{KnownGroups, ProfileAction, UserPlan};

use super::{Author, FieldChange, Intent, RecordedField, RoleChange};

impl Intent {
    /// What `plan` is about to write for somebody in these groups; `substituted`: what the directory lacks of him, `deleted`:
    /// whether it has deleted him, `outside`: what puts him outside the scope, if that is why.
    #[must_use]
    pub fn of(
        plan: &UserPlan,
        groups: Option<&KnownGroups>,
        substituted: FieldSet,
        (deleted, outside): (bool, Option<Outside>),
        mapping: &Mapping,
        by: Author,
    ) -> Self {
        let is_in = |group| groups.is_some_and(|known| known.member_of.contains(&group));
        let given = plan.roles.add.iter().map(|role| change(role, mapping, is_in));
        let taken = plan.roles.remove.iter().map(|role| change(role, mapping, |_| false));
        let action = plan.profile.action.as_ref();
        Self {
            by,
            account: action.map_or(plan.account.as_ref(), ProfileAction::account).cloned(),
            deleted,
            outside,
            fields: action.map(|action| fields(action, substituted)).unwrap_or_default(),
            given: given.collect(),
            taken: taken.collect(),
        }
    }

    /// The cleanup takes a link back.
    #[must_use]
    pub fn unlink(user: DirectoryUserId, account: AccountId, by: Author) -> Self {
        let from = Some(Personal::new(&user.to_string()));
        let link = FieldChange { field: RecordedField::Link, from, to: None, substitute: false };
        let (given, taken) = (Vec::new(), Vec::new());
        Self { by, account: Some(account), deleted: false, outside: None, fields: vec![link], given, taken }
    }
}

fn change(role: &RoleId, mapping: &Mapping, gives: impl Fn(GroupId) -> bool) -> RoleChange {
    RoleChange {
        role: role.clone(),
        name: mapping.role(role).map(|role| role.name.clone()).unwrap_or_default(),
        groups: mapping.groups_giving(role).filter(|&group| gives(group)).collect(),
    }
}

fn fields(action: &ProfileAction, substituted: FieldSet) -> Vec<FieldChange> {
    let link = |user: &dyn std::fmt::Display| FieldChange {
        field: RecordedField::Link,
        from: None,
        to: Some(Personal::new(&user.to_string())),
        substitute: false,
    };
    let profile = |field: Field, from: Option<&Personal>, to: Personal| FieldChange {
        field: RecordedField::Profile(field),
        from: from.cloned(),
        to: Some(to),
        substitute: substituted.contains(field),
    };
    match action {
        ProfileAction::Create(new) => {
            let fields = new.fields().texts().into_iter();
            let fields = fields.map(|(field, to)| profile(field, None, to));
            std::iter::once(link(&new.external_id)).chain(fields).collect()
        }
        ProfileAction::Link { patch, replaced, .. } | ProfileAction::Update { patch, replaced, .. } => {
            let link = match &patch.link {
                LinkChange::Set(user) => Some(link(user)),
                // No plan clears a link: that is the cleanup's, and it says so itself.
                LinkChange::Keep | LinkChange::Clear => None,
            };
            let fields = patch.changes.texts().into_iter();
            let fields = fields.map(|(field, to)| profile(field, replaced.get(field), to));
            link.into_iter().chain(fields).collect()
        }
    }
}
