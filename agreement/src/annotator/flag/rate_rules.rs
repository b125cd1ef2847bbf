//! Rates that are too low: agreement with others, gold, consistency.

use super::{Clears, Floor, Found, Profile, Rule, Rules, Strength, clearing::fewest_answers, if_counted};
use crate::{
    annotator::{NoFigure, Observed, Pool},
    probability::{Beta, OutOfRange, median},
};

/// What is known of a rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RateEvidence {
    /// Successes and trials, as counted; with several others a unit is worth more (see
    /// [`dispersion`](crate::annotator::dispersion)).
    pub observed: Observed,
    /// The mean of the posterior.
    pub mean: f64,
    /// The rates between which the posterior lies with a probability of .95.
    pub interval: (f64, f64),
    /// The rate below which it is too low.
    pub floor: f64,
}

type Read<A, C> = fn(&Profile<A, C>) -> Result<Observed, NoFigure>;

/// One of the rates, and how it is judged.
struct Rate<'a> {
    name: fn(RateEvidence) -> Rule,
    floor: Floor,
    certainty: f64,
    pool: Pool,
    /// The annotators who have it, by place.
    observed: &'a [(usize, Observed)],
}

pub(super) fn found<A, C: Ord + Clone>(profiles: &[&Profile<A, C>], rules: &Rules) -> Result<Vec<Found>, NoFigure> {
    let certainty = rules.certainty;
    let agreement = observed(profiles, |profile| profile.agreement.observed())?;
    let gold = observed(profiles, |profile| profile.gold.observed())?;
    let repeats = observed(profiles, |profile| profile.repeats.observed())?;
    let pool = Pool::of_agreement(profiles.iter().map(|profile| &profile.agreement))?;
    let rates = [
        Rate { name: Rule::LowAgreement, floor: rules.agreement, certainty, pool, observed: &agreement },
        Rate { name: Rule::LowGold, floor: rules.gold, certainty, pool: pool_of(&gold), observed: &gold },
        Rate {
            name: Rule::LowConsistency,
            floor: rules.consistency,
            certainty,
            pool: pool_of(&repeats),
            observed: &repeats,
        },
    ];
    let mut found = Vec::new();
    for rate in rates {
        found.extend(rate.low().map_err(|_| NoFigure::Impossible)?);
    }
    Ok(found)
}

fn observed<A, C: Ord>(profiles: &[&Profile<A, C>], read: Read<A, C>) -> Result<Vec<(usize, Observed)>, NoFigure> {
    let mut observed = Vec::new();
    for (place, profile) in profiles.iter().enumerate() {
        observed.extend(if_counted(read(profile))?.map(|rate| (place, rate)));
    }
    Ok(observed)
}

fn pool_of(observed: &[(usize, Observed)]) -> Pool {
    let rates: Vec<Observed> = observed.iter().map(|&(_, rate)| rate).collect();
    Pool::of(&rates)
}

impl Rate<'_> {
    /// The annotators whose rate is too low.
    fn low(&self) -> Result<Vec<Found>, OutOfRange> {
        let posteriors: Vec<Beta> =
            self.observed.iter().map(|&(_, observed)| self.pool.posterior(observed)).collect::<Result<_, _>>()?;
        let floor = match self.floor {
            Floor::At(rate) => rate,
            Floor::BelowMedian(distance) => {
                let means: Vec<f64> = posteriors.iter().map(|posterior| posterior.mean()).collect();
                median(&means).unwrap_or_default() - distance
            }
        };
        let mut found = Vec::new();
        for (&(place, observed), posterior) in self.observed.iter().zip(posteriors) {
            let below = posterior.below(floor);
            if below > self.certainty {
                let interval = posterior.interval(0.95)?;
                let evidence = RateEvidence { observed, mean: posterior.mean(), interval, floor };
                let clears = self.clears(observed, floor);
                found.push((place, (self.name)(evidence), Strength::Posterior(below), self.certainty, clears));
            }
        }
        Ok(found)
    }

    /// How many answers at the pool's rate would lift the posterior, if prior and floor stayed as they are.
    fn clears(&self, observed: Observed, floor: f64) -> Clears {
        // A given floor may be above what the pool reaches: then no number of answers like its would do.
        if self.pool.prior().beta().mean() <= floor {
            return Clears::Review("the floor is above the pool's own rate");
        }
        let cleared = |answers| {
            self.pool.after(observed, answers).is_ok_and(|posterior| posterior.below(floor) <= self.certainty)
        };
        let too_far = Clears::Review("the rate is too far below its floor for further answers");
        fewest_answers(cleared).map_or(too_far, Clears::AnswersAtPoolRate)
    }
}
