use std::borrow::Cow;
use std::hash::{Hash, Hasher};

use super::Personal;

/// An e-mail address: kept as it was written, compared without case.
#[derive(Clone, Debug)]
pub struct Email(Personal);

impl Email {
    /// Takes the address trimmed; `None` when nothing is left. What an address may look like is ZenQMS's decision.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        Personal::trimmed(text).map(Self)
    }

    /// The address as it was written.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// The address as a text about a person.
    #[must_use]
    pub const fn as_personal(&self) -> &Personal {
        &self.0
    }

    /// The form in which addresses are compared.
    #[must_use]
    pub fn folded(&self) -> Cow<'_, str> {
        fold(self.expose())
    }
}

/// Lower case, without an allocation for what is lower-case ASCII already (nearly every address).
fn fold(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.to_lowercase())
    }
}

impl PartialEq for Email {
    fn eq(&self, other: &Self) -> bool {
        self.folded() == other.folded()
    }
}

impl Eq for Email {}

impl Hash for Email {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.folded().hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::Email;

    #[test]
    fn addresses_that_differ_only_in_case_are_equal() {
        assert_eq!(Email::new("Zoë.O'Brien@Contoso.com"), Email::new(" zoË.o'brien@contoso.COM "));
        assert_ne!(Email::new("zoe@contoso.com"), Email::new("zoë@contoso.com"));
        assert_eq!(Email::new("  "), None);
    }

    #[test]
    fn the_address_stays_as_it_was_written() {
        assert_eq!(Email::new(" Ana@Contoso.com ").unwrap().expose(), "Ana@Contoso.com");
    }
}
