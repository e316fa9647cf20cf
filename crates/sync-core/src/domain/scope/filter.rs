use std::collections::BTreeSet;
use std::str::FromStr;

use super::property::{Property, Shown, folded};

mod words;

use words::{Token, Words};

/// Who is inside the scope, in the part of OData's `$filter` that can be decided by looking at one person.
///
/// ```text
/// userType eq 'Member' and (department in ('QA', 'RA') or startsWith(jobTitle, 'Head of'))
/// ```
///
/// `eq`, `ne`, `in`, `startsWith`, `endsWith`, `contains`, `and`, `or`, `not` and parentheses. Capitals of texts make no difference, as
/// they make none to Graph. A property that holds nothing equals `null` and no text, and begins with none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    text: Box<str>,
    test: Test,
}

/// A filter that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// Something else was expected there.
    #[error("at `{found}`: expected {expected}")]
    Unexpected {
        /// What is there.
        found: String,
        /// What could be.
        expected: &'static str,
    },
    /// It ends too early.
    #[error("it ends where {0} is expected")]
    Ended(&'static str),
    /// No such property can be asked for.
    #[error("`{name}` is no property that a filter can ask for; expected {}", Property::names())]
    UnknownProperty {
        /// The name as it is written.
        name: String,
    },
    /// Graph has comparisons that this integration does not know.
    #[error("`{0}` is not known here; compare with eq, ne or in, or by startsWith, endsWith or contains")]
    UnknownOperator(String),
    /// Its quote is never closed.
    #[error("the text `{0}` is not closed; a quote within a text is written twice")]
    OpenText(String),
    /// A character that begins nothing.
    #[error("`{0}` begins nothing; texts stand in single quotes, 'QA'")]
    Stray(char),
    /// Nobody can mean it.
    #[error("parentheses and `not` stand {} deep within each other at most", Filter::DEEPEST)]
    TooDeep,
    /// A function's whole environment is 4 KB.
    #[error(
        "it has {characters} characters; shorten it to {}, or let a group say who is meant, one with dynamic members perhaps",
        Filter::LONGEST
    )]
    TooLong {
        /// How long it is.
        characters: usize,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Test {
    Any(Vec<Test>),
    All(Vec<Test>),
    Not(Box<Test>),
    /// Is one of these; `None`: holds nothing.
    Is(Property, Vec<Option<Box<str>>>),
    Part(Part, Property, Box<str>),
}

/// Where a text is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Start,
    End,
    Anywhere,
}

impl Filter {
    /// In characters.
    pub const LONGEST: usize = 150;
    /// How deep parentheses may stand within each other.
    pub const DEEPEST: usize = 16;

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether somebody who shows these properties is inside.
    pub fn admits<'a>(&self, shown: &impl Fn(Property) -> Shown<'a>) -> bool {
        self.test.holds(shown)
    }

    /// The properties it asks for.
    #[must_use]
    pub fn properties(&self) -> BTreeSet<Property> {
        let mut properties = BTreeSet::new();
        self.test.note_properties(&mut properties);
        properties
    }
}

impl Test {
    fn holds<'a>(&self, shown: &impl Fn(Property) -> Shown<'a>) -> bool {
        match self {
            Self::Any(tests) => tests.iter().any(|test| test.holds(shown)),
            Self::All(tests) => tests.iter().all(|test| test.holds(shown)),
            Self::Not(test) => !test.holds(shown),
            Self::Is(property, values) => {
                let Shown(text) = shown(*property);
                let own = text.map(folded);
                values.iter().any(|value| value.as_deref() == own.as_deref())
            }
            Self::Part(part, property, wanted) => {
                let Shown(text) = shown(*property);
                text.map(folded).is_some_and(|own| match part {
                    Part::Start => own.starts_with(&**wanted),
                    Part::End => own.ends_with(&**wanted),
                    Part::Anywhere => own.contains(&**wanted),
                })
            }
        }
    }

    fn note_properties(&self, properties: &mut BTreeSet<Property>) {
        match self {
            Self::Any(tests) | Self::All(tests) => tests.iter().for_each(|test| test.note_properties(properties)),
            Self::Not(test) => test.note_properties(properties),
            Self::Is(property, _) | Self::Part(_, property, _) => {
                properties.insert(*property);
            }
        }
    }
}

