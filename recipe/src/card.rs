//! What the dataset card says that the ledger can't know.

use serde::{Deserialize, Serialize};

/// What the dataset card and the Croissant metadata say that the ledger can't know. It changes no row, but a recipe with
/// another card is another recipe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Card {
    /// What the dataset is, in a sentence or more.
    pub description: String,
    /// Under which licence it is given: an identifier of the Hugging Face hub, such as `cc-by-4.0`.
    pub license: String,
    /// Who made it; the ledger's name by default.
    pub creator: Option<String>,
    /// Where it can be found.
    pub url: Option<String>,
    /// The languages of its texts (BCP 47).
    pub languages: Vec<String>,
}

impl Default for Card {
    fn default() -> Self {
        Self {
            description: String::new(),
            license: "unknown".to_owned(),
            creator: None,
            url: None,
            languages: Vec::new(),
        }
    }
}
