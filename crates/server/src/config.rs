//! What a hub's server can be told. The defaults start.

use std::{net::IpAddr, path::PathBuf, time::Duration};

use crate::{limits::Rates, oidc::OidcConfig};

/// The server's settings. Where the hub's data is comes in as an open database instead, so that
/// this crate needs to know neither paths nor URLs of stores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The address that people reach the hub by, without a path: for links in e-mails and for the check of
    /// where changes come from. `https` makes cookies secure and asks browsers to stay with https.
    pub public_url: String,
    /// Longest time that a request may take.
    pub request_timeout: Duration,
    /// Largest body of a request, in bytes; uploads have their own limit.
    pub body_bytes_max: usize,
    /// Largest upload, in bytes.
    pub upload_bytes_max: usize,
    /// After a signal to stop: how long running requests may still take.
    pub drain_timeout: Duration,
    /// How long a connection may take to send the head of a request, or stay idle before one.
    pub head_timeout: Duration,
    /// How long a body may pause while it arrives.
    pub body_pause_timeout: Duration,
    /// Connections that are open at the same time; more wait to be accepted.
    pub connections_max: usize,
    /// How much one caller and one market may ask.
    pub rates: Rates,
    /// Addresses, beside this machine's own, from which `/metrics` is read without signing in.
    pub metrics_allowed: Vec<IpAddr>,
    /// The OpenID provider that people may sign in at, if any.
    pub oidc: Option<OidcConfig>,
    /// Whether people get no further than their own account until they have set the second step up.
    pub second_factor_required: bool,
    /// The folder for backups of markets that pages and API ask for; `None`: only commands make backups.
    pub backups: Option<PathBuf>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            public_url: "http://127.0.0.1:8900".to_owned(),
            request_timeout: Duration::from_secs(30),
            body_bytes_max: 1024 * 1024,
            upload_bytes_max: 64 * 1024 * 1024,
            drain_timeout: Duration::from_secs(4),
            head_timeout: Duration::from_secs(30),
            body_pause_timeout: Duration::from_secs(15),
            connections_max: 10_000,
            rates: Rates::default(),
            metrics_allowed: Vec::new(),
            oidc: None,
            second_factor_required: false,
            backups: None,
        }
    }
}

impl Config {
    /// Whether people reach the hub by https.
    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    /// Scheme, host and port of the public address.
    pub fn origin(&self) -> String {
        let scheme_end = self.public_url.find("://").map_or(0, |at| at + 3);
        let host_end =
            self.public_url[scheme_end..].find('/').map_or(self.public_url.len(), |at| scheme_end + at);
        self.public_url[..host_end].to_owned()
    }

    /// The public address of `path`.
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.public_url.trim_end_matches('/'))
    }

    /// The session cookie's name; the prefix makes browsers insist on https and on this host alone.
    pub fn session_cookie(&self) -> &'static str {
        self.cookie(("ehub_session", "__Host-ehub_session"))
    }

    /// The name of the cookie called so by http and by https.
    pub fn cookie(&self, (plain, secure): (&'static str, &'static str)) -> &'static str {
        if self.is_https() { secure } else { plain }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_and_origin_follow_the_public_address() {
        let config = Config { public_url: "https://hub.example:8443/".to_owned(), ..Config::default() };
        assert_eq!(config.origin(), "https://hub.example:8443");
        assert_eq!(config.link("/sign-in"), "https://hub.example:8443/sign-in");
        assert_eq!(config.session_cookie(), "__Host-ehub_session");
        assert_eq!(Config::default().session_cookie(), "ehub_session");
    }
}
