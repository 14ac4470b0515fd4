//! Where the program may connect to.

use std::{fmt, net::IpAddr, str::FromStr};

use url::{Host, Url};

use crate::address::{NotPublic, judge};

/// A host, or one port of it, that configuration names: `crm.internal`, `localhost:9000`, `[::1]:8080`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    host: String,
    port: Option<u16>,
}

/// The text names no host.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a host, nor host:port")]
pub struct SiteError(String);

impl FromStr for Site {
    type Err = SiteError;

    fn from_str(text: &str) -> Result<Self, SiteError> {
        let refuse = || SiteError(text.to_owned());
        // What the parser of addresses makes of it is what requests will be compared by.
        let url = Url::parse(&format!("https://{}/", text.trim())).map_err(|_| refuse())?;
        let plain = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if !plain || !url.username().is_empty() || url.password().is_some() {
            return Err(refuse());
        }
        let port = match url.port() {
            Some(port) => Some(port),
            // The parser drops the usual port.
            None => text.trim().ends_with(":443").then_some(443),
        };
        Ok(Self { host: url.host_str().ok_or_else(refuse)?.to_owned(), port })
    }
}

impl fmt::Display for Site {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => write!(out, "{}:{port}", self.host),
            None => out.write_str(&self.host),
        }
    }
}

impl Site {
    fn covers(&self, host: &str, port: u16) -> bool {
        self.host == host && self.port.is_none_or(|own| own == port)
    }
}

/// Why a connection is not made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EgressError {
    /// The text is no address.
    #[error("this is not an address of the form https://host/path")]
    NotAUrl,
    /// Only `https` leaves the house.
    #[error("the address must begin with https://")]
    NotHttps,
    /// User and password have no place in an address: they end up in logs.
    #[error("the address must not contain a user name or a password")]
    Credentials,
    /// The host is not one that this hub may talk to.
    #[error("{host} is not on the list of hosts that this hub may connect to")]
    NotListed {
        /// The host.
        host: String,
    },
    /// The host leads into a network that is not public.
    #[error("{host} does not lead to the public internet: {reason}")]
    NotPublic {
        /// The host.
        host: String,
        /// What the address is for.
        reason: NotPublic,
    },
}

/// Which targets are allowed: public ones over https, and what configuration names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EgressPolicy {
    trusted: Vec<Site>,
    only: Option<Vec<Site>>,
}

/// A target that passed the part of the policy that needs no name resolution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// Without brackets.
    pub host: String,
    pub port: u16,
    pub is_tls: bool,
    pub is_trusted: bool,
}

impl EgressPolicy {
    /// Public addresses over https, nothing else.
    pub fn public() -> Self {
        Self::default()
    }

    /// Also these sites, over http as well and wherever they lead: systems of one's own network.
    #[must_use]
    pub fn trusting(mut self, sites: impl IntoIterator<Item = Site>) -> Self {
        self.trusted.extend(sites);
        self
    }

    /// No others than these sites and the trusted ones.
    #[must_use]
    pub fn only(mut self, sites: impl IntoIterator<Item = Site>) -> Self {
        self.only.get_or_insert_default().extend(sites);
        self
    }

