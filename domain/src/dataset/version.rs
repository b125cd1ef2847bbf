//! The version of a release.

use std::{borrow::Cow, fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// The version of a release, written `MAJOR.MINOR.PATCH` as in [Semantic Versioning](https://semver.org): the major
/// number grows when the rows are made in another way, the minor one when they are other rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ReleaseVersion {
    major: u32,
    minor: u32,
    patch: u32,
}

/// A text that is no version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a version such as 1.0.0")]
pub struct ReleaseVersionError(String);

impl ReleaseVersion {
    /// The version of a dataset's first release.
    pub const FIRST: Self = Self { major: 1, minor: 0, patch: 0 };

    /// The next version of rows that are made in another way.
    #[must_use]
    pub const fn next_major(self) -> Self {
        Self { major: self.major + 1, minor: 0, patch: 0 }
    }

    /// The next version of other rows.
    #[must_use]
    pub const fn next_minor(self) -> Self {
        Self { major: self.major, minor: self.minor + 1, patch: 0 }
    }
}

impl fmt::Display for ReleaseVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

impl FromStr for ReleaseVersion {
    type Err = ReleaseVersionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let numbers: Option<Vec<u32>> = text.split('.').map(|number| number.parse().ok()).collect();
        match numbers.as_deref() {
            Some([major, minor, patch]) => {
                let version = Self { major: *major, minor: *minor, patch: *patch };
                // one way to write each: no sign, no leading zero
                if version.to_string() == text { Some(version) } else { None }
            }
            _ => None,
        }
        .ok_or_else(|| ReleaseVersionError(text.to_owned()))
    }
}

impl TryFrom<String> for ReleaseVersion {
    type Error = ReleaseVersionError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<ReleaseVersion> for String {
    fn from(version: ReleaseVersion) -> Self {
        version.to_string()
    }
}

impl JsonSchema for ReleaseVersion {
    fn schema_name() -> Cow<'static, str> {
        "ReleaseVersion".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let number = "(0|[1-9][0-9]*)";
        json_schema!({
            "type": "string",
            "pattern": format!(r"^{number}\.{number}\.{number}$"),
            "description": "The version of a release: MAJOR.MINOR.PATCH",
        })
    }
}
