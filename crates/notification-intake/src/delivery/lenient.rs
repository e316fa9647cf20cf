//! JSON of a stranger, read once and without a tree: whatever is not of the kind that is looked for counts as not being there, and
//! of two properties with one name the last one counts, as in most parsers.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// What can be made of any JSON at all. Each kind that is not looked for is read to its end, and is nothing.
pub(super) trait Lenient<'de>: Default {
    /// A text.
    fn text(_: Cow<'de, str>) -> Self {
        Self::default()
    }

    /// A whole number from 0 on.
    fn number(_: u64) -> Self {
        Self::default()
    }

    /// An object.
    fn object<A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        while name(&mut map)?.is_some() {
            skip(&mut map)?;
        }
        Ok(Self::default())
    }

    /// A list.
    fn list<A: SeqAccess<'de>>(mut list: A) -> Result<Self, A::Error> {
        while list.next_element::<Any<Nothing>>()?.is_some() {}
        Ok(Self::default())
    }
}

/// How one of these is deserialised.
pub(super) struct Any<T>(pub(super) T);

impl<'de, T: Lenient<'de>> Deserialize<'de> for Any<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OfAnyKind(PhantomData)).map(Self)
    }
}

struct OfAnyKind<T>(PhantomData<T>);

impl<'de, T: Lenient<'de>> Visitor<'de> for OfAnyKind<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_unit<E: Error>(self) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        Ok(T::number(number))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<T, E> {
        Ok(T::text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        Ok(T::text(Cow::Owned(text.to_owned())))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::object(map)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<T, A::Error> {
        T::list(list)
    }
}

/// Of which nothing is wanted. Read by these means and not as `serde` ignores things, which follows a stranger's brackets to any
/// depth.
#[derive(Default)]
pub(super) struct Nothing;

impl Lenient<'_> for Nothing {}

/// A text, where it is one.
pub(super) type Text<'de> = Option<Cow<'de, str>>;

impl<'de> Lenient<'de> for Text<'de> {
    fn text(text: Cow<'de, str>) -> Self {
        Some(text)
    }
}

impl<'de, T: Lenient<'de>> Lenient<'de> for Option<Vec<T>> {
    fn list<A: SeqAccess<'de>>(mut list: A) -> Result<Self, A::Error> {
        let mut all = Vec::new();
        while let Some(Any(one)) = list.next_element()? {
            all.push(one);
        }
        Ok(Some(all))
    }
}

/// The next property's name.
pub(super) fn name<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<Text<'de>>, A::Error> {
    Ok(map.next_key::<Any<Text<'de>>>()?.map(|Any(name)| name))
}

/// Its value.
pub(super) fn value<'de, A: MapAccess<'de>, T: Lenient<'de>>(map: &mut A) -> Result<T, A::Error> {
    map.next_value().map(|Any(value)| value)
}

/// Its value, for which nobody looks.
pub(super) fn skip<'de, A: MapAccess<'de>>(map: &mut A) -> Result<(), A::Error> {
    value::<A, Nothing>(map).map(|Nothing| ())
}
