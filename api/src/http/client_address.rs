//! Which address a request comes from, also behind proxies.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap};
use ipnet::IpNet;

/// The address that a request comes from, as far as it is known: that of an IPv6 client is its network, of which a client
/// has all 2^64 addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ClientAddress(pub(crate) IpAddr);

impl ClientAddress {
    /// Follows `X-Forwarded-For` from its end, and no further than proxies of `trusted` networks have written it: what
    /// stands before that, the client may have made up.
    pub(super) fn of(extensions: &Extensions, headers: &HeaderMap, trusted: &[IpNet]) -> Option<Self> {
        let ConnectInfo(peer) = extensions.get::<ConnectInfo<SocketAddr>>()?;
        let mut address = peer.ip().to_canonical();
        let lines = headers.get_all("x-forwarded-for").iter().rev();
        let hops = lines.filter_map(|line| line.to_str().ok()).flat_map(|line| line.rsplit(','));
        for hop in hops {
            if !trusted.iter().any(|network| network.contains(&address)) {
                break;
            }
            // a trusted proxy writes addresses; whatever else it is, it is not followed
            let Ok(hop) = hop.trim().parse::<IpAddr>() else { break };
            address = hop.to_canonical();
        }
        Some(Self(match address {
            IpAddr::V4(address) => IpAddr::V4(address),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
        }))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn of(peer: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let mut extensions = Extensions::new();
        extensions.insert(ConnectInfo(SocketAddr::new(peer.parse().expect("an address"), 80)));
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", HeaderValue::from_str(line).expect("a header"));
        }
        let trusted: Vec<IpNet> = trusted.iter().map(|network| network.parse().expect("a network")).collect();
        ClientAddress::of(&extensions, &headers, &trusted).expect("an address").0.to_string()
    }

    #[test]
    fn a_header_is_believed_as_far_as_trusted_proxies_wrote_it() {
        let proxies = ["10.0.0.0/8", "192.0.2.1/32"];
        assert_eq!(of("203.0.113.9", &[], &proxies), "203.0.113.9");
        assert_eq!(of("203.0.113.9", &["198.51.100.1"], &[]), "203.0.113.9", "nobody is trusted");
        assert_eq!(of("203.0.113.9", &["198.51.100.1"], &proxies), "203.0.113.9", "not this one");
        assert_eq!(of("10.0.0.1", &["198.51.100.1"], &proxies), "198.51.100.1");
        assert_eq!(of("10.0.0.1", &["1.2.3.4, 198.51.100.1, 192.0.2.1"], &proxies), "198.51.100.1");
        assert_eq!(of("10.0.0.1", &["1.2.3.4", "198.51.100.1", "192.0.2.1"], &proxies), "198.51.100.1");
        assert_eq!(of("10.0.0.1", &["198.51.100.1, unknown"], &proxies), "10.0.0.1");
    }

    #[test]
    fn an_ipv6_client_is_its_network() {
        assert_eq!(of("2001:db8:1:2:3:4:5:6", &[], &[]), "2001:db8:1:2::");
        assert_eq!(of("::ffff:203.0.113.9", &[], &[]), "203.0.113.9");
    }
}
