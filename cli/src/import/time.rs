//! When votes were given: how their times are written.

use std::fmt;

use chrono::{
    DateTime, LocalResult, TimeZone,
    format::{Fixed, Item, Numeric, Parsed, StrftimeItems},
};
use chrono_tz::Tz;
use serde::Deserialize;
use stele_domain::Timestamp;

use super::source::Source;

/// When a vote was given.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "RawTime")]
pub(super) struct TimeMapping {
    /// Where the time stands.
    pub(super) from: Source,
    /// How it is written.
    pub(super) notation: TimeNotation,
}

/// How times are written.
#[derive(Clone, Debug)]
pub(super) enum TimeNotation {
    /// As RFC 3339 has it.
    Rfc3339,
    /// In a format of strftime's kind.
    Format {
        /// The format as the mapping has it.
        text: String,
        /// The same, taken apart.
        items: Vec<Item<'static>>,
        /// Whose local time it is, unless the format has an offset.
        zone: Option<Tz>,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTime {
    from: Source,
    format: Option<String>,
    zone: Option<String>,
}

impl TryFrom<RawTime> for TimeMapping {
    type Error = String;

    fn try_from(raw: RawTime) -> Result<Self, Self::Error> {
        let notation = match (raw.format, raw.zone) {
            (None, None) => TimeNotation::Rfc3339,
            (None, Some(_)) => return Err("`zone` needs a `format`: without one, times are RFC 3339".into()),
            (Some(format), zone) => TimeNotation::new(format, zone)?,
        };
        Ok(Self { from: raw.from, notation })
    }
}

impl TimeNotation {
    fn new(text: String, zone: Option<String>) -> Result<Self, String> {
        let items = StrftimeItems::new(&text).parse_to_owned();
        let items = items.map_err(|_| format!("`format` has a specifier that does not exist: {text}"))?;
        let zone = match (zone, items.iter().any(tells_offset)) {
            (Some(name), false) => {
                let zone = name.parse::<Tz>();
                Some(zone.map_err(|_| format!("`zone` is {name}, which is not a name of the IANA time zones"))?)
            }
            (None, true) => None,
            (None, false) => return Err("`zone` is missing: the format has no offset from UTC".into()),
            (Some(_), true) => return Err("`zone` must be absent: the format has an offset from UTC".into()),
        };
        let notation = Self::Format { text, items, zone };
        notation.is_complete().then_some(notation).ok_or_else(|| "`format` does not tell both date and time".into())
    }

    /// Whether an instant survives being written and read.
    fn is_complete(&self) -> bool {
        let Self::Format { items, .. } = self else { return true };
        let mut written = String::new();
        let instant = DateTime::UNIX_EPOCH.fixed_offset();
        let writes = fmt::write(&mut written, format_args!("{}", instant.format_with_items(items.iter()))).is_ok();
        writes && self.read(&written).is_ok()
    }

    /// The instant that a text tells.
    pub(super) fn read(&self, text: &str) -> Result<Timestamp, String> {
        let Self::Format { items, zone, .. } = self else {
            return text.parse().map_err(|error: chrono::ParseError| error.to_string());
        };
        let mut parsed = Parsed::new();
        chrono::format::parse(&mut parsed, text, items.iter()).map_err(|error| error.to_string())?;
        let Some(zone) = zone else {
            return parsed.to_datetime().map(|time| time.to_utc().into()).map_err(|error| error.to_string());
        };
        let local = parsed.to_naive_datetime_with_offset(0).map_err(|error| error.to_string())?;
        match zone.from_local_datetime(&local) {
            LocalResult::Single(time) => Ok(time.to_utc().into()),
            LocalResult::Ambiguous(one, other) => Err(format!(
                "{zone} passed through it twice, at {} and {}",
                Timestamp::from(one.to_utc()),
                Timestamp::from(other.to_utc())
            )),
            LocalResult::None => Err(format!("{zone} skipped it")),
        }
    }
}

impl fmt::Display for TimeNotation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rfc3339 => f.write_str("as RFC 3339 has it"),
            Self::Format { text, .. } => write!(f, "in the format {text}"),
        }
    }
}

fn tells_offset(item: &Item<'_>) -> bool {
    match item {
        Item::Numeric(Numeric::Timestamp, _) => true,
        Item::Fixed(fixed) => matches!(
            fixed,
            Fixed::TimezoneOffset
                | Fixed::TimezoneOffsetColon
                | Fixed::TimezoneOffsetDoubleColon
                | Fixed::TimezoneOffsetTripleColon
                | Fixed::TimezoneOffsetColonZ
                | Fixed::TimezoneOffsetZ
                | Fixed::RFC2822
                | Fixed::RFC3339
        ),
        _ => false,
    }
}
