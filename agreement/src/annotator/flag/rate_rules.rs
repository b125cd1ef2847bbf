//! Rates that are too low: agreement with others, gold, consistency.

use super::{Clears, Floor, Found, Profile, Rule, Rules, Strength, clearing::fewest_answers, if_counted};
use crate::{
    annotator::{NoFigure, Observed, Prior, dispersion},
    probability::{Beta, OutOfRange, median},
};

/// What is known of a rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RateEvidence {
    /// Successes and trials, as counted; with several others a unit is worth more (see [`dispersion`]).
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
struct Rate {
    name: fn(RateEvidence) -> Rule,
    floor: Floor,
    certainty: f64,
    /// How many trials one counted is worth.
    weight: f64,
}

pub(super) fn found<A, C: Ord + Clone>(profiles: &[&Profile<A, C>], rules: &Rules) -> Result<Vec<Found>, NoFigure> {
    let unit = 1.0 / dispersion(profiles.iter().map(|profile| &profile.agreement))?;
    let rate = |name, floor, weight| Rate { name, floor, certainty: rules.certainty, weight };
    let rates: [(Read<A, C>, Rate); 3] = [
        (|profile| profile.agreement.observed(), rate(Rule::LowAgreement, rules.agreement, unit)),
        (|profile| profile.gold.observed(), rate(Rule::LowGold, rules.gold, 1.0)),
        (|profile| profile.repeats.observed(), rate(Rule::LowConsistency, rules.consistency, 1.0)),
    ];
    let mut found = Vec::new();
    for (read, rate) in rates {
        let mut pool = Vec::new();
        for (place, profile) in profiles.iter().enumerate() {
            pool.extend(if_counted(read(profile))?.map(|observed| (place, observed)));
        }
        found.extend(low(&pool, &rate).map_err(|_| NoFigure::Impossible)?);
    }
    Ok(found)
}

fn low(pool: &[(usize, Observed)], rate: &Rate) -> Result<Vec<Found>, OutOfRange> {
    let weighted: Vec<Observed> =
        pool.iter().map(|(_, observed)| observed.weighted(rate.weight)).collect::<Result<_, _>>()?;
    let prior = Prior::by_moments(&weighted);
    let posteriors: Vec<Beta> = weighted.iter().map(|&one| prior.posterior(one)).collect::<Result<_, _>>()?;
    let means: Vec<f64> = posteriors.iter().map(|posterior| posterior.mean()).collect();
    let floor = match rate.floor {
        Floor::At(rate) => rate,
        Floor::BelowMedian(distance) => median(&means).unwrap_or_default() - distance,
    };
    let mut found = Vec::new();
    for (&(place, observed), posterior) in pool.iter().zip(posteriors) {
        let below = posterior.below(floor);
        if below > rate.certainty {
            let interval = posterior.interval(0.95)?;
            let evidence = RateEvidence { observed, mean: posterior.mean(), interval, floor };
            let clears = clears(posterior, prior.beta().mean(), floor, rate);
            found.push((place, (rate.name)(evidence), Strength::Posterior(below), rate.certainty, clears));
        }
    }
    Ok(found)
}

/// How many answers at the pool's rate would lift the posterior, if prior and floor stayed as they are.
fn clears(posterior: Beta, pool: f64, floor: f64, rate: &Rate) -> Clears {
    let cleared = |answers: u64| {
        let more = answers as f64 * rate.weight;
        Beta::new(posterior.a() + more * pool, posterior.b() + more * (1.0 - pool))
            .is_ok_and(|posterior| posterior.below(floor) <= rate.certainty)
    };
    // A given floor may be above what the pool reaches: then no number of answers like its would do.
    if pool <= floor {
        return Clears::Review("the floor is above the pool's own rate");
    }
    fewest_answers(cleared)
        .map_or(Clears::Review("the rate is too far below its floor for further answers"), Clears::AnswersAtPoolRate)
}
