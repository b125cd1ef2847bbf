//! Agreement of an annotator with the others, unit by unit.

use std::collections::BTreeMap;

use super::{NoFigure, Observed, Tally};

/// One rating beside the other ratings of its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Compared {
    /// `m_u − 1`, the ratings of the unit by others; at least 1.
    pub others: u32,
    /// `n_uc − 1`, how many of these are the same as the annotator's; at most `others`.
    pub agreeing: u32,
}

impl Compared {
    /// A rating beside those of the others; nothing if there are none.
    #[must_use]
    pub fn with<'a, C: PartialEq + 'a>(own: &C, others: impl IntoIterator<Item = &'a C>) -> Option<Self> {
        let mut compared = Self { others: 0, agreeing: 0 };
        for other in others {
            compared.others += 1;
            compared.agreeing += u32::from(other == own);
        }
        (compared.others > 0).then_some(compared)
    }

    /// Each rating of a unit beside the others, in the order given; none if there are fewer than two.
    ///
    /// What an event on the unit removes and adds, for all who have rated it; a unit of `m` ratings costs `m log m`.
    #[must_use]
    pub fn each<C: Ord>(ratings: &[C]) -> Vec<Self> {
        let Some(others) = u32::try_from(ratings.len()).ok().filter(|&count| count > 1) else { return Vec::new() };
        let mut counts: BTreeMap<&C, u32> = BTreeMap::new();
        for category in ratings {
            *counts.entry(category).or_default() += 1;
        }
        let same = |category| counts.get(category).map_or(0, |count| count - 1);
        ratings.iter().map(|category| Self { others: others - 1, agreeing: same(category) }).collect()
    }
}

/// How an annotator's ratings compared with the others' ratings of the same units.
///
/// A rating of a unit changes the counts of everyone who has rated it: what was [`Compared`] before is removed, and
/// what is now is added: `m_u` changes an event.
pub type LeaveOneOut = Tally<Compared>;

impl Tally<Compared> {
    /// The agreement with the others as a rate: a trial for each unit, and as its success the share of others that
    /// agree.
    ///
    /// `a_r = Σ (n_uc − 1) / (m_u − 1)` over the annotator's units of at least two ratings, of `N_r` such units. The
    /// success of a unit with several others is a fraction; what it is worth says [`dispersion`].
    ///
    /// Summed apart for each number of others, with one division each by rising number: the same bits in any order.
    pub fn observed(&self) -> Result<Observed, NoFigure> {
        let units = self.total()? as f64;
        // Rounding of the quotients may lead a full agreement beyond the number of units by a bit.
        Observed::new(self.power_sum(1)?.min(units), units).map_err(|_| NoFigure::Impossible)
    }

    /// The sum of a power of the share of others that agree, over the annotator's units.
    fn power_sum(&self, power: u32) -> Result<f64, NoFigure> {
        let mut agreeing: BTreeMap<u32, i128> = BTreeMap::new();
        for (compared, number) in self.iter() {
            if compared.others == 0 || compared.agreeing > compared.others || number < 0 {
                return Err(NoFigure::Impossible);
            }
            let powers = i128::from(compared.agreeing).pow(power);
            let sum = agreeing.entry(compared.others).or_default();
            *sum = sum.saturating_add(i128::from(number).saturating_mul(powers));
        }
        Ok(agreeing.iter().map(|(&others, &sum)| sum as f64 / f64::from(others).powf(f64::from(power))).sum())
    }
}

