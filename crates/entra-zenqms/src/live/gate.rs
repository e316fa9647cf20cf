//! Who may ask the page for anything: a browser that was pointed at it, and no other page in that browser.

use http::header::{CONTENT_TYPE, HOST, HeaderName, ORIGIN};
use http::{HeaderMap, Method, Request, StatusCode};

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The name in the address is another's, which was made to lead here (DNS rebinding).
    Host,
    /// Another page asks.
    Origin,
    /// A form could have sent it.
    ContentType,
}

impl Refusal {
    pub(super) const fn status(self) -> StatusCode {
        match self {
            Self::Host => StatusCode::MISDIRECTED_REQUEST,
            Self::Origin => StatusCode::FORBIDDEN,
            Self::ContentType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        }
    }

    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::Host => "this page answers to 127.0.0.1 and localhost only",
            Self::Origin => "only this page itself may do that",
            Self::ContentType => "only application/json",
        }
    }
}

/// Whether a request may pass that came to this port.
pub(super) fn check<B>(request: &Request<B>, port: u16) -> Result<(), Refusal> {
    let headers = request.headers();
    let host = only(headers, &HOST).ok_or(Refusal::Host)?;
    let is_here = ["127.0.0.1", "localhost"].iter().any(|name| host.eq_ignore_ascii_case(&format!("{name}:{port}")));
    if !is_here {
        return Err(Refusal::Host);
    }
    if request.method() == Method::GET || request.method() == Method::HEAD {
        return Ok(());
    }
    let origin = only(headers, &ORIGIN).ok_or(Refusal::Origin)?;
    if !origin.eq_ignore_ascii_case(&format!("http://{host}")) {
        return Err(Refusal::Origin);
    }
    let kind = only(headers, &CONTENT_TYPE).and_then(|kind| kind.split(';').next()).unwrap_or_default();
    if !kind.trim().eq_ignore_ascii_case("application/json") {
        return Err(Refusal::ContentType);
    }
    Ok(())
}

/// The header's value, if there is exactly one.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().filter(|_| values.next().is_none())?;
    value.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: Method, headers: &[(&str, &str)]) -> Request<()> {
        let mut request = Request::builder().method(method).uri("/act");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap()
    }

    fn post(host: &str, origin: Option<&str>, kind: Option<&str>) -> Result<(), Refusal> {
        let mut headers = vec![("Host", host)];
        headers.extend(origin.map(|origin| ("Origin", origin)));
        headers.extend(kind.map(|kind| ("Content-Type", kind)));
        check(&request(Method::POST, &headers), 8787)
    }

    #[test]
    fn only_the_page_s_own_names_are_answered() {
        let get = |host: &str| check(&request(Method::GET, &[("Host", host)]), 8787);
        for host in ["127.0.0.1:8787", "localhost:8787", "LOCALHOST:8787"] {
            assert_eq!(get(host), Ok(()), "{host}");
        }
        for host in ["evil.example", "evil.example:8787", "127.0.0.1", "127.0.0.1:1", "localhost:8787.evil.example", ""]
        {
            assert_eq!(get(host), Err(Refusal::Host), "{host}");
        }
        assert_eq!(check(&request(Method::GET, &[]), 8787), Err(Refusal::Host));
        let twice = request(Method::GET, &[("Host", "localhost:8787"), ("Host", "evil.example")]);
        assert_eq!(check(&twice, 8787), Err(Refusal::Host));
    }

    #[test]
    fn an_act_comes_from_the_page_itself_and_as_json() {
        const HOST: &str = "127.0.0.1:8787";
        const OWN: Option<&str> = Some("http://127.0.0.1:8787");
        const JSON: Option<&str> = Some("application/json");
        assert_eq!(post(HOST, OWN, JSON), Ok(()));
        assert_eq!(post(HOST, OWN, Some("application/json; charset=utf-8")), Ok(()));
        for origin in [
            None,
            Some("null"),
            Some("http://evil.example"),
            Some("https://127.0.0.1:8787"),
            Some("http://localhost:8787"),
        ] {
            assert_eq!(post(HOST, origin, JSON), Err(Refusal::Origin), "{origin:?}");
        }
        for kind in [None, Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("application/jsonp")] {
            assert_eq!(post(HOST, OWN, kind), Err(Refusal::ContentType), "{kind:?}");
        }
        assert_eq!(post("evil.example:8787", Some("http://evil.example:8787"), JSON), Err(Refusal::Host));
    }
}
