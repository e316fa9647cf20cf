//! The query of a request: a handshake, or none.

use percent_encoding::percent_decode;

use crate::door::Door;

/// The longest token that is sent back.
const LONGEST: usize = 4_096;

/// A token comes back to the byte, as text that no browser runs, or it is refused without a word of it; and nothing is queued.
///
/// # Panics
/// Where that does not hold.
pub fn check(bytes: &[u8]) {
    let query = String::from_utf8_lossy(bytes);
    let outcome = Door::default().post(&query, b"no delivery");
    let (status, body) = (outcome.answer.status, outcome.answer.body.as_bytes());
    assert_eq!(outcome.messages().count(), 0, "a handshake put something on a queue");
    let tokens = tokens(&query);
    match tokens.as_slice() {
        [] => assert_eq!((status, body), (400, b"the body is not JSON (line 1, column 2)".as_slice())),
        [token] => match refusal(token) {
            None => assert_eq!((status, body), (200, token.as_slice())),
            Some(refusal) => assert_eq!((status, body), (400, refusal.as_bytes())),
        },
        _ => assert_eq!((status, body), (400, SEVERAL.as_bytes())),
    }
}

const SEVERAL: &str = "there is not exactly one validation token";

/// Why a token is not sent back.
fn refusal(token: &[u8]) -> Option<&'static str> {
    let text = String::from_utf8_lossy(token);
    let runs = |c: char| "<>\u{FFFD}".contains(c) || c.is_control();
    if token.is_empty() {
        Some(SEVERAL)
    } else if text.len() > LONGEST {
        Some("the validation token is longer than any that Microsoft Graph sends")
    } else if text.contains(runs) {
        Some("the validation token holds markup or control characters")
    } else {
        None
    }
}

/// The values of `validationToken`, read as HTML forms are written (WHATWG: application/x-www-form-urlencoded).
fn tokens(query: &str) -> Vec<Vec<u8>> {
    let decoded = |text: &str| percent_decode(text.replace('+', " ").as_bytes()).collect::<Vec<u8>>();
    let pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.filter(|(name, _)| decoded(name) == b"validationToken").map(|(_, value)| decoded(value)).collect()
}
