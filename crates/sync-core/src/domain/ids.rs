use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

/// A text that is not the id it was taken for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {expected}")]
pub struct IdError {
    text: String,
    expected: &'static str,
}

macro_rules! entra_id {
    ($(#[$doc:meta])* $name:ident, $expected:literal) => {
        $(#[$doc])*
        ///
        /// Entra object ids are GUIDs; compared without case, written in lower case with hyphens.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// The id as 16 bytes, for compact storage.
            #[must_use]
            pub const fn to_bytes(self) -> [u8; 16] {
                self.0.into_bytes()
            }

            /// The inverse of [`Self::to_bytes`].
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }

            /// Reads the usual form, 36 characters with hyphens, in either case; surrounding space is ignored.
            ///
            /// # Errors
            /// Anything else, named.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                let trimmed = text.trim();
                match Uuid::try_parse(trimmed) {
                    Ok(id) if trimmed.len() == uuid::fmt::Hyphenated::LENGTH => Ok(Self(id)),
                    _ => Err(IdError { text: text.chars().take(80).collect(), expected: $expected }),
                }
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                Self::parse(&text).map_err(de::Error::custom)
            }
        }
    };
}

entra_id!(
    /// The object id of a person in Entra ID: what an account's `external_id` holds once linked.
    DirectoryUserId,
    "a directory user's object id (a GUID)"
);
entra_id!(
    /// The object id of a group in Entra ID.
    GroupId,
    "a group's object id (a GUID)"
);

/// An id whose form is the service's own affair: ZenQMS may write a JSON number or a JSON string, and gets back what
/// it wrote.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OpaqueId {
    /// Came as a JSON number.
    Number(u64),
    /// Came as a JSON string.
    Text(Box<str>),
}

impl fmt::Display for OpaqueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}

impl fmt::Debug for OpaqueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for OpaqueId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(number) => serializer.serialize_u64(*number),
            Self::Text(text) => serializer.serialize_str(text),
        }
    }
}

impl<'de> Deserialize<'de> for OpaqueId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl de::Visitor<'_> for Either {
            type Value = OpaqueId;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an id: a whole number or a text that is not empty")
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<OpaqueId, E> {
                Ok(OpaqueId::Number(number))
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<OpaqueId, E> {
                u64::try_from(number).map(OpaqueId::Number).map_err(E::custom)
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<OpaqueId, E> {
                if text.is_empty() { Err(E::invalid_length(0, &self)) } else { Ok(OpaqueId::Text(text.into())) }
            }
        }
        deserializer.deserialize_any(Either)
    }
}

macro_rules! zenqms_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub OpaqueId);

        impl $name {
            /// The id in its text form, whichever form the service uses.
            #[must_use]
            pub fn text(text: &str) -> Self {
                Self(OpaqueId::Text(text.into()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    };
}

zenqms_id!(
    /// The id of an account in ZenQMS.
    AccountId
);
zenqms_id!(
    /// The id of a role in ZenQMS.
    RoleId
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entra_id_is_read_in_either_case_and_written_in_lower_case() {
        let id = DirectoryUserId::parse(" 6F9619FF-8B86-D011-B42D-00CF4FC964FF ").unwrap();
        assert_eq!(id.to_string(), "6f9619ff-8b86-d011-b42d-00cf4fc964ff");
        assert_eq!(DirectoryUserId::from_bytes(id.to_bytes()), id);
    }

    #[test]
    fn what_is_no_guid_is_refused_by_name() {
        for text in ["", "8412", "6f9619ff8b86d011b42d00cf4fc964ff", "{6f9619ff-8b86-d011-b42d-00cf4fc964ff}"] {
            let error = GroupId::parse(text).unwrap_err();
            assert_eq!(error.to_string(), format!("`{text}` is not a group's object id (a GUID)"));
        }
    }

    #[test]
    fn an_opaque_id_goes_back_in_the_form_in_which_it_came() {
        for json in ["8412", "\"8412\"", "\"usr_9\"", "18446744073709551615"] {
            let id: AccountId = serde_json::from_str(json).unwrap();
            assert_eq!(serde_json::to_string(&id).unwrap(), json);
        }
        assert_ne!(
            serde_json::from_str::<AccountId>("8412").unwrap(),
            serde_json::from_str::<AccountId>("\"8412\"").unwrap()
        );
        for json in ["\"\"", "-3", "1.5", "null", "true", "{}"] {
            assert!(serde_json::from_str::<AccountId>(json).is_err(), "{json}");
        }
    }
}
