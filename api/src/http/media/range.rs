//! Which part of a file is asked for (RFC 9110 §14).

use std::ops::Range;

use axum::http::{HeaderMap, header};

/// What of a file is to be given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All of it. That is also the answer to several ranges at once, and to a header that makes no sense.
    Whole,
    /// These bytes.
    Part(Range<u64>),
    /// Bytes that it has not got.
    Outside,
}

impl Wanted {
    /// What the headers of a `GET` ask for, of a file of that many bytes with that entity tag.
    pub(super) fn of(headers: &HeaderMap, bytes: u64, etag: &str) -> Self {
        // a file never changes under its name, so a tag is its tag or that of another file; there are no dates to compare
        let is_this = headers.get(header::IF_RANGE).is_none_or(|tag| tag == etag);
        let range = headers.get(header::RANGE).and_then(|range| range.to_str().ok());
        range.filter(|_| is_this).and_then(|range| Self::parse(range, bytes)).unwrap_or(Self::Whole)
    }

    /// `None` for what is not a single range of bytes.
    fn parse(range: &str, bytes: u64) -> Option<Self> {
        let (unit, range) = range.split_once('=')?;
        let ends = range.trim().split_once('-').filter(|_| unit.trim().eq_ignore_ascii_case("bytes"))?;
        let range = match ends {
            ("", length) => bytes.saturating_sub(number(length)?)..bytes,
            (first, "") => number(first)?..bytes,
            (first, last) => {
                let (first, last) = (number(first)?, number(last)?);
                if last < first {
                    return None;
                }
                first..last.saturating_add(1).min(bytes)
            }
        };
        Some(if range.is_empty() { Self::Outside } else { Self::Part(range) })
    }
}

/// A number; one that is too large is as large as can be.
fn number(digits: &str) -> Option<u64> {
    let is_number = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn wanted(range: &'static str, if_range: Option<&'static str>) -> Wanted {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, HeaderValue::from_static(range));
        headers.extend(if_range.map(|tag| (header::IF_RANGE, HeaderValue::from_static(tag))));
        Wanted::of(&headers, 1000, "\"tag\"")
    }

    #[test]
    fn a_single_range_is_a_part_or_outside() {
        for (range, part) in [
            ("bytes=0-0", 0..1),
            ("bytes=0-999", 0..1000),
            ("bytes=0-", 0..1000),
            ("bytes=999-", 999..1000),
            ("bytes=500-99999999999999999999999", 500..1000),
            ("Bytes= 5-6 ", 5..7),
            ("bytes=-1", 999..1000),
            ("bytes=-5000", 0..1000),
        ] {
            assert_eq!(wanted(range, None), Wanted::Part(part), "{range}");
        }
        for range in ["bytes=1000-", "bytes=1000-1001", "bytes=99999999999999999999999-", "bytes=-0"] {
            assert_eq!(wanted(range, None), Wanted::Outside, "{range}");
        }
    }

    #[test]
    fn what_is_no_single_range_gets_the_whole() {
        for range in [
            "bytes=0-1,5-6",
            "bytes=5-4",
            "bytes=-",
            "bytes=",
            "bytes",
            "lines=0-1",
            "bytes=a-b",
            "bytes=+1-2",
            "bytes=--1",
            "bytes=0x1-2",
            "",
        ] {
            assert_eq!(wanted(range, None), Wanted::Whole, "{range}");
        }
        assert_eq!(Wanted::of(&HeaderMap::new(), 1000, "\"tag\""), Wanted::Whole);
    }

    #[test]
    fn a_range_of_what_was_another_file_gets_the_whole() {
        assert_eq!(wanted("bytes=0-0", Some("\"tag\"")), Wanted::Part(0..1));
        for other in ["\"other\"", "W/\"tag\"", "Thu, 01 Jan 2026 00:00:00 GMT"] {
            assert_eq!(wanted("bytes=0-0", Some(other)), Wanted::Whole, "{other}");
        }
    }
}
