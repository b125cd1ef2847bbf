//! Cohen's kappa: agreement of two annotators, beyond that of drawing each from their own shares.

use super::{PairTable, Scale, Weighting};
use crate::{Confidence, Interval, Undefined, sum::sum};

/// Cohen's kappa of two annotators, and how far it can be trusted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cohen {
    /// The kappa, at most 1.
    pub value: f64,
    /// Its asymptotic standard error.
    pub standard_error: f64,
    /// Its asymptotic standard error if the two agreed by chance alone; `value / this` is a standard normal then.
    pub standard_error_by_chance: f64,
    /// Units that both have rated, at least 1. Below about 20 the standard errors say little.
    pub units: u32,
}

impl Cohen {
    /// The interval by the normal distribution, cut off at 1.
    #[must_use]
    pub fn interval(&self, confidence: Confidence) -> Interval {
        Interval::normal(self.value, self.standard_error, confidence)
    }
}

/// Cohen's kappa: `(p_o − p_e) / (1 − p_e)`, where `p_e` is how often the two would agree if each drew from their own
/// shares of the categories.
///
/// The same bits whatever the categories are called. Undefined without a common unit, and where both have chosen one
/// and the same category throughout.
///
/// Source: Cohen, "A coefficient of agreement for nominal scales", *Educational and Psychological Measurement* 20(1),
/// 1960; the standard errors: Fleiss, Cohen & Everitt, "Large sample standard errors of kappa and weighted kappa",
/// *Psychological Bulletin* 72(5), 1969.
pub fn cohen<C: Ord + Clone>(table: &PairTable<C>) -> Result<Cohen, Undefined> {
    // What is in a set comes once.
    let scale = Scale::evenly_spaced(table.categories().into_iter().cloned()).map_err(|_| Undefined::Impossible)?;
    weighted_cohen(table, &scale, Weighting::Identity)
}

/// Cohen's weighted kappa, where ratings may agree in part; at most 1.
///
/// Undefined as [`cohen`] is, and if a rating isn't on the scale. Costs the square of the number of categories.
///
/// Source: Cohen, "Weighted kappa", *Psychological Bulletin* 70(4), 1968; Fleiss, Cohen & Everitt (1969).
pub fn weighted_cohen<C: Ord + Clone>(
    table: &PairTable<C>,
    scale: &Scale<C>,
    weighting: Weighting,
) -> Result<Cohen, Undefined> {
    let shares = Shares::new(table, scale, weighting)?;
    let value = (shares.observed - shares.expected) / (1.0 - shares.expected);
    let units = shares.units;
    let scaled = |variance: f64| variance.max(0.0).sqrt() / (1.0 - shares.expected) / f64::from(units).sqrt();
    Ok(Cohen {
        value,
        standard_error: scaled(shares.variance(value)),
        standard_error_by_chance: scaled(shares.variance_by_chance()),
        units,
    })
}

/// A table's cells by place on the scale, as shares of all units.
struct Shares<W> {
    units: u32,
    weight: W,
    /// The cells' two places and shares.
    cells: Vec<(usize, usize, f64)>,
    first: Vec<f64>,
    second: Vec<f64>,
    /// By the first's place, how much the second would agree by chance; and the other way round.
    with_second: Vec<f64>,
    with_first: Vec<f64>,
    observed: f64,
    /// Less than 1.
    expected: f64,
}

impl Shares<()> {
    fn new<C: Ord + Clone>(
        table: &PairTable<C>,
        scale: &Scale<C>,
        weighting: Weighting,
    ) -> Result<Shares<impl Fn(usize, usize) -> f64>, Undefined> {
        let weight = move |first, second| scale.weight(weighting, first, second);
        let mut shares = Shares {
            units: 0,
            weight,
            cells: Vec::new(),
            first: vec![0.0; scale.len()],
            second: vec![0.0; scale.len()],
            with_second: Vec::new(),
            with_first: Vec::new(),
            observed: 0.0,
            expected: 0.0,
        };
        for (first, second, count) in table.iter() {
            let count = u64::try_from(count).map_err(|_| Undefined::Impossible)?;
            let units = u64::from(shares.units).checked_add(count).ok_or(Undefined::TooMany)?;
            shares.units = u32::try_from(units).map_err(|_| Undefined::TooMany)?;
            let place = |category| scale.place(category).ok_or(Undefined::OffScale);
            shares.count(place(first)?, place(second)?, count as f64);
        }
        if shares.units == 0 {
            return Err(Undefined::NoPairableValues);
        }
        shares.divide();
        if shares.expected < 1.0 { Ok(shares) } else { Err(Undefined::OneCategory) }
    }
}

