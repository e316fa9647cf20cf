use crate::domain::{Email, Personal};

use super::texts::{TextId, Texts, TextsFull};

/// Four texts in 20 bytes: the mail domain, the names and the title are shared, the local part is not.
#[derive(Clone, Copy)]
pub(super) struct PackedProfile {
    local: TextId,
    domain: TextId,
    first_name: TextId,
    last_name: TextId,
    title: TextId,
}

/// The same, unpacked.
#[derive(Clone, Copy)]
pub(super) struct LooseProfile<'a> {
    pub(super) email: Option<&'a Email>,
    pub(super) first_name: Option<&'a Personal>,
    pub(super) last_name: Option<&'a Personal>,
    pub(super) title: Option<&'a Personal>,
}

impl PackedProfile {
    pub(super) fn pack(texts: &mut Texts, profile: LooseProfile<'_>) -> Result<Self, TextsFull> {
        let mut share = |text: Option<&Personal>| match text {
            Some(text) => texts.share(text.expose()),
            None => Ok(TextId::ABSENT),
        };
        let (first_name, last_name, title) =
            (share(profile.first_name)?, share(profile.last_name)?, share(profile.title)?);
        let mut packed = Self { local: TextId::ABSENT, domain: TextId::ABSENT, first_name, last_name, title };
        packed.set_email(texts, profile.email)?;
        Ok(packed)
    }

    pub(super) fn set_email(&mut self, texts: &mut Texts, email: Option<&Email>) -> Result<(), TextsFull> {
        (self.local, self.domain) = match email.map(|email| split(email.expose())) {
            Some((local, domain)) => (texts.push(local)?, texts.share(domain)?),
            None => (TextId::ABSENT, TextId::ABSENT),
        };
        Ok(())
    }

    pub(super) fn email(&self, texts: &Texts) -> Option<Email> {
        if self.local == TextId::ABSENT {
            return None;
        }
        Email::new(&[texts.get(self.local), texts.get(self.domain)].concat())
    }

    /// Whether this is the address, without building it.
    pub(super) fn has_email(&self, texts: &Texts, folded: &str) -> bool {
        if self.local == TextId::ABSENT {
            return false;
        }
        let (local, domain) = split(folded);
        if texts.get(self.local) == local && texts.get(self.domain) == domain {
            return true;
        }
        self.email(texts).is_some_and(|email| email.folded() == folded)
    }

    pub(super) fn first_name(&self, texts: &Texts) -> Option<Personal> {
        text(texts, self.first_name)
    }

    pub(super) fn last_name(&self, texts: &Texts) -> Option<Personal> {
        text(texts, self.last_name)
    }

    pub(super) fn title(&self, texts: &Texts) -> Option<Personal> {
        text(texts, self.title)
    }
}

fn text(texts: &Texts, id: TextId) -> Option<Personal> {
    (id != TextId::ABSENT).then(|| Personal::new(texts.get(id)))
}

/// The part that is a person's own, and the part that is shared (the `@` included).
fn split(email: &str) -> (&str, &str) {
    email.rfind('@').map_or((email, ""), |at| email.split_at(at))
}
