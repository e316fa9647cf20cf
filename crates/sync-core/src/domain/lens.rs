use sha2::{Digest, Sha256};

use super::{Admission, DirectoryUser, MissingFields, Property, Scope, Shown, Within, short_name};

/// How people of the directory are seen: what stands in for what they lack, and who of them is in the scope. Whatever reads people
/// looks through it, so that nothing behind it knows of two kinds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lens {
    /// What stands in for what people lack.
    pub missing: MissingFields,
    /// Who is in the scope by his own properties.
    pub admission: Admission,
}

impl Lens {
    /// The properties that have to be read for it besides the fields themselves, each once, by the names to select.
    #[must_use]
    pub fn selected(&self) -> Vec<&'static str> {
        let instead = self.missing.attributes().into_iter().map(Property::Attribute);
        let mut names = Vec::new();
        for name in instead.chain(self.admission.properties()).map(Property::selected) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// Whether nobody can be outside, neither by this lens nor by the groups of the scope that goes with it.
    #[must_use]
    pub fn takes_everybody(&self, scope: &Scope) -> bool {
        self.admission.is_everybody() && scope.groups.is_empty()
    }

    /// A person as he is to be seen. Of somebody of whom the directory does not even say whether he may sign in it is not known what
    /// else was not shown (`User.ReadBasic.All` shows names and addresses), so that nothing can be told of him.
    #[must_use]
    pub fn see<'a>(&self, user: DirectoryUser, shown: impl Fn(Property) -> Shown<'a>) -> DirectoryUser {
        let within = match user.account_enabled {
            _ if self.admission.is_everybody() => Within::Inside,
            None => Within::Untold,
            Some(_) => self.admission.judge(&shown),
        };
        let user = self.missing.fill(user, |attribute| shown(Property::Attribute(attribute)).0);
        DirectoryUser { within, ..user }
    }

    /// Names the settings: the first sixteen digits of a SHA-256; `None` where everybody is seen as he is.
    #[must_use]
    pub fn digest(&self) -> Option<String> {
        if self.admission.is_everybody() {
            return self.missing.digest();
        }
        let mut text = self.missing.digest().unwrap_or_default();
        self.admission.write_to(&mut text);
        Some(short_name(&Sha256::digest(text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lens(missing: &str, no_guests: bool, filter: &str) -> Lens {
        let filter = (!filter.is_empty()).then(|| filter.parse().unwrap());
        Lens { missing: missing.parse().unwrap(), admission: Admission { no_guests, filter } }
    }

    #[test]
    fn each_property_is_asked_for_once() {
        let missing = r#"{"surname": {"attribute": "department"}}"#;
        let filter = "department eq 'QA' and onPremisesExtensionAttributes/extensionAttribute1 eq 'x' \
            and onPremisesExtensionAttributes/extensionAttribute2 eq 'y'";
        assert_eq!(lens(missing, true, filter).selected(), ["department", "userType", "onPremisesExtensionAttributes"]);
        assert!(Lens::default().selected().is_empty());
    }

    #[test]
    fn no_two_ways_of_seeing_share_a_name() {
        let missing = r#"{"jobTitle": {"text": "Not stated"}}"#;
        let names = [
            lens("", false, "").digest(),
            lens(missing, false, "").digest(),
            lens("", true, "").digest(),
            lens("", false, "city eq 'W'").digest(),
            lens(missing, true, "city eq 'W'").digest(),
        ];
        assert_eq!(names[0], None);
        let unique: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(unique.len(), names.len(), "{names:?}");
        assert_eq!(names[1], missing.parse::<MissingFields>().unwrap().digest());
    }
}
