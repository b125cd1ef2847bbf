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
}

/// How an annotator's ratings compared with the others' ratings of the same units.
///
/// A rating of a unit changes the counts of everyone who has rated it: what was [`Compared`] before is removed, and
/// what is now is added: `m_u` changes an event.
pub type LeaveOneOut = Tally<Compared>;

impl Tally<Compared> {
    /// The agreement with the others as a rate: a trial for each unit, and as its success the share of others that agree.
    ///
    /// `a_r = Σ (n_uc − 1) / (m_u − 1)` over the annotator's units of at least two ratings, of `N_r` such units. The
    /// success of a unit with several others is a fraction. As the mean of indicators with the same expectation it
    /// varies at most as much as one of them, so that a whole trial a unit never claims to know too much; counting each
    /// pair of ratings as a trial would, as the others of one unit agree with each other.
    ///
    /// Summed apart for each number of others, with one division each by rising number: the same bits in any order.
    pub fn observed(&self) -> Result<Observed, NoFigure> {
        let units = self.total()?;
        let mut agreeing: BTreeMap<u32, i128> = BTreeMap::new();
        for (compared, number) in self.iter() {
            if compared.others == 0 || compared.agreeing > compared.others {
                return Err(NoFigure::Impossible);
            }
            *agreeing.entry(compared.others).or_default() += i128::from(number) * i128::from(compared.agreeing);
        }
        let successes: f64 = agreeing.iter().map(|(&others, &sum)| sum as f64 / f64::from(others)).sum();
        // Rounding of the quotients may lead a full agreement beyond the number of units by a bit.
        Observed::new(successes.min(units as f64), units as f64).map_err(|_| NoFigure::Impossible)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rating_is_compared_with_the_others_of_its_unit() {
        assert_eq!(Compared::with(&'a', &['a', 'b', 'a']), Some(Compared { others: 3, agreeing: 2 }));
        assert_eq!(Compared::with(&'a', &[]), None);
    }

    #[test]
    fn each_unit_is_a_trial_whatever_the_number_of_others() {
        let counts: LeaveOneOut =
            [Compared { others: 1, agreeing: 1 }, Compared { others: 4, agreeing: 1 }].into_iter().collect();
        let observed = counts.observed().expect("counted");
        assert!((observed.successes() - 1.25).abs() < 1e-15 && (observed.trials() - 2.0).abs() < 1e-15);
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
