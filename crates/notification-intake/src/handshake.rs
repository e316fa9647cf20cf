//! The validation handshake (Graph docs: receive change notifications through webhooks, "notificationUrl validation").
//!
//! Graph posts `?validationToken=...` and wants the decoded token back, to the byte, as plain text. Anybody can ask that;
//! so what is sent back must be nothing that a browser would run.

use url::form_urlencoded;

/// The longest token that is sent back. Microsoft names no limit; those that were seen have some 300 characters.
const LONGEST: usize = 4_096;
const PARAMETER: &str = "validationToken";

/// What a handshake is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handshake {
    /// 200 with exactly this body, as `text/plain`, never to be sniffed for another type.
    Echo(String),
    /// 400: this is no token of Graph's.
    Refused(Refusal),
}

/// Why a token is not sent back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It has more than 4,096 bytes.
    #[error("the validation token is longer than any that Microsoft Graph sends")]
    TooLong,
    /// It holds `<`, `>`, a control character or bytes that are no text. Graph never sends HTML.
    #[error("the validation token holds markup or control characters")]
    Markup,
    /// It is empty, or there are several.
    #[error("there is not exactly one validation token")]
    NotOne,
}

/// Recognises a handshake by its query, still encoded; whatever its body is. `None`: it is none.
#[must_use]
pub fn handshake(raw_query: &str) -> Option<Handshake> {
    let mut tokens = form_urlencoded::parse(raw_query.as_bytes()).filter(|(name, _)| name == PARAMETER);
    let (_, token) = tokens.next()?;
    let refused = |why| Some(Handshake::Refused(why));
    if token.is_empty() || tokens.next().is_some() {
        return refused(Refusal::NotOne);
    }
    if token.len() > LONGEST {
        return refused(Refusal::TooLong);
    }
    // Bytes that are no UTF-8 were replaced when decoding, so the token could not be sent back to the byte.
    if token.chars().any(|c| matches!(c, '<' | '>' | char::REPLACEMENT_CHARACTER) || c.is_control()) {
        return refused(Refusal::Markup);
    }
    Some(Handshake::Echo(token.into_owned()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn echoed(query: &str) -> Option<String> {
        match handshake(query) {
            Some(Handshake::Echo(token)) => Some(token),
            _ => None,
        }
    }

    #[test]
    fn the_token_comes_back_decoded_once() {
        for (query, token) in [
            ("validationToken=plain", "plain"),
            ("a=b&validationToken=Validation%3A+Testing+client", "Validation: Testing client"),
            ("validationToken=100%25", "100%"),
            ("validationToken=%2525", "%25"),
            ("validationToken=a%2Bb", "a+b"),
            ("validationToken=%22quoted%22+%26+%27more%27", "\"quoted\" & 'more'"),
            ("validationToken=%E5%B1%B1", "山"),
        ] {
            assert_eq!(echoed(query).as_deref(), Some(token), "{query}");
        }
    }

    #[test]
    fn what_is_no_handshake_is_none() {
        for query in ["", "validationtoken=x", "token=validationToken", "x=validationToken%3Dy"] {
            assert_eq!(handshake(query), None, "{query}");
        }
    }

    #[test]
    fn markup_is_refused_however_it_is_written() {
        for query in [
            "validationToken=%3Cscript%3Ealert(1)%3C/script%3E",
            "validationToken=<b>",
            "validationToken=a%0d%0aSet-Cookie:x",
            "validationToken=%00",
            "validationToken=%FF",
        ] {
            assert_eq!(handshake(query), Some(Handshake::Refused(Refusal::Markup)), "{query}");
        }
    }

    #[test]
    fn none_two_and_endless_tokens_are_refused() {
        assert_eq!(handshake("validationToken="), Some(Handshake::Refused(Refusal::NotOne)));
        assert_eq!(handshake("validationToken=a&validationToken=b"), Some(Handshake::Refused(Refusal::NotOne)));
        let long = format!("validationToken={}", "x".repeat(LONGEST + 1));
        assert_eq!(handshake(&long), Some(Handshake::Refused(Refusal::TooLong)));
    }

    proptest! {
        /// Whatever a token holds besides markup, it comes back to the byte.
        #[test]
        fn every_token_comes_back_to_the_byte(token in "[^<>\\p{Cc}\u{FFFD}]{1,200}") {
            let query = form_urlencoded::Serializer::new(String::new()).append_pair(PARAMETER, &token).finish();
            prop_assert_eq!(handshake(&query), Some(Handshake::Echo(token)));
        }
    }
}
