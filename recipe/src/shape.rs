//! What the rows of a format have.

use stele_domain::dataset::DatasetFormat;

/// Whether prompts and responses stand in it, which may be texts or messages.
pub(crate) const fn is_said(format: DatasetFormat) -> bool {
    matches!(
        format,
        DatasetFormat::Dpo
            | DatasetFormat::Reward
            | DatasetFormat::Kto
            | DatasetFormat::Ranking
            | DatasetFormat::Sft
            | DatasetFormat::Prompts
    )
}

/// Whether a row of a format is one judgment.
#[must_use]
pub const fn has_each_judgment(format: DatasetFormat) -> bool {
    matches!(format, DatasetFormat::Judgments | DatasetFormat::Scores | DatasetFormat::Spans | DatasetFormat::Boxes)
}

/// Whether a row is a chosen and a rejected response.
pub(crate) const fn has_pair(format: DatasetFormat) -> bool {
    matches!(format, DatasetFormat::Dpo | DatasetFormat::Reward)
}

/// Whether a row is there because one outcome won over others.
pub(crate) const fn has_winner(format: DatasetFormat) -> bool {
    has_pair(format) || matches!(format, DatasetFormat::Kto | DatasetFormat::Classification)
}
