//! What the items' true categories are, given that annotators err: one consensus for each item, and what its
//! annotators are worth.
//!
//! | concept | here |
//! |---|---|
//! | who answered what, compactly | [`Labels`] |
//! | the category with most votes | [`majority`], with a [`TiePolicy`] |
//! | a confusion matrix for each annotator | [`DawidSkene`] |
//! | a competence for each annotator, who else answers by habit | [`Mace`] |
//! | how probable each category is for each item | [`Posterior`] |
//!
//! The two models are latent-class models: an item has one true category that nobody sees, and the annotators' answers
//! depend on it and on nothing else. They are fitted by expectation maximisation (Dempster, Laird & Rubin 1977), whose
//! every step is a sum over items in rising order and over an item's labels in the order of annotators. So the same
//! labels give the same bits, in whatever order they were given.
//!
//! ```
//! use stele_agreement::consensus::{DawidSkene, Label, Labels, Shape};
//!
//! // Three annotators, two categories; the third annotator answers the wrong way round.
//! let answers = [[0, 0, 1], [1, 1, 0], [0, 0, 1], [1, 1, 0], [0, 1, 1]];
//! let rows: Vec<Label> = (0..)
//!     .zip(answers)
//!     .flat_map(|(item, row)| (0..).zip(row).map(move |(annotator, category)| Label { item, annotator, category }))
//!     .collect();
//! let labels = Labels::new(Shape { items: 5, annotators: 3, categories: 2 }, &rows)?;
//! let estimate = DawidSkene::default().fit(&labels)?;
//! assert!(estimate.posterior().most_likely(4).is_some_and(|(category, _)| category == 0));
//! assert!(estimate.accuracy(2).is_some_and(|accuracy| accuracy < 0.01));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod dawid_skene;
mod digamma;
mod expectation;
mod labels;
mod mace;
mod majority;
mod posterior;

pub use dawid_skene::{ConfusionPrior, DawidSkene, DawidSkeneError, DawidSkeneEstimate};
pub use labels::{Label, Labels, LabelsError, Shape};
pub use mace::{Mace, MaceError, MaceEstimate};
pub use majority::{TiePolicy, majority, vote_shares};
pub use posterior::Posterior;
