//! Who is preferred to whom: strengths of items (models, responses) from pairwise comparisons.
//!
//! | concept | here |
//! |---|---|
//! | how often each was preferred, as counts that can be taken back | [`Comparisons`], [`Outcome`] |
//! | which items the comparisons order among each other | [`connected_components`] |
//! | strengths, a tie being half a win each | [`BradleyTerry`] |
//! | strengths, with a probability of ties and an advantage of the left place | [`Davidson`] |
//! | whether the left place has an advantage | [`OrderEffect`] |
//! | strengths, where annotators are more or less reliable | [`NoisyBradleyTerry`], of [`Judgments`] |
//! | ratings that follow one comparison after the other | [`Elo`] |
//! | how often preferences run in a circle | [`circular_triads`] |
//!
//! ```
//! use stele_agreement::preference::{BradleyTerry, Comparisons, Outcome};
//!
//! let mut comparisons = Comparisons::new();
//! comparisons.add("tulu", "alpaca", Outcome::Left);
//! comparisons.add("tulu", "alpaca", Outcome::Left);
//! comparisons.add("alpaca", "tulu", Outcome::Left);
//! let estimate = BradleyTerry::default().fit(&comparisons)?;
//! let (alpaca, tulu) = (estimate.strengths()[0], estimate.strengths()[1]);
//! assert!((tulu / alpaca - 2.0).abs() < 1e-9);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bradley_terry;
mod cholesky;
mod comparisons;
mod connected;
mod davidson;
mod elo;
mod judgments;
mod minorisation;
mod noisy_bradley_terry;
mod normal;
mod order_effect;
mod transitivity;
mod uncertainty;
mod unfit;
mod wins;

pub use bradley_terry::{BradleyTerry, BradleyTerryEstimate};
pub use comparisons::{Comparisons, Outcome, Tally};
pub use connected::connected_components;
pub use davidson::{Davidson, DavidsonEstimate};
pub use elo::{Elo, EloSettings, EloSettingsError};
pub use judgments::{Judgment, Judgments, JudgmentsError};
pub use noisy_bradley_terry::{
    Noise, NoisyBradleyTerry, NoisyBradleyTerryError, NoisyBradleyTerryEstimate, Reliability,
};
pub use order_effect::OrderEffect;
pub use transitivity::{Triads, circular_triads};
pub use uncertainty::{Uncertainty, Variance};
pub use unfit::Unfit;
