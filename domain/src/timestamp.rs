//! Instants with the precision that PostgreSQL keeps, written in exactly one way.

use std::{fmt, str::FromStr};

use chrono::{DateTime, SecondsFormat, SubsecRound, TimeDelta, Utc};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An instant in UTC, truncated to microseconds.
///
/// It is always written as RFC 3339 with six decimals and a `Z`, because its text is hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(DateTime<Utc>);

impl Timestamp {
    /// The instant as a chrono value.
    #[must_use]
    pub const fn to_utc(self) -> DateTime<Utc> {
        self.0
    }

    /// This instant and `seconds` more.
    #[must_use]
    pub fn plus_seconds(self, seconds: u32) -> Self {
        Self(self.0 + TimeDelta::seconds(i64::from(seconds)))
    }
}

impl From<DateTime<Utc>> for Timestamp {
    fn from(instant: DateTime<Utc>) -> Self {
        Self(instant.trunc_subsecs(6))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::Micros, true))
    }
}

impl FromStr for Timestamp {
    type Err = chrono::ParseError;

    /// Reads RFC 3339 with any offset.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        DateTime::parse_from_rfc3339(text).map(|instant| Self::from(instant.to_utc()))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Timestamp {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time", "description": "UTC, six decimals, RFC 3339" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_written_one_way() {
        let instant: Timestamp = "2023-05-25T02:00:00.1234567+02:00".parse().expect("valid");
        assert_eq!(instant.to_string(), "2023-05-25T00:00:00.123456Z");
    }
}
