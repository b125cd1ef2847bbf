//! What Fleiss's and Gwet's coefficients have in common: mean agreement of units, and shares of categories.

use std::collections::BTreeMap;

use super::{Scale, Weighting};
use crate::{Estimate, ReliabilityData, Undefined, Unit, sum::sum};

/// The units' ratings on a scale, and what follows from them before chance comes in.
pub(super) struct Rated<'a, C> {
    data: &'a ReliabilityData<C>,
    scale: &'a Scale<C>,
    weighting: Weighting,
    units: u32,
    pairable_units: u32,
    /// `p_a`, the mean over pairable units of how much two of their ratings agree.
    agreement: f64,
    /// `π_c` by place, the mean over units of a category's share in their ratings.
    shares: Vec<f64>,
}

/// What chance would do: its agreement, and for each category what it adds to that of a unit.
pub(super) struct Chance {
    /// `p_e`, less than 1.
    pub(super) agreement: f64,
    /// By place; the mean over all ratings of all units is `agreement`.
    pub(super) by_category: Vec<f64>,
}

impl<'a, C: Ord + Clone> Rated<'a, C> {
    pub(super) fn new(
        data: &'a ReliabilityData<C>,
        scale: &'a Scale<C>,
        weighting: Weighting,
    ) -> Result<Self, Undefined> {
        let totals = data.totals()?;
        if totals.pairable_units == 0 {
            return Err(Undefined::NoPairableValues);
        }
        let (units, pairable_units) = (totals.units, totals.pairable_units);
        let mut rated = Self { data, scale, weighting, units, pairable_units, agreement: 0.0, shares: Vec::new() };
        rated.shares = rated.shares()?;
        rated.agreement = rated.agreement()?;
        Ok(rated)
    }

    /// Sums of integers first, those of units with as many ratings together; so a scale's names don't matter.
    fn shares(&self) -> Result<Vec<f64>, Undefined> {
        let mut sums: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
        for (unit, units) in self.data {
            let sums = sums.entry(unit.ratings()).or_insert_with(|| vec![0.0; self.scale.len()]);
            for (category, count) in unit.counts() {
                let place = self.scale.place(category).ok_or(Undefined::OffScale)?;
                sums[place] += units as f64 * f64::from(count);
            }
        }
        let share = |place: usize| sums.iter().map(|(&ratings, sums)| sums[place] / f64::from(ratings)).sum::<f64>();
        Ok((0..self.scale.len()).map(|place| share(place) / f64::from(self.units)).collect())
    }

    /// Without weights, sums of integers first as well.
    fn agreement(&self) -> Result<f64, Undefined> {
        let mut sums: BTreeMap<u32, f64> = BTreeMap::new();
        for (unit, units) in self.data {
            if unit.ratings() >= 2 {
                *sums.entry(unit.ratings()).or_default() += units as f64 * self.agreeing_pairs(unit)?;
            }
        }
        let pairs = |ratings: u32| f64::from(ratings) * (f64::from(ratings) - 1.0);
        let sum: f64 = sums.iter().map(|(&ratings, sum)| sum / pairs(ratings)).sum();
        Ok(sum / f64::from(self.pairable_units))
    }

    /// `Σ n_uc (n*_uc − 1)`: ordered pairs of ratings, each as much as it agrees.
    fn agreeing_pairs(&self, unit: &Unit<C>) -> Result<f64, Undefined> {
        let rated = self.places(unit)?;
        if self.weighting == Weighting::Identity {
            return Ok(rated.iter().map(|&(_, count)| count * (count - 1.0)).sum());
        }
        let pairs = |&(first, of_first): &(usize, f64)| -> f64 {
            let agreeing: f64 = rated
                .iter()
                .map(|&(second, of_second)| self.scale.weight(self.weighting, first, second) * of_second)
                .sum();
            of_first * (agreeing - 1.0)
        };
        Ok(rated.iter().map(pairs).sum())
    }

    fn places(&self, unit: &Unit<C>) -> Result<Vec<(usize, f64)>, Undefined> {
        let place = |(category, count)| {
            let place = self.scale.place(category).ok_or(Undefined::OffScale)?;
            Ok((place, f64::from(count)))
        };
        unit.counts().map(place).collect()
    }

    /// `π_c` by place.
    pub(super) fn category_shares(&self) -> &[f64] {
        &self.shares
    }

    pub(super) fn weighting(&self) -> Weighting {
        self.weighting
    }

    pub(super) fn scale(&self) -> &Scale<C> {
        self.scale
    }

    pub(super) fn coefficient(&self, chance: &Chance) -> f64 {
        (self.agreement - chance.agreement) / (1.0 - chance.agreement)
    }

    /// With the variance of the linearised coefficient, over units: Gwet, *Handbook of Inter-Rater Reliability* (4th
    /// edition 2014), chapter 5.
    pub(super) fn estimate(&self, chance: &Chance) -> Result<Estimate, Undefined> {
        let value = self.coefficient(chance);
        let units = f64::from(self.units);
        let mut squares = Vec::new();
        for (unit, count) in self.data {
            squares.push(count as f64 * (self.of_unit(unit, chance, value)? - value).powi(2));
        }
        let variance = sum(squares) / (units * (units - 1.0));
        Ok(Estimate { value, standard_error: variance.sqrt(), units: self.units })
    }

    /// What a unit says of the coefficient: the mean over units is the coefficient itself.
    fn of_unit(&self, unit: &Unit<C>, chance: &Chance, value: f64) -> Result<f64, Undefined> {
        let ratings = f64::from(unit.ratings());
        let beyond_chance = if unit.ratings() < 2 {
            0.0
        } else {
            let pairs = ratings * (ratings - 1.0);
            let weight = f64::from(self.units) / f64::from(self.pairable_units);
            weight * (self.agreeing_pairs(unit)? / pairs - chance.agreement)
        };
        let places = self.places(unit)?;
        let by_chance = sum(places.iter().map(|&(place, count)| count * chance.by_category[place])) / ratings;
        Ok((beyond_chance - 2.0 * (1.0 - value) * (by_chance - chance.agreement)) / (1.0 - chance.agreement))
    }
}
