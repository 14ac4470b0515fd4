use std::net::IpAddr;

use axum::http::HeaderMap;

/// Whether a request comes from this machine or from an `allowed` address, and was not passed on for somebody
/// else: a proxy on this machine speaks for the whole internet.
pub fn is_local(peer: Option<IpAddr>, headers: &HeaderMap, allowed: &[IpAddr]) -> bool {
    let passed_on = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];
    if passed_on.iter().any(|name| headers.contains_key(*name)) {
        return false;
    }
    peer.map(|address| address.to_canonical())
        .is_some_and(|address| address.is_loopback() || allowed.contains(&address))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn local(peer: &str, header: Option<&'static str>) -> bool {
        let allowed = ["192.0.2.9".parse().expect("an address")];
        let headers =
            header.map(|name| (HeaderName::from_static(name), HeaderValue::from_static("198.51.100.1")));
        is_local(peer.parse().ok(), &headers.into_iter().collect(), &allowed)
    }

    #[test]
    fn only_this_machine_and_the_allowed_ones_are_near_and_never_through_a_proxy() {
        assert!(local("127.0.0.1", None) && local("::1", None) && local("::ffff:127.0.0.1", None));
        assert!(local("192.0.2.9", None), "allowed");
        assert!(!local("192.0.2.10", None) && !local("", None));
        assert!(!local("127.0.0.1", Some("x-forwarded-for")) && !local("192.0.2.9", Some("forwarded")));
    }
}
