use http::Uri;
use url::{Host, Url};

/// The base address of a service, possibly with a path prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint(Url);

/// An address that is none, or not a safe one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
// Without the text: a secret may have got there by mistake, and addresses can hold passwords.
#[error("that is no usable address: {reason}")]
pub struct EndpointError {
    reason: String,
}

impl Endpoint {
    /// Reads an address such as `https://graph.microsoft.com`. Plain http is accepted for this machine only, because
    /// tokens and personal data travel there.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, EndpointError> {
        let refuse = |reason: String| EndpointError { reason };
        let url = Url::parse(text.trim_end_matches('/')).map_err(|error| refuse(error.to_string()))?;
        let loopback = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            None => return Err(refuse("it names no host".to_owned())),
        };
        if url.scheme() != "https" && !(url.scheme() == "http" && loopback) {
            return Err(refuse("it must begin with https:// (http:// is for this machine only)".to_owned()));
        }
        if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
            return Err(refuse("it may have a host, a port and a path, nothing else".to_owned()));
        }
        Ok(Self(url))
    }

    /// The address of something below the base; `path` begins with a slash and is encoded already.
    ///
    /// # Errors
    /// When `path` is no path.
    pub fn uri(&self, path: &str) -> Result<Uri, EndpointError> {
        let text = format!("{}{path}", self.0.as_str().trim_end_matches('/'));
        text.parse().map_err(|error: http::uri::InvalidUri| EndpointError { reason: error.to_string() })
    }

    /// Whether a link that a service returned leads to this very host, by the same protocol and port. Only then may it be
    /// followed with a token.
    #[must_use]
    pub fn owns(&self, link: &Url) -> bool {
        self.0.origin() == link.origin()
    }

    /// The host, as it is written in messages.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// The address as text, without a slash at its end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str().trim_end_matches('/')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_prefix_is_kept() {
        let endpoint = Endpoint::parse("http://127.0.0.1:8080/graph/").unwrap();
        assert_eq!(endpoint.uri("/v1.0/users?$top=999").unwrap(), "http://127.0.0.1:8080/graph/v1.0/users?$top=999");
        let endpoint = Endpoint::parse("https://graph.microsoft.com").unwrap();
        assert_eq!(endpoint.uri("/v1.0/users").unwrap(), "https://graph.microsoft.com/v1.0/users");
    }

    #[test]
    fn unsafe_addresses_are_refused() {
        for text in ["http://graph.microsoft.com", "ftp://x", "graph.microsoft.com", "https://u@x", "https://x?a=b", ""]
        {
            assert!(Endpoint::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn only_the_same_host_is_owned() {
        let endpoint = Endpoint::parse("https://graph.microsoft.com").unwrap();
        let owns = |link: &str| endpoint.owns(&Url::parse(link).unwrap());
        assert!(owns("https://graph.microsoft.com/v1.0/users?$skiptoken=x"));
        assert!(owns("https://GRAPH.microsoft.com:443/v1.0/users"));
        for link in [
            "https://graph.microsoft.com.evil.org/",
            "http://graph.microsoft.com/",
            "https://graph.microsoft.com:8443/",
        ] {
            assert!(!owns(link), "{link}");
        }
    }
}
