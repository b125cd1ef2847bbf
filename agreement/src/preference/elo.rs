//! Ratings that follow one comparison after the other, as in chess.

use std::collections::BTreeMap;

use super::Outcome;

/// Elo's ratings.
///
/// After a comparison, both ratings move by `k` times the difference of outcome (1, ½ or 0) and what was expected,
/// `1 / (1 + base^((theirs − own) / scale))`. Ratings depend on the order of comparisons, and the last ones weigh most: for
/// items that don't change, such as models, [`BradleyTerry`](super::BradleyTerry) uses the same data better.
///
/// Source: Elo, *The rating of chessplayers, past and present* (1978), sections 1.4 and 8.4.
#[derive(Clone, Debug, PartialEq)]
pub struct Elo<I> {
    settings: EloSettings,
    ratings: BTreeMap<I, f64>,
}

/// The constants of Elo's ratings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EloSettings {
    /// The rating of an item that was not compared yet; finite.
    pub initial: f64,
    /// What a difference of `scale` multiplies the odds by; above 1.
    pub base: f64,
    /// The difference of ratings that multiplies the odds by `base`; above 0.
    pub scale: f64,
    /// The most that one comparison changes a rating; above 0.
    pub k: f64,
}

impl Default for EloSettings {
    /// Ratings start at 1000, 400 of them are odds of 10 to 1, and a comparison moves them by at most 4.
    fn default() -> Self {
        Self { initial: 1000.0, base: 10.0, scale: 400.0, k: 4.0 }
    }
}

/// A constant of Elo's ratings that is out of its range.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("{0:?} has a constant out of its range")]
pub struct EloSettingsError(EloSettings);

impl<I: Ord> Elo<I> {
    /// No rating yet.
    pub fn new(settings: EloSettings) -> Result<Self, EloSettingsError> {
        let EloSettings { initial, base, scale, k } = settings;
        let valid = [initial, base, scale, k].into_iter().all(f64::is_finite) && base > 1.0 && scale > 0.0 && k > 0.0;
        if valid { Ok(Self { settings, ratings: BTreeMap::new() }) } else { Err(EloSettingsError(settings)) }
    }

    /// Moves the ratings of two items by the outcome of their comparison; an item compared with itself stays.
    pub fn compare(&mut self, left: I, right: I, outcome: Outcome) {
        let EloSettings { base, scale, k, .. } = self.settings;
        let (left_rating, right_rating) = (self.rating(&left), self.rating(&right));
        let expected = 1.0 / (1.0 + base.powf((right_rating - left_rating) / scale));
        let scored = match outcome {
            Outcome::Left => 1.0,
            Outcome::Right => 0.0,
            Outcome::Tie => 0.5,
        };
        if left != right {
            self.ratings.insert(left, left_rating + k * (scored - expected));
            self.ratings.insert(right, right_rating - k * (scored - expected));
        }
    }

    /// An item's rating; the initial one if it was not compared yet.
    pub fn rating(&self, item: &I) -> f64 {
        self.ratings.get(item).copied().unwrap_or(self.settings.initial)
    }

    /// The ratings of all compared items, in the order of items.
    pub fn ratings(&self) -> impl Iterator<Item = (&I, f64)> {
        self.ratings.iter().map(|(item, rating)| (item, *rating))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_even_win_is_worth_half_of_k_and_a_tie_nothing() {
        let mut elo = Elo::new(EloSettings { k: 32.0, ..EloSettings::default() }).expect("in range");
        elo.compare('a', 'b', Outcome::Tie);
        elo.compare('a', 'b', Outcome::Left);
        elo.compare('a', 'a', Outcome::Left);
        assert_eq!(elo.ratings().collect::<Vec<_>>(), [(&'a', 1016.0), (&'b', 984.0)]);
        assert!((elo.rating(&'c') - 1000.0).abs() < 1e-15);
    }

    #[test]
    fn an_expected_win_is_worth_little() {
        let mut elo = Elo::new(EloSettings { k: 22.0, scale: 20.0, ..EloSettings::default() }).expect("in range");
        // 20 points apart are odds of 10 to 1: the weaker item's win is worth 10/11 of k.
        elo.ratings = BTreeMap::from([('a', 1010.0), ('b', 990.0)]);
        elo.compare('b', 'a', Outcome::Left);
        assert!((elo.rating(&'b') - 1010.0).abs() < 1e-9, "{elo:?}");
    }

    #[test]
    fn constants_out_of_range_are_refused() {
        let default = EloSettings::default();
        for settings in [
            EloSettings { initial: f64::NAN, ..default },
            EloSettings { base: 1.0, ..default },
            EloSettings { scale: 0.0, ..default },
            EloSettings { k: -1.0, ..default },
        ] {
            assert!(Elo::<char>::new(settings).is_err(), "{settings:?}");
        }
    }
}
