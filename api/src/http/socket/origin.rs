//! Which pages may open a socket. A browser lets any page open one, wherever it is from, and says so in `Origin`
//! (RFC 6455 §10.2).

use axum::http::{HeaderMap, HeaderValue, header};

/// Whether a socket may be opened: by what is no browser, and says nothing; by pages of the server's own origin; and by those
/// of the origins that are allowed.
pub(super) fn may_open(headers: &HeaderMap, allowed: &[HeaderValue]) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    allowed.contains(origin) || is_own(origin, headers.get(header::HOST))
}

/// Whether an origin is what the request was sent to. Its scheme is not looked at, as a proxy may have ended TLS.
fn is_own(origin: &HeaderValue, host: Option<&HeaderValue>) -> bool {
    let (Ok(origin), Some(Ok(host))) = (origin.to_str(), host.map(HeaderValue::to_str)) else { return false };
    let authority = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
    authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host))
}
