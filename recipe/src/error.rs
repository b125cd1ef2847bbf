//! Why a recipe can't be followed.

use std::fmt;

use stele_domain::{dataset::DatasetFormat, form::QuestionKey};

/// Why a recipe can't be followed.
#[derive(Debug, thiserror::Error)]
pub enum RecipeError {
    /// The file can't be read.
    #[error("{file}: {source}")]
    Unreadable {
        /// The file.
        file: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The text is not a recipe.
    #[error("{name}: {reason}")]
    Malformed {
        /// Where the text is from.
        name: String,
        /// Where in it, and what is wrong.
        reason: String,
    },
    /// Something in it is out of range, or does not go with the rest.
    #[error("`{field}`: {reason}")]
    Field {
        /// Which field.
        field: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// The project asks no question of that name, or none that the format can use, or several.
    #[error("`question`: {reason}; {} datasets can be made of {}", format.as_str(), Listed(known))]
    Question {
        /// What the dataset's rows are for.
        format: DatasetFormat,
        /// What is wrong.
        reason: String,
        /// The keys to choose from.
        known: Vec<QuestionKey>,
    },
}

impl RecipeError {
    pub(crate) fn field(field: &'static str, reason: impl Into<String>) -> Self {
        Self::Field { field, reason: reason.into() }
    }
}

struct Listed<'a>(&'a [QuestionKey]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys: Vec<&str> = self.0.iter().map(QuestionKey::as_str).collect();
        f.write_str(if keys.is_empty() { "none" } else { "" })?;
        f.write_str(&keys.join(", "))
    }
}
