//! Which addresses messages may go to: those of the public internet, so that nobody makes a server knock at doors that
//! only it can reach.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// The longest address of a webhook, in bytes.
const MAX_LENGTH: usize = 2_000;

/// Why an address is not taken.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UrlError {
    /// It can't be read.
    #[error("the address can't be read: {0}")]
    Malformed(#[from] url::ParseError),
    /// It is too long.
    #[error("an address has at most {MAX_LENGTH} bytes")]
    Length,
    /// It is not of a scheme that is allowed.
    #[error("an address begins with https://")]
    Scheme,
    /// It holds a name and a password.
    #[error("an address holds no name and no password; messages are signed instead")]
    Credentials,
    /// It names a place that is not public.
    #[error("the address is not one of the public internet")]
    Private,
}

/// Reads the address of a webhook. A name is held against its addresses only when a message is sent.
pub(crate) fn check_url(text: &str, insecure: bool) -> Result<Url, UrlError> {
    if text.len() > MAX_LENGTH {
        return Err(UrlError::Length);
    }
    let url = Url::parse(text)?;
    match (url.scheme(), url.host()) {
        ("https", Some(host)) if insecure || is_public_host(&host) => {}
        ("http", Some(_)) if insecure => {}
        ("https", Some(_)) => return Err(UrlError::Private),
        _ => return Err(UrlError::Scheme),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(UrlError::Credentials);
    }
    Ok(url)
}

fn is_public_host(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(_) => true,
        Host::Ipv4(address) => is_public_v4(*address),
        Host::Ipv6(address) => is_public_v6(*address),
    }
}

/// Whether an address is one of the public internet, by the registries of special-purpose addresses (RFC 6890).
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || a == 0
        // shared by providers (RFC 6598), protocol assignments, the old 6to4 relays, benchmarks (RFC 2544)
        || (a == 100 && (64..128).contains(&b))
        || (a, b, c) == (192, 0, 0)
        || (a, b, c) == (192, 88, 99)
        || (a == 198 && (18..20).contains(&b))
        // multicast, and what is kept for later, with the broadcast address
        || a >= 224;
    !is_special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    let embedded = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match segments {
        // an IPv4 address written another way, behind a translator (RFC 6052), and in 6to4 (RFC 3056)
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => {
            embedded(high, low)
        }
        // protocol assignments with Teredo among them, and documentation (RFC 3849, RFC 9637)
        [0x2001, 0..0x200 | 0xdb8, ..] | [0x3fff, 0..0x1000, ..] => false,
        // of the rest only what is unicast and global has been given out
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_are_public() {
        let private = "0.0.0.0 10.1.2.3 100.64.0.1 127.0.0.1 127.8.8.8 169.254.169.254 172.16.0.1 172.31.255.255
            192.0.0.8 192.0.2.1 192.168.1.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 240.0.0.1 255.255.255.255
            :: ::1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 64:ff9b::10.0.0.1 64:ff9b:1::1 100::1 fc00::1 fd12::1
            fe80::1 fec0::1 ff02::1 2001::1 2001:db8::1 2002:7f00:1::1 2002:a00:1::1 3fff::1 5f00::1";
        for text in private.split_whitespace() {
            assert!(!is_public(text.parse().expect(text)), "{text}");
        }
        let public = "1.1.1.1 8.8.8.8 100.63.0.1 100.128.0.1 172.32.0.1 198.20.0.1 223.255.255.255 ::ffff:8.8.8.8
            64:ff9b::8.8.8.8 2001:4860:4860::8888 2606:4700::1111 2a00::1 2002:808:808::1";
        for text in public.split_whitespace() {
            assert!(is_public(text.parse().expect(text)), "{text}");
        }
    }

    #[test]
    fn an_address_is_secure_and_public_unless_insecure_ones_are_allowed() {
        let refused = [
            ("ftp://example.org/", UrlError::Scheme),
            ("http://example.org/", UrlError::Scheme),
            ("file:///etc/passwd", UrlError::Scheme),
            ("https://user:secret@example.org/", UrlError::Credentials),
            ("https://127.0.0.1/", UrlError::Private),
            ("https://0x7f.1/", UrlError::Private),
            ("https://2130706433/", UrlError::Private),
            ("https://[::1]:8080/", UrlError::Private),
            ("https://[::ffff:169.254.169.254]/", UrlError::Private),
            ("nonsense", UrlError::Malformed(url::ParseError::RelativeUrlWithoutBase)),
        ];
        for (text, reason) in refused {
            assert_eq!(check_url(text, false).expect_err(text), reason, "{text}");
        }
        assert_eq!(check_url(&format!("https://example.org/{}", "a".repeat(2_000)), true), Err(UrlError::Length));
        assert!(check_url("https://example.org:8443/hook?a=b", false).is_ok());
        assert!(check_url("http://127.0.0.1:1/", true).is_ok());
        assert_eq!(check_url("ftp://127.0.0.1/", true), Err(UrlError::Scheme));
    }
}
