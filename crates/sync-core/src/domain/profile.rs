use super::{Account, Email, Field, FieldSet, Personal};

/// The four required fields of a person, complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The e-mail address.
    pub email: Email,
    /// The first name.
    pub first_name: Personal,
    /// The last name.
    pub last_name: Personal,
    /// The job title.
    pub title: Personal,
}

/// The fields of an account that are to change, each with its new value; absent fields stay.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProfileChanges {
    /// The new e-mail address.
    pub email: Option<Email>,
    /// The new first name.
    pub first_name: Option<Personal>,
    /// The new last name.
    pub last_name: Option<Personal>,
    /// The new job title.
    pub title: Option<Personal>,
    /// The new state.
    pub is_active: Option<bool>,
}

/// What fields held that are to change. A field is absent of which ZenQMS showed nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replaced(Vec<(Field, Personal)>);

impl Replaced {
    /// What this field held.
    #[must_use]
    pub fn get(&self, field: Field) -> Option<&Personal> {
        self.0.iter().find(|(of, _)| *of == field).map(|(_, text)| text)
    }
}

impl ProfileChanges {
    /// What must change in `account` for it to say what the directory says. `active` is `None` where the directory does
    /// not know; then the account's state stays.
    #[must_use]
    pub fn between(account: &Account, profile: &Profile, active: Option<bool>) -> Self {
        fn differing<T: Clone + PartialEq>(is: Option<&T>, should: &T) -> Option<T> {
            (is != Some(should)).then(|| should.clone())
        }
        Self {
            email: differing(account.email.as_ref(), &profile.email),
            first_name: differing(account.first_name.as_ref(), &profile.first_name),
            last_name: differing(account.last_name.as_ref(), &profile.last_name),
            title: differing(account.title.as_ref(), &profile.title),
            is_active: active.filter(|&active| account.is_active != Some(active)),
        }
    }

    /// Leaves only what `other` changes in the same way.
    pub fn keep_only(&mut self, other: &Self) {
        fn same<T: PartialEq>(mine: &mut Option<T>, other: Option<&T>) {
            if mine.as_ref() != other {
                *mine = None;
            }
        }
        same(&mut self.email, other.email.as_ref());
        same(&mut self.first_name, other.first_name.as_ref());
        same(&mut self.last_name, other.last_name.as_ref());
        same(&mut self.title, other.title.as_ref());
        same(&mut self.is_active, other.is_active.as_ref());
    }

    /// Only the account's state changes.
    #[must_use]
    pub fn deactivation() -> Self {
        Self { is_active: Some(false), ..Self::default() }
    }

    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields().is_empty()
    }

    /// What `account` holds in the fields that change.
    #[must_use]
    pub fn replaced_in(&self, account: &Account) -> Replaced {
        Replaced(self.fields().iter().filter_map(|field| Some((field, account.text(field)?))).collect())
    }

    /// The fields that change, each with its new value as a text.
    #[must_use]
    pub fn texts(&self) -> Vec<(Field, Personal)> {
        let texts = [
            (Field::Email, self.email.as_ref().map(Email::as_personal).cloned()),
            (Field::FirstName, self.first_name.clone()),
            (Field::LastName, self.last_name.clone()),
            (Field::Title, self.title.clone()),
            (Field::IsActive, self.is_active.map(|active| Personal::new(&active.to_string()))),
        ];
        texts.into_iter().filter_map(|(field, text)| Some((field, text?))).collect()
    }

    /// The fields that change.
    #[must_use]
    pub fn fields(&self) -> FieldSet {
        [
            (Field::Email, self.email.is_some()),
            (Field::FirstName, self.first_name.is_some()),
            (Field::LastName, self.last_name.is_some()),
            (Field::Title, self.title.is_some()),
            (Field::IsActive, self.is_active.is_some()),
        ]
        .into_iter()
        .filter_map(|(field, changes)| changes.then_some(field))
        .collect()
    }
}
