//! Which addresses lead out to the public internet, and which into our own house.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::LazyLock,
};

/// Addresses of special purpose, as IANA registers them.
const REGISTRY: &str = include_str!("../../../data/std/special_purpose_addresses.csv");

/// Why an address is not to be connected to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} ({source_rfc})")]
pub struct NotPublic {
    /// What the address is for: `Loopback`.
    pub name: &'static str,
    /// Where that is written: `RFC 1122`.
    pub source_rfc: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    Public,
    Special,
    /// The last 32 bits are an IPv4 address, which decides.
    Embedded,
}

#[derive(Debug)]
struct Entry {
    /// Upper bits of the address; IPv4 in the lowest 32 of it.
    bits: u128,
    length: u32,
    is_v4: bool,
    name: &'static str,
    source: &'static str,
    reach: Reach,
}

/// By descending prefix length: the first that matches is the most specific.
static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let mut entries: Vec<Entry> = REGISTRY.lines().skip(1).filter_map(entry).collect();
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.length));
    entries
});

fn entry(line: &'static str) -> Option<Entry> {
    let (rest, reach) = line.rsplit_once(',')?;
    let (rest, source) = rest.rsplit_once(',')?;
    let (prefix, name) = rest.split_once(',')?;
    let (address, length) = prefix.split_once('/')?;
    let address: IpAddr = address.parse().ok()?;
    let reach = match reach {
        "true" => Reach::Public,
        "embedded" => Reach::Embedded,
        _ => Reach::Special,
    };
    let (bits, is_v4) = bits(address);
    Some(Entry { bits, length: length.parse().ok()?, is_v4, name: name.trim_matches('"'), source, reach })
}

fn bits(address: IpAddr) -> (u128, bool) {
    match address {
        IpAddr::V4(v4) => (u128::from(v4.to_bits()), true),
        IpAddr::V6(v6) => (v6.to_bits(), false),
    }
}

/// Whether an address is one of the public internet: globally reachable unicast by the registries of IANA, no
/// tunnel into IPv4, and where it carries an IPv4 address (NAT64) that one as well.
///
/// ```
/// use connect::address::judge;
///
/// assert!(judge("93.184.215.14".parse().unwrap()).is_ok());
/// assert_eq!(judge("169.254.169.254".parse().unwrap()).unwrap_err().name, "Link Local");
/// assert!(judge("64:ff9b::7f00:1".parse().unwrap()).is_err(), "127.0.0.1 behind NAT64");
/// ```
///
/// # Errors
/// What the address is for instead.
pub fn judge(address: IpAddr) -> Result<(), NotPublic> {
    let (value, is_v4) = bits(address);
    let width = if is_v4 { 32 } else { 128 };
    let found = ENTRIES.iter().find(|entry| {
        entry.is_v4 == is_v4
            && (value ^ entry.bits).checked_shr(width - entry.length).unwrap_or_default() == 0
    });
    match found {
        // IPv4 is public where nothing else is said; IPv6 has an entry for everything.
        None => Ok(()),
        Some(entry) => match entry.reach {
            Reach::Public => Ok(()),
            Reach::Special => Err(NotPublic { name: entry.name, source_rfc: entry.source }),
            Reach::Embedded => judge(IpAddr::V4(embedded(value))),
        },
    }
}

fn embedded(bits: u128) -> Ipv4Addr {
    let [.., a, b, c, d] = Ipv6Addr::from_bits(bits).octets();
    Ipv4Addr::new(a, b, c, d)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn is_public(text: &str) -> bool {
        judge(text.parse().unwrap()).is_ok()
    }

    #[test]
    fn every_line_of_the_registry_is_read() {
        assert_eq!(ENTRIES.len(), REGISTRY.lines().count() - 1);
        assert!(ENTRIES.iter().all(|entry| entry.source.starts_with("RFC ") && !entry.name.is_empty()));
    }

    /// Where this differs from Python on purpose: networks that Python calls global.
    /// 6to4 and its relays, retired site-local, IPv4 inside IPv6, and two networks registered after that Python.
    const STRICTER: [(&str, u32); 7] = [
        ("192.88.99.0", 24),
        ("2002::", 16),
        ("fec0::", 10),
        ("::ffff:0:0", 96),
        ("64:ff9b::", 96),
        ("3fff::", 20),
        ("5f00::", 16),
    ];

    #[test]
    fn the_answers_of_python_are_the_same_or_laxer_for_named_reasons() {
        let table = include_str!("../../../data/std/addresses_is_global.csv");
        let mut compared = 0;
        for line in table.lines().skip(1) {
            let mut cells = line.split(',');
            let address: IpAddr = cells.next().unwrap().parse().unwrap();
            let (global, multicast) = (cells.next() == Some("true"), cells.next() == Some("true"));
            let expected = global && !multicast;
            let ours = judge(address).is_ok();
            if ours != expected {
                assert!(expected && !ours, "{address}: laxer than Python");
                let (value, is_v4) = bits(address);
                let named = STRICTER.iter().any(|(network, length)| {
                    let (network, network_v4) = bits(network.parse().unwrap());
                    let width = if is_v4 { 32 } else { 128 };
                    is_v4 == network_v4 && (value ^ network) >> (width - length) == 0
                });
                let unassigned = !is_v4 && value >> 125 != 1;
                assert!(named || unassigned, "{address}: stricter than Python, and nobody says why");
            }
            compared += 1;
        }
        assert!(compared > 1000, "{compared}");
    }

    #[test]
    fn what_carries_an_ipv4_address_does_not_carry_it_past_the_check() {
        for text in [
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::127.0.0.1",
            "64:ff9b::10.0.0.1",
            "64:ff9b::169.254.169.254",
            "64:ff9b:1::8.8.8.8",
            "2002:7f00:1::",
            "2002:808:808::",
            "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        ] {
            assert!(!is_public(text), "{text}");
        }
        assert!(
            is_public("64:ff9b::8.8.8.8"),
            "NAT64 to a public address is how IPv6-only networks reach it"
        );
    }

    proptest! {
        #[test]
        fn every_private_ipv4_address_is_refused_in_every_form(a: u8, b: u8, c: u8) {
            for octets in [[10, a, b, c], [127, a, b, c], [192, 168, a, b], [169, 254, a, b], [172, 16 + a % 16, b, c],
                           [100, 64 + a % 64, b, c], [0, a, b, c], [224 + a % 32, a, b, c]] {
                let v4 = Ipv4Addr::from(octets);
                prop_assert!(judge(v4.into()).is_err());
                prop_assert!(judge(v4.to_ipv6_mapped().into()).is_err());
                #[allow(deprecated)]
                let compatible = v4.to_ipv6_compatible();
                prop_assert!(judge(compatible.into()).is_err());
                let nat64 = Ipv6Addr::from_bits((0x0064_ff9b_u128 << 96) | u128::from(v4.to_bits()));
                prop_assert!(judge(nat64.into()).is_err());
            }
        }

        /// NAT64 is judged exactly as the address inside.
        #[test]
        fn an_embedded_address_decides(v4: u32) {
            let nat64 = Ipv6Addr::from_bits((0x0064_ff9b_u128 << 96) | u128::from(v4));
            prop_assert_eq!(judge(nat64.into()), judge(Ipv4Addr::from_bits(v4).into()));
        }

        #[test]
        fn only_global_unicast_is_public(bits: u128) {
            let address = Ipv6Addr::from_bits(bits);
            let nat64 = bits >> 32 == 0x0064_ff9b_u128 << 64;
            if judge(address.into()).is_ok() && !nat64 {
                prop_assert_eq!(bits >> 125, 1);
            }
        }
    }
}
