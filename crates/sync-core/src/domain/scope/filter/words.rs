use std::iter::Peekable;
use std::vec::IntoIter;

use super::FilterError;

/// A filter's words, in order.
pub(super) struct Words(Peekable<IntoIter<Token>>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Open,
    Close,
    Comma,
    Word(String),
    Text(String),
}

impl Token {
    pub(super) fn unexpected(self, expected: &'static str) -> FilterError {
        let found = match self {
            Self::Open => "(".to_owned(),
            Self::Close => ")".to_owned(),
            Self::Comma => ",".to_owned(),
            Self::Word(word) => word,
            Self::Text(text) => format!("'{text}'"),
        };
        FilterError::Unexpected { found, expected }
    }
}

impl Words {
    pub(super) fn of(text: &str) -> Result<Self, FilterError> {
        let mut tokens = Vec::new();
        let mut rest = text.chars().peekable();
        while let Some(character) = rest.next() {
            tokens.push(match character {
                '(' => Token::Open,
                ')' => Token::Close,
                ',' => Token::Comma,
                '\'' => {
                    let mut text = String::new();
                    loop {
                        match rest.next() {
                            Some('\'') if rest.next_if_eq(&'\'').is_some() => text.push('\''),
                            Some('\'') => break Token::Text(text),
                            Some(character) => text.push(character),
                            None => return Err(FilterError::OpenText(text)),
                        }
                    }
                }
                character if is_of_a_word(character) => {
                    let mut word = String::from(character);
                    while let Some(character) = rest.next_if(|&character| is_of_a_word(character)) {
                        word.push(character);
                    }
                    Token::Word(word)
                }
                character if character.is_whitespace() => continue,
                character => return Err(FilterError::Stray(character)),
            });
        }
        Ok(Self(tokens.into_iter().peekable()))
    }

    pub(super) fn next(&mut self) -> Option<Token> {
        self.0.next()
    }

    pub(super) fn take(&mut self, token: &Token) -> bool {
        self.0.next_if_eq(token).is_some()
    }

    pub(super) fn take_word(&mut self, word: &str) -> bool {
        self.0.next_if(|token| matches!(token, Token::Word(own) if own == word)).is_some()
    }

    pub(super) fn expect(&mut self, token: &Token, expected: &'static str) -> Result<(), FilterError> {
        match self.next() {
            Some(found) if found == *token => Ok(()),
            Some(found) => Err(found.unexpected(expected)),
            None => Err(FilterError::Ended(expected)),
        }
    }

    pub(super) fn word(&mut self, expected: &'static str) -> Result<String, FilterError> {
        match self.next() {
            Some(Token::Word(word)) => Ok(word),
            Some(found) => Err(found.unexpected(expected)),
            None => Err(FilterError::Ended(expected)),
        }
    }

    pub(super) fn text(&mut self) -> Result<String, FilterError> {
        const TEXT: &str = "a text in single quotes, or null";
        match self.next() {
            Some(Token::Text(text)) => Ok(text),
            Some(found) => Err(found.unexpected(TEXT)),
            None => Err(FilterError::Ended(TEXT)),
        }
    }
}

const fn is_of_a_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '/')
}
