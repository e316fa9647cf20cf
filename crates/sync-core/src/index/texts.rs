use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

/// Many texts in one block of memory. Texts that many people share (first names, job titles, mail domains) are kept once.
#[derive(Default)]
pub(super) struct Texts {
    bytes: String,
    /// Where each shared text begins.
    shared: HashTable<TextId>,
    hasher: DefaultHashBuilder,
}

/// Where a text begins; its length stands in front of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TextId(u32);

impl TextId {
    pub(super) const fn number(self) -> u32 {
        self.0
    }

    /// The inverse of [`Self::number`].
    pub(super) const fn from_number(number: u32) -> Self {
        Self(number)
    }

    /// Stands for a text that is absent; no text ever begins there.
    pub(super) const ABSENT: Self = Self(u32::MAX);
}

/// No more text fits: 4 GiB are full. Fifty million people would not fill them.
#[derive(Debug, thiserror::Error)]
#[error("the people's texts exceed 4 GiB, more than this integration can hold")]
pub struct TextsFull;

impl Texts {
    /// Keeps a text that is probably nobody else's.
    pub(super) fn push(&mut self, text: &str) -> Result<TextId, TextsFull> {
        let at = u32::try_from(self.bytes.len()).ok().filter(|&at| at != u32::MAX).ok_or(TextsFull)?;
        let mut rest = text.len();
        // The length in base 64, least digit first, as ASCII: the block stays a valid `String`, and a length below 64
        // (nearly all of them) costs one byte.
        loop {
            let digit = u8::try_from(rest % 64).unwrap_or(0);
            rest /= 64;
            let more = if rest > 0 { 64 } else { 0 };
            self.bytes.push(char::from(digit + more));
            if rest == 0 {
                break;
            }
        }
        self.bytes.push_str(text);
        Ok(TextId(at))
    }

    /// Keeps a text that many people share: the same text always gets the same id.
    pub(super) fn share(&mut self, text: &str) -> Result<TextId, TextsFull> {
        let hash = self.hasher.hash_one(text);
        if let Some(&known) = self.shared.find(hash, |&id| read(&self.bytes, id) == text) {
            return Ok(known);
        }
        let id = self.push(text)?;
        let Self { bytes, shared, hasher } = self;
        shared.insert_unique(hash, id, |&id| hasher.hash_one(read(bytes, id)));
        Ok(id)
    }

    /// The text that was kept under this id; empty for [`TextId::ABSENT`].
    pub(super) fn get(&self, id: TextId) -> &str {
        read(&self.bytes, id)
    }
}

fn read(bytes: &str, TextId(at): TextId) -> &str {
    let Some(rest) = bytes.get(at as usize..) else {
        return "";
    };
    let mut length = 0;
    for (place, digit) in rest.bytes().enumerate() {
        length += usize::from(digit % 64) << (6 * place);
        if digit < 64 {
            return rest.get(place + 1..place + 1 + length).unwrap_or("");
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::{TextId, Texts};

    #[test]
    fn texts_of_any_length_come_back_and_shared_ones_are_kept_once() {
        let mut texts = Texts::default();
        let long = "ü".repeat(10_000);
        let ids = ["", "Ana", &long, "山田"].map(|text| (texts.share(text).unwrap(), text));
        for (id, text) in ids {
            assert_eq!(texts.get(id), text);
            assert_eq!(texts.share(text).unwrap(), id);
        }
        let own = texts.push("Ana").unwrap();
        assert_ne!(own, ids[1].0);
        assert_eq!(texts.get(own), "Ana");
        assert_eq!(texts.get(TextId::ABSENT), "");
    }
}
