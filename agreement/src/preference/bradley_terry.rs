//! Strengths by the model of Bradley and Terry.

use std::fmt::Debug;

use super::{Comparisons, Unfit, connected::components, wins::Wins};

/// How a fit of the model of Bradley and Terry is made.
///
/// Item `i`, of strength `p_i`, is preferred to item `j` with probability `p_i / (p_i + p_j)`. A tie is half a win for
/// each: the strengths then solve "expected wins are wins" for halves as well, though the likelihood isn't that of
/// ties ([`Davidson`](super::Davidson) is a model of them). Strengths are scaled to a geometric mean of 1.
///
/// The greatest likelihood is found by minorisation and maximisation, item by item, always with the newest strengths.
///
/// Sources: Bradley & Terry, "Rank analysis of incomplete block designs", *Biometrika* 39, 1952; Hunter, "MM algorithms for
/// generalized Bradley-Terry models", *Annals of Statistics* 32(1), 2004, equation 3 and the cyclic version after it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BradleyTerry {
    /// The most rounds over all items, at least 1.
    pub iterations: u32,
    /// The fit has converged once, for every item, wins and expected wins differ by no more than this proportion;
    /// 0 or more.
    pub tolerance: f64,
    /// So many ties of each item with an imaginary one of strength 1 are added; 0 or more.
    ///
    /// Without them, strengths exist only where the items are [connected](super::connected_components), and anything else
    /// is refused. With a few, such as 1, they always exist, and are drawn together: for items of few comparisons, say
    /// that a prior was used.
    pub prior_ties: f64,
}

impl Default for BradleyTerry {
    /// At most 100,000 rounds, a tolerance of 10⁻¹², and no prior.
    fn default() -> Self {
        Self { iterations: 100_000, tolerance: 1e-12, prior_ties: 0.0 }
    }
}

/// The strength of each item.
#[derive(Clone, Debug)]
pub struct BradleyTerryEstimate<I> {
    pub(crate) wins: Wins<I>,
    pub(crate) prior_ties: f64,
    /// On the scale where the imaginary item has strength 1, if there is one.
    pub(crate) anchored: Vec<f64>,
    strengths: Vec<f64>,
    rounds: u32,
    converged: bool,
}

/// An item's opponents, and how often each was met.
struct Opponents {
    half_wins: f64,
    met: Vec<(usize, f64)>,
}

impl BradleyTerry {
    /// Fits the model.
    pub fn fit<I: Ord + Clone + Debug>(
        &self,
        comparisons: &Comparisons<I>,
    ) -> Result<BradleyTerryEstimate<I>, Unfit<I>> {
        self.check()?;
        let wins = Wins::of(comparisons).ok_or(Unfit::Impossible)?;
        if wins.pairs.is_empty() {
            return Err(Unfit::NoComparison);
        }
        // Not `> 0.0`: a prior is needed or it isn't, however weak.
        if self.prior_ties <= 0.0 {
            let groups = components(&wins);
            if groups.len() > 1 {
                return Err(Unfit::NotConnected(groups));
            }
        }
        Ok(self.maximise(wins))
    }

    fn check<I: Debug>(&self) -> Result<(), Unfit<I>> {
        let settings = [
            ("number of iterations", f64::from(self.iterations), self.iterations > 0),
            ("tolerance", self.tolerance, self.tolerance >= 0.0),
            ("number of prior ties", self.prior_ties, self.prior_ties >= 0.0 && self.prior_ties.is_finite()),
        ];
        match settings.into_iter().find(|(_, _, valid)| !valid) {
            Some((name, value, _)) => Err(Unfit::Setting { name, value }),
            None => Ok(()),
        }
    }

    fn maximise<I>(&self, wins: Wins<I>) -> BradleyTerryEstimate<I> {
        let opponents = opponents(&wins);
        let mut strengths = vec![1.0; wins.items.len()];
        let (mut rounds, mut converged) = (0, false);
        while rounds < self.iterations && !converged {
            rounds += 1;
            converged = self.round(&opponents, &mut strengths) <= self.tolerance;
            if self.prior_ties <= 0.0 {
                scale_to_geometric_mean_one(&mut strengths);
            }
        }
        let anchored = strengths.clone();
        scale_to_geometric_mean_one(&mut strengths);
        BradleyTerryEstimate { wins, prior_ties: self.prior_ties, anchored, strengths, rounds, converged }
    }

    /// Gives each item the strength at which, others' unchanged in the bound, its expected wins are its wins; the
    /// greatest proportion by which one was off.
    fn round(&self, opponents: &[Opponents], strengths: &mut [f64]) -> f64 {
        let mut greatest: f64 = 0.0;
        for (item, opponents) in opponents.iter().enumerate() {
            let strength = strengths[item];
            let met = |&(other, times): &(usize, f64)| times / (strength + strengths[other]);
            let sum = opponents.met.iter().map(met).sum::<f64>() + self.prior_ties / (strength + 1.0);
            let next = (opponents.half_wins + self.prior_ties / 2.0) / sum;
            // An item that was compared with itself only has neither wins nor a sum.
            if next.is_finite() {
                greatest = greatest.max((next / strength - 1.0).abs());
                strengths[item] = next;
            }
        }
        greatest
    }
}

fn opponents<I>(wins: &Wins<I>) -> Vec<Opponents> {
    let mut opponents: Vec<Opponents> =
        wins.items.iter().map(|_| Opponents { half_wins: 0.0, met: Vec::new() }).collect();
    for pair in &wins.pairs {
        opponents[pair.first].half_wins += pair.first_half_wins();
        opponents[pair.first].met.push((pair.second, pair.comparisons()));
        opponents[pair.second].half_wins += pair.second_half_wins();
        opponents[pair.second].met.push((pair.first, pair.comparisons()));
    }
    opponents
}

fn scale_to_geometric_mean_one(strengths: &mut [f64]) {
    let mean = strengths.iter().map(|strength| strength.ln()).sum::<f64>() / strengths.len() as f64;
    let factor = (-mean).exp();
    strengths.iter_mut().for_each(|strength| *strength *= factor);
}

impl<I> BradleyTerryEstimate<I> {
    /// The items, in order.
    #[must_use]
    pub fn items(&self) -> &[I] {
        &self.wins.items
    }

    /// The strength of each item: above 0, with a geometric mean of 1.
    #[must_use]
    pub fn strengths(&self) -> &[f64] {
        &self.strengths
    }

    /// The natural logarithm of the comparisons' likelihood, without a prior's: ties count as half of each outcome.
    #[must_use]
    pub fn log_likelihood(&self) -> f64 {
        let of_pair = |pair: &super::wins::Pair| {
            let [first, second] = [self.strengths[pair.first], self.strengths[pair.second]];
            // The logarithm of 1 plus what is small stays exact for one-sided pairs.
            -pair.first_half_wins() * (second / first).ln_1p() - pair.second_half_wins() * (first / second).ln_1p()
        };
        self.wins.pairs.iter().map(of_pair).sum()
    }

    /// How many rounds over all items were made.
    #[must_use]
    pub fn rounds(&self) -> u32 {
        self.rounds
    }

    /// Whether wins and expected wins agree within the tolerance.
    #[must_use]
    pub fn converged(&self) -> bool {
        self.converged
    }
}