impl<W: Fn(usize, usize) -> f64> Shares<W> {
    fn count(&mut self, first: usize, second: usize, count: f64) {
        self.cells.push((first, second, count));
        self.first[first] += count;
        self.second[second] += count;
    }

    /// Counts become shares, but only after the sums of products: without weights these are of integers, and exact.
    fn divide(&mut self) {
        let units = f64::from(self.units);
        let met = |&(first, second, count): &(usize, usize, f64)| (self.weight)(first, second) * count;
        self.observed = sum(self.cells.iter().map(met)) / units;
        self.with_second = meeting(&self.second, &self.weight);
        self.with_first = meeting(&self.first, &self.weight);
        self.expected =
            sum(self.first.iter().zip(&self.with_second).map(|(count, with)| count * with)) / units / units;
        let counts = [&mut self.first, &mut self.second, &mut self.with_second, &mut self.with_first];
        let counts = counts.into_iter().flatten().chain(self.cells.iter_mut().map(|(.., count)| count));
        counts.for_each(|count| *count /= units);
    }

    /// Equation 14 of Fleiss, Cohen & Everitt, times `n (1 − p_e)²`.
    fn variance(&self, kappa: f64) -> f64 {
        let term = |&(first, second, share): &(usize, usize, f64)| {
            let by_chance = self.with_second[first] + self.with_first[second];
            share * ((self.weight)(first, second) - by_chance * (1.0 - kappa)).powi(2)
        };
        sum(self.cells.iter().map(term)) - (kappa - self.expected * (1.0 - kappa)).powi(2)
    }

    /// Equation 9 of Fleiss, Cohen & Everitt, times `n (1 − p_e)²`: the same with independent cells and no kappa.
    fn variance_by_chance(&self) -> f64 {
        let term = |first: usize, second: usize| {
            let by_chance = self.with_second[first] + self.with_first[second];
            self.first[first] * self.second[second] * ((self.weight)(first, second) - by_chance).powi(2)
        };
        let places = 0..self.first.len();
        let terms = places.clone().flat_map(|first| places.clone().map(move |second| (first, second)));
        sum(terms.map(|(first, second)| term(first, second))) - self.expected.powi(2)
    }
}

/// By place, how much a rating there agrees with ratings that are distributed like this.
fn meeting(counts: &[f64], weight: impl Fn(usize, usize) -> f64) -> Vec<f64> {
    let with = |place| counts.iter().enumerate().map(|(other, count)| weight(place, other) * count).sum();
    (0..counts.len()).map(with).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_categories_by_hand() {
        // 20 + 15 of 50 agree; by chance 25 · 30 + 25 · 20 of 2,500 would.
        let table = PairTable::from_iter([('y', 'y', 20), ('y', 'n', 5), ('n', 'y', 10), ('n', 'n', 15)]);
        let kappa = cohen(&table).expect("defined");
        assert!((kappa.value - 0.4).abs() < 1e-15, "{kappa:?}");
        assert_eq!(kappa.units, 50);
    }

    #[test]
    fn full_agreement_is_exactly_one_and_no_variation_undefined() {
        let same = PairTable::from_iter([('a', 'a', 7), ('b', 'b', 3), ('c', 'c', 1)]);
        let kappa = cohen(&same).expect("defined");
        assert_eq!((kappa.value, kappa.standard_error), (1.0, 0.0));
        assert_eq!(cohen(&PairTable::from_iter([('a', 'a')])), Err(Undefined::OneCategory));
        assert_eq!(cohen(&PairTable::<char>::new()), Err(Undefined::NoPairableValues));
        let constants = cohen(&PairTable::from_iter([('a', 'b', 9)])).map(|kappa| kappa.value);
        assert_eq!(constants, Ok(0.0));
    }

    #[test]
    fn impossible_counts_and_ratings_off_the_scale_are_refused() {
        let scale = Scale::evenly_spaced(['a', 'b']).expect("distinct");
        let linear = |table: &PairTable<char>| weighted_cohen(table, &scale, Weighting::Linear).err();
        assert_eq!(linear(&PairTable::from_iter([('a', 'c')])), Some(Undefined::OffScale));
        assert_eq!(linear(&PairTable::from_iter([('a', 'b', -1)])), Some(Undefined::Impossible));
        assert_eq!(linear(&PairTable::from_iter([('a', 'b', i64::MAX)])), Some(Undefined::TooMany));
    }
}
