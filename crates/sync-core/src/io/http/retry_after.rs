use std::time::Duration;

use http::HeaderMap;
use http::header::RETRY_AFTER;
use jiff::Timestamp;
use jiff::fmt::rfc2822;

/// How long the service asks to wait: whole seconds, decimal seconds (Graph has sent `2.128`) or a date.
#[must_use]
pub fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let when = rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(Duration::try_from(when.duration_since(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_whole_or_decimal_and_dates_are_understood() {
        let now: Timestamp = "2026-11-25T08:00:00Z".parse().unwrap();
        for (text, expected) in [
            ("10", Some(10_000)),
            (" 2.128 ", Some(2_128)),
            ("0", Some(0)),
            ("Wed, 25 Nov 2026 08:01:30 GMT", Some(90_000)),
            ("Wed, 25 Nov 2026 07:00:00 GMT", Some(0)),
            ("-3", None),
            ("soon", None),
            ("", None),
        ] {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]);
            assert_eq!(retry_after(&headers, now), expected.map(Duration::from_millis), "{text}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }
}
