//! Whose trainer the rows are laid out for.

use serde::{Deserialize, Serialize};
use stele_domain::dataset::DatasetFormat;

use crate::{RecipeError, Style};

/// Whose trainer the rows are laid out for: what their columns are called, and how they nest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// TRL of Hugging Face.
    #[default]
    Trl,
    /// `OpenRLHF`, which reads TRL's columns.
    #[serde(rename = "openrlhf")]
    OpenRlhf,
    /// axolotl.
    Axolotl,
    /// LLaMA-Factory.
    LlamaFactory,
    /// `NeMo` RL of NVIDIA.
    NemoRl,
    /// verl.
    Verl,
}

/// How a row is arranged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrangement {
    /// As TRL has it: a column each for prompt, chosen, rejected, completion.
    Columns,
    /// `messages`, and a message each as `chosen` and `rejected`.
    MessagePair,
    /// `messages`, the completion being the last of them.
    Conversation,
    /// `context`, and `completions` with their ranks.
    RankedCompletions,
    /// A prompt with what a trainer by reinforcement wants to know of its reward.
    RewardedPrompt,
}

impl Layout {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Trl, Self::OpenRlhf, Self::Axolotl, Self::LlamaFactory, Self::NemoRl, Self::Verl];

    /// The name under which it stands in a recipe.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Trl => "trl",
            Self::OpenRlhf => "openrlhf",
            Self::Axolotl => "axolotl",
            Self::LlamaFactory => "llama_factory",
            Self::NemoRl => "nemo_rl",
            Self::Verl => "verl",
        }
    }

    /// How rows of a format are arranged; `None` if the trainer reads no such rows.
    #[must_use]
    pub const fn arrangement(self, format: DatasetFormat, style: Style) -> Option<Arrangement> {
        use Arrangement::{Columns, Conversation, MessagePair, RankedCompletions, RewardedPrompt};
        use DatasetFormat::{Dpo, Kto, Prompts, Reward, Sft};
        use Style::{Conversational, Standard};
        match (self, format, style) {
            (Self::Trl, ..)
            | (Self::OpenRlhf, Dpo | Reward | Sft | Prompts, _)
            | (Self::Axolotl, Dpo | Kto, Standard)
            | (Self::LlamaFactory, Dpo | Reward | Kto | Sft, Standard)
            | (Self::NemoRl, Dpo, Standard)
            | (Self::Verl, Dpo | Reward, Standard) => Some(Columns),
            (Self::Axolotl, Dpo, Conversational) | (Self::LlamaFactory, Dpo | Reward, Conversational) => {
                Some(MessagePair)
            }
            (Self::Axolotl, Sft, Conversational) | (Self::LlamaFactory, Kto | Sft, Conversational) => {
                Some(Conversation)
            }
            (Self::NemoRl, Dpo, Conversational) => Some(RankedCompletions),
            (Self::Verl, Prompts, Conversational) => Some(RewardedPrompt),
            _ => None,
        }
    }

    pub(crate) fn check(self, format: DatasetFormat, style: Style) -> Result<(), RecipeError> {
        if self.arrangement(format, style).is_some() {
            return Ok(());
        }
        let other = match style {
            Style::Standard => Style::Conversational,
            Style::Conversational => Style::Standard,
        };
        let (layout, format_name) = (self.as_str(), format.as_str());
        let reason = if self.arrangement(format, other).is_some() {
            format!("{layout} reads {format_name} rows with `style: {}`", other.as_str())
        } else {
            format!("{layout} reads no {format_name} rows")
        };
        Err(RecipeError::field("layout", reason))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trainer_that_reads_no_such_rows_is_named() {
        let said = |layout: Layout, format, style| layout.check(format, style).map_err(|error| error.to_string());
        let wrong = said(Layout::OpenRlhf, DatasetFormat::Kto, Style::Standard);
        assert_eq!(wrong.expect_err("none"), "`layout`: openrlhf reads no kto rows");
        let wrong = said(Layout::Verl, DatasetFormat::Prompts, Style::Standard);
        assert_eq!(wrong.expect_err("style"), "`layout`: verl reads prompts rows with `style: conversational`");
        for format in DatasetFormat::ALL {
            for style in [Style::Standard, Style::Conversational] {
                assert!(Layout::Trl.check(format, style).is_ok(), "{format:?}");
            }
        }
    }
}