/// How much a unit's success varies, in parts of what that of a single trial would: `φ`, above 0 to 1.
///
/// With one other rating a unit it is a yes or no, and `φ` is 1. With more, a success is a mean of several, which
/// varies less; but the others of a unit agree with each other, so it varies more than the mean of as many trials. So
/// a unit is worth neither one trial nor `m_u − 1`, but `1 / φ`, which is estimated from the pool: the variance `v`
/// of successes within annotators, divided by `p (1 − p)`. With `x` the successes, over `R` annotators and `N` units,
/// `v = Σ_r (Σ x² − (Σ x)² / N_r) / (N − R)` and `p (1 − p) = (Σ_r (Σ x − (Σ x)² / N_r) + R v) / N`, both unbiased.
/// `φ` is held to at least `N` divided by all comparisons, for no more is known than each of these says.
///
/// 1 if no annotator has two units. Any order of annotators gives the same bits.
///
/// Source: quasi-likelihood for proportions, `McCullagh` & Nelder, *Generalized Linear Models* (1989), section 4.5.
pub fn dispersion<'a>(pool: impl IntoIterator<Item = &'a LeaveOneOut>) -> Result<f64, NoFigure> {
    let mut annotators = Vec::new();
    let (mut units, mut comparisons) = (0_u128, 0_u128);
    for counts in pool.into_iter().filter(|counts| !counts.is_empty()) {
        let (trials, sum, squares) = (counts.total()?, counts.power_sum(1)?, counts.power_sum(2)?);
        annotators.push((squares - sum * sum / trials as f64, sum - sum * sum / trials as f64));
        units += u128::from(trials);
        comparisons += counts
            .iter()
            .map(|(compared, number)| u128::from(compared.others) * u128::from(number.unsigned_abs()))
            .sum::<u128>();
    }
    let degrees = units - annotators.len() as u128;
    if degrees == 0 {
        return Ok(1.0);
    }
    annotators.sort_by(|one, other| one.0.total_cmp(&other.0).then(one.1.total_cmp(&other.1)));
    let variance = annotators.iter().map(|sums| sums.0).sum::<f64>() / degrees as f64;
    let spread = annotators.iter().map(|sums| sums.1).sum::<f64>();
    let of_one_trial = (spread + annotators.len() as f64 * variance) / units as f64;
    let ratio = if of_one_trial > 0.0 { variance / of_one_trial } else { 1.0 };
    Ok(ratio.clamp(units as f64 / comparisons as f64, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rating_is_compared_with_the_others_of_its_unit() {
        assert_eq!(Compared::with(&'a', &['a', 'b', 'a']), Some(Compared { others: 3, agreeing: 2 }));
        assert_eq!(Compared::with(&'a', &[]), None);
        let each = Compared::each(&['a', 'b', 'a']);
        assert_eq!(each, [(2, 1), (2, 0), (2, 1)].map(|(others, agreeing)| Compared { others, agreeing }));
        assert_eq!(Compared::each(&['a']), []);
    }

    #[test]
    fn each_unit_is_a_trial_whatever_the_number_of_others() {
        let counts: LeaveOneOut =
            [Compared { others: 1, agreeing: 1 }, Compared { others: 4, agreeing: 1 }].into_iter().collect();
        let observed = counts.observed().expect("counted");
        assert!((observed.successes() - 1.25).abs() < 1e-15 && (observed.trials() - 2.0).abs() < 1e-15);
    }

    fn counts(comparisons: &[(u32, u32)]) -> LeaveOneOut {
        comparisons.iter().map(|&(agreeing, others)| Compared { others, agreeing }).collect()
    }

    #[test]
    fn with_one_other_a_unit_is_a_trial() {
        let pool = [counts(&[(1, 1), (0, 1), (1, 1)]), counts(&[(0, 1)]), counts(&[(1, 1), (1, 1), (0, 1), (0, 1)])];
        let dispersion = dispersion(&pool).expect("counted");
        assert!((dispersion - 1.0).abs() < 1e-14, "{dispersion}");
    }

    #[test]
    fn with_more_a_unit_is_worth_more() {
        // x = 1/2, 1/2, 1, 0: v = (1.5 − 1) / 3 = 1/6 and p (1 − p) = (2 − 1 + 1/6) / 4 = 7/24.
        let few = dispersion(&[counts(&[(1, 2), (1, 2), (2, 2), (0, 2)])]).expect("counted");
        assert!((few - 4.0 / 7.0).abs() < 1e-14, "{few}");
        // All the same: no more is known than eight comparisons say.
        let same = dispersion(&[counts(&[(2, 4), (2, 4)])]).expect("counted");
        assert!((same - 0.25).abs() < 1e-15, "{same}");
        assert_eq!(dispersion(&[counts(&[(2, 4)])]), Ok(1.0));
        assert_eq!(dispersion(&[]), Ok(1.0));
    }

    #[test]
    fn impossible_rows_are_refused() {
        let row =
            |others, agreeing, number| LeaveOneOut::from_rows([(Compared { others, agreeing }, number)]).observed();
        assert_eq!(row(0, 0, 1), Err(NoFigure::Impossible));
        assert_eq!(row(1, 2, 1), Err(NoFigure::Impossible));
        assert_eq!(row(2, 1, -1), Err(NoFigure::Impossible));
        assert_eq!(LeaveOneOut::new().observed(), Err(NoFigure::NothingCounted));
    }
}
