//! Agreement corrected for chance, of annotators with a category each: the kappas.
//!
//! All are `(p_a − p_e) / (1 − p_e)`: of what agreement is left beyond that by chance, how much there is. They differ in
//! what chance would do: [`fleiss()`] and [`cohen()`] take it to choose as the annotators did, [`gwet()`] only on the tasks
//! that nobody can tell.

mod chance_corrected;
pub mod cohen;
pub mod fleiss;
pub mod gwet;
pub mod pair_table;
pub mod scale;

pub use self::{
    cohen::{Cohen, cohen, weighted_cohen},
    fleiss::{fleiss, fleiss_estimate, weighted_fleiss, weighted_fleiss_estimate},
    gwet::{gwet, gwet_estimate},
    pair_table::PairTable,
    scale::{Repeated, Scale, Weighting},
};