impl FromStr for Filter {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Self, FilterError> {
        let text = text.trim();
        let characters = text.chars().count();
        if characters > Self::LONGEST {
            return Err(FilterError::TooLong { characters });
        }
        let mut words = Words::of(text)?;
        let admitted = any(&mut words, 0)?;
        match words.next() {
            None => Ok(Self { text: text.into(), test: admitted }),
            Some(token) => Err(token.unexpected("`and`, `or` or the end")),
        }
    }
}

fn any(words: &mut Words, depth: usize) -> Result<Test, FilterError> {
    let mut tests = vec![all(words, depth)?];
    while words.take_word("or") {
        tests.push(all(words, depth)?);
    }
    Ok(Test::Any(tests))
}

fn all(words: &mut Words, depth: usize) -> Result<Test, FilterError> {
    let mut tests = vec![one(words, depth)?];
    while words.take_word("and") {
        tests.push(one(words, depth)?);
    }
    Ok(Test::All(tests))
}

const TEST: &str = "a comparison such as department eq 'QA'";

fn one(words: &mut Words, depth: usize) -> Result<Test, FilterError> {
    if depth > Filter::DEEPEST {
        return Err(FilterError::TooDeep);
    }
    match words.next().ok_or(FilterError::Ended(TEST))? {
        Token::Open => {
            let test = any(words, depth + 1)?;
            words.expect(&Token::Close, "`)`")?;
            Ok(test)
        }
        Token::Word(word) if word == "not" => Ok(Test::Not(Box::new(one(words, depth + 1)?))),
        Token::Word(word) => match part(&word) {
            Some(part) => within(words, part),
            None => compared(words, property(word)?),
        },
        token => Err(token.unexpected(TEST)),
    }
}

/// OData writes `startswith`, Graph's pages `startsWith`.
fn part(word: &str) -> Option<Part> {
    [("startswith", Part::Start), ("endswith", Part::End), ("contains", Part::Anywhere)]
        .into_iter()
        .find_map(|(name, part)| name.eq_ignore_ascii_case(word).then_some(part))
}

fn within(words: &mut Words, part: Part) -> Result<Test, FilterError> {
    words.expect(&Token::Open, "`(`")?;
    let property = property(words.word("a property")?)?;
    words.expect(&Token::Comma, "`,`")?;
    let wanted = words.text()?;
    words.expect(&Token::Close, "`)`")?;
    Ok(Test::Part(part, property, folded(&wanted).into()))
}

fn compared(words: &mut Words, property: Property) -> Result<Test, FilterError> {
    let operator = words.word("eq, ne or in")?;
    match operator.as_str() {
        "eq" => Ok(Test::Is(property, vec![value(words)?])),
        "ne" => Ok(Test::Not(Box::new(Test::Is(property, vec![value(words)?])))),
        "in" => {
            words.expect(&Token::Open, "`(`")?;
            let mut values = vec![value(words)?];
            while words.take(&Token::Comma) {
                values.push(value(words)?);
            }
            words.expect(&Token::Close, "`,` or `)`")?;
            Ok(Test::Is(property, values))
        }
        _ => Err(FilterError::UnknownOperator(operator)),
    }
}

fn value(words: &mut Words) -> Result<Option<Box<str>>, FilterError> {
    if words.take_word("null") {
        return Ok(None);
    }
    Ok(Some(folded(&words.text()?).into()))
}

fn property(name: String) -> Result<Property, FilterError> {
    Property::named(&name).ok_or(FilterError::UnknownProperty { name })
}
