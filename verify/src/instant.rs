//! Instants as PostgreSQL stores them, and the one text of each that is hashed.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use sqlx::{
    Decode, Postgres, Type,
    error::BoxDynError,
    postgres::{PgTypeInfo, PgValueFormat, PgValueRef},
};

const MICROS_A_SECOND: i64 = 1_000_000;
const MICROS_A_DAY: i64 = 86_400 * MICROS_A_SECOND;
/// Days from 0000-03-01 to 2000-01-01, where PostgreSQL counts from.
const DAYS_TO_2000: i64 = 730_425;
const DAYS_IN_400_YEARS: i64 = 146_097;

/// Microseconds since 2000-01-01 in UTC, or one of PostgreSQL's infinities at the ends of the range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(i64);

impl Instant {
    /// So many microseconds after 2000-01-01, or before.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// RFC 3339 in UTC, with six decimals and a `Z`; `None` outside of the years 0 to 9999, which it can't write.
    #[must_use]
    pub fn to_text(self) -> Option<String> {
        let mut text = String::with_capacity(27);
        self.write(&mut text).then_some(text)
    }

    /// Replaces a text with that of this instant; false if it has none.
    pub(crate) fn write(self, text: &mut String) -> bool {
        text.clear();
        let Some((year, month, day)) = civil(self.0.div_euclid(MICROS_A_DAY)) else { return false };
        let micros = self.0.rem_euclid(MICROS_A_DAY);
        let seconds = micros / MICROS_A_SECOND;
        push(text, year, 1000, '-');
        push(text, month, 10, '-');
        push(text, day, 10, 'T');
        push(text, seconds / 3600, 10, ':');
        push(text, seconds / 60 % 60, 10, ':');
        push(text, seconds % 60, 10, '.');
        push(text, micros % MICROS_A_SECOND, 100_000, 'Z');
        true
    }

    /// Reads exactly what [`to_text`](Self::to_text) writes.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
        let days = days(number(0, 4)?, number(5, 7)?, number(8, 10)?);
        let seconds = number(11, 13)? * 3600 + number(14, 16)? * 60 + number(17, 19)?;
        let instant = Self(days * MICROS_A_DAY + seconds * MICROS_A_SECOND + number(20, 26)?);
        // whatever is out of range or spelled otherwise comes out as another text
        (instant.to_text()? == text).then_some(instant)
    }
}

/// A number with as many digits as the divisor, and what follows it.
fn push(text: &mut String, number: i64, mut divisor: u32, after: char) {
    let number = u32::try_from(number).unwrap_or(0);
    while divisor > 0 {
        text.push(char::from(b"0123456789"[(number / divisor % 10) as usize]));
        divisor /= 10;
    }
    text.push(after);
}

/// The Gregorian date of a day counted from 2000-01-01, in years that begin in March so that leap days come last.
fn civil(day: i64) -> Option<(i64, i64, i64)> {
    let day = day + DAYS_TO_2000;
    let (era, day) = (day.div_euclid(DAYS_IN_400_YEARS), day.rem_euclid(DAYS_IN_400_YEARS));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, next_year) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    let year = era * 400 + year + next_year;
    (0..=9999).contains(&year).then_some((year, month, day))
}

/// The day of a Gregorian date, counted from 2000-01-01.
const fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (era, year) = (year.div_euclid(400), year.rem_euclid(400));
    era * DAYS_IN_400_YEARS + 365 * year + year / 4 - year / 100 + (153 * month + 2) / 5 + day - 1 - DAYS_TO_2000
}

impl Type<Postgres> for Instant {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("timestamptz")
    }
}

impl<'r> Decode<'r, Postgres> for Instant {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        match value.format() {
            PgValueFormat::Binary => Ok(Self(i64::from_be_bytes(value.as_bytes()?.try_into()?))),
            PgValueFormat::Text => Err("a timestamp came as text".into()),
        }
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = self.to_text().ok_or_else(|| ser::Error::custom("a time outside of the years 0 to 9999"))?;
        serializer.serialize_str(&text)
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::from_text(&text).ok_or_else(|| de::Error::custom("a time that is not written as it should be"))
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, SecondsFormat, Utc};
    use proptest::prelude::*;

    use super::*;

    /// 2000-01-01 in microseconds since 1970.
    const MICROS_TO_2000: i64 = 946_684_800 * MICROS_A_SECOND;

    fn independently(instant: Instant) -> String {
        let instant = DateTime::<Utc>::from_timestamp_micros(instant.0 + MICROS_TO_2000).expect("in range");
        instant.to_rfc3339_opts(SecondsFormat::Micros, true)
    }

    #[test]
    fn the_ends_of_the_range_have_texts_and_nothing_beyond_has() {
        let (first, last) = ("0000-01-01T00:00:00.000000Z", "9999-12-31T23:59:59.999999Z");
        let instants = [first, last].map(|text| Instant::from_text(text).expect("in range"));
        assert_eq!(instants.map(|instant| instant.to_text().expect("in range")), [first, last]);
        assert_eq!(Instant(instants[0].0 - 1).to_text(), None);
        assert_eq!(Instant(instants[1].0 + 1).to_text(), None);
        assert_eq!([i64::MIN, i64::MAX].map(|infinite| Instant(infinite).to_text()), [None, None]);
    }

    #[test]
    fn only_one_spelling_is_read() {
        assert_eq!(Instant::from_text("2000-01-01T00:00:00.000001Z"), Some(Instant(1)));
        for other in [
            "",
            "2000-01-01T00:00:00.000001",
            "2000-01-01T00:00:00.000001+00:00",
            "2000-01-01 00:00:00.000001Z",
            "2000-01-01T00:00:00.00000Z",
            "2000-01-01T00:00:00.0000010Z",
            "2000-01-01T00:00:00.000001z",
            "2000-02-30T00:00:00.000001Z",
            "2000-01-01T24:00:00.000001Z",
            "2000-13-01T00:00:00.000001Z",
            "2000-01-01T00:00:60.000001Z",
            "+200-01-01T00:00:00.000001Z",
            "2000-01-01T00:00:00.+00001Z",
            "20é0-01-01T00:00:00.00001Z",
        ] {
            assert_eq!(Instant::from_text(other), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn the_text_is_that_of_another_implementation(micros in -63_000_000_000_000_000_i64..252_000_000_000_000_000) {
            let instant = Instant(micros);
            let text = instant.to_text().expect("in range");
            prop_assert_eq!(&text, &independently(instant));
            prop_assert_eq!(Instant::from_text(&text), Some(instant));
        }
    }
}