    /// Whether `url` may be asked for, as far as can be told without resolving its name: what a form says at
    /// once. The rest is told when connecting.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self, url: &str) -> Result<Url, EgressError> {
        let url = Url::parse(url.trim()).map_err(|_| EgressError::NotAUrl)?;
        self.target(&url)?;
        Ok(url)
    }

    pub(crate) fn target(&self, url: &Url) -> Result<Target, EgressError> {
        let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
            return Err(EgressError::NotAUrl);
        };
        let is_tls = match url.scheme() {
            "https" => true,
            "http" => false,
            _ => return Err(EgressError::NotHttps),
        };
        let shown = url.host_str().unwrap_or_default();
        let covers = |sites: &[Site]| sites.iter().any(|site| site.covers(shown, port));
        let is_trusted = covers(&self.trusted);
        if !is_tls && !is_trusted {
            return Err(EgressError::NotHttps);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(EgressError::Credentials);
        }
        if port == 0 {
            return Err(EgressError::NotAUrl);
        }
        if let Some(only) = &self.only
            && !is_trusted
            && !covers(only)
        {
            return Err(EgressError::NotListed { host: shown.to_owned() });
        }
        let host = match host {
            Host::Domain(name) => name.to_owned(),
            Host::Ipv4(address) => address.to_string(),
            Host::Ipv6(address) => address.to_string(),
        };
        let target = Target { host, port, is_tls, is_trusted };
        if let Ok(address) = target.host.parse::<IpAddr>() {
            self.addresses(&target, &[address])?;
        }
        Ok(target)
    }

    /// Judges what a name resolved to. One forbidden address refuses them all: whoever answers with a public and
    /// a private one hopes that the private one is taken.
    pub(crate) fn addresses(&self, target: &Target, addresses: &[IpAddr]) -> Result<(), EgressError> {
        if target.is_trusted {
            return Ok(());
        }
        for address in addresses {
            judge(*address).map_err(|reason| EgressError::NotPublic { host: target.host.clone(), reason })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(text: &str) -> Site {
        text.parse().unwrap()
    }

    #[test]
    fn only_https_to_public_places_passes() {
        let policy = EgressPolicy::public();
        for allowed in
            ["https://example.com/hook", "https://example.com:8443/a?b=c", "https://93.184.215.14/"]
        {
            assert!(policy.check(allowed).is_ok(), "{allowed}");
        }
        for (refused, expected) in [
            ("http://example.com/", EgressError::NotHttps),
            ("ftp://example.com/", EgressError::NotHttps),
            ("file:///etc/passwd", EgressError::NotAUrl),
            ("example.com/hook", EgressError::NotAUrl),
            ("https://user:secret@example.com/", EgressError::Credentials),
            ("https://user@example.com/", EgressError::Credentials),
        ] {
            assert_eq!(policy.check(refused), Err(expected), "{refused}");
        }
    }

    #[test]
    fn an_address_in_disguise_is_seen_through() {
        let policy = EgressPolicy::public();
        for url in [
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0177.0.0.1/",
            "https://0/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:7f00:1]/",
            "https://169.254.169.254/latest/meta-data/",
            "https://１２７.０.０.１/",
            "https://127。0。0。1/",
        ] {
            assert!(matches!(policy.check(url), Err(EgressError::NotPublic { .. })), "{url}");
        }
    }

    #[test]
    fn what_configuration_trusts_may_be_private_and_plain() {
        let policy = EgressPolicy::public().trusting([site("localhost:9000"), site("[::1]:8080")]);
        for allowed in ["http://localhost:9000/a", "https://localhost:9000/", "http://[::1]:8080/"] {
            assert!(policy.check(allowed).is_ok(), "{allowed}");
        }
        for refused in
            ["http://localhost:9001/", "http://localhost/", "http://[::1]/", "http://localhost.example:9000/"]
        {
            assert!(policy.check(refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn a_closed_list_closes_everything_else() {
        let policy = EgressPolicy::public().only([site("api.example.com"), site("other.example.com:443")]);
        assert!(policy.check("https://api.example.com:8443/").is_ok());
        assert!(policy.check("https://other.example.com/").is_ok());
        for refused in
            ["https://other.example.com:8443/", "https://evil.example.com/", "https://93.184.215.14/"]
        {
            assert!(matches!(policy.check(refused), Err(EgressError::NotListed { .. })), "{refused}");
        }
    }

    #[test]
    fn texts_that_name_no_site_are_refused() {
        for text in
            ["", "a b", "https://example.com", "example.com/path", "user@example.com", "example.com:99999"]
        {
            assert!(text.parse::<Site>().is_err(), "{text}");
        }
        assert_eq!(site("EXAMPLE.com:443").to_string(), "example.com:443");
    }
}
