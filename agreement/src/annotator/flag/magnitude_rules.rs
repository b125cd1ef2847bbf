//! Figures that lie far from everyone else's: leniency and speed; and haste.

use super::{Clears, Found, Profile, Rule, Rules, Strength, clearing::fewest_answers, if_counted};
use crate::{
    annotator::{NoFigure, Pace},
    probability::RobustScale,
};

/// An annotator's figure: whose, its size, of how many answers.
type Figure = (usize, f64, u64);

/// The scale of the figures; nothing without one.
fn scale(figures: &[Figure]) -> Option<RobustScale> {
    let sizes: Vec<f64> = figures.iter().map(|&(_, size, _)| size).collect();
    RobustScale::of(&sizes).ok()
}

pub(super) fn leniency<A, C>(profiles: &[&Profile<A, C>], rules: &Rules) -> Result<Vec<Found>, NoFigure> {
    let mut figures = Vec::new();
    for (place, profile) in profiles.iter().enumerate() {
        let enough = if_counted(profile.leniency.ratings())?.filter(|&ratings| ratings >= rules.fewest);
        if let Some(ratings) = enough {
            figures.push((place, profile.leniency.mean()?, ratings));
        }
    }
    let Some(scale) = scale(&figures) else { return Ok(Vec::new()) };
    let (lowest, highest) = (scale.at(-rules.robust_z), scale.at(rules.robust_z));
    let far = figures.into_iter().filter(|&(_, mean, _)| scale.z(mean).abs() > rules.robust_z);
    let found = far.map(|(place, mean, ratings)| {
        let rule = Rule::Leniency { mean, pool: scale.median(), ratings };
        let strength = Strength::RobustZ(scale.z(mean));
        (place, rule, strength, rules.robust_z, Clears::MeanResidual { lowest, highest })
    });
    Ok(found.collect())
}

/// Much sooner than the others *and* with low agreement: one of the flags in `found`.
pub(super) fn speed<A, C: Ord>(
    profiles: &[&Profile<A, C>],
    rules: &Rules,
    found: &[Found],
) -> Result<Vec<Found>, NoFigure> {
    let mut figures = Vec::new();
    for (place, profile) in profiles.iter().enumerate() {
        let enough = if_counted(profile.durations.total())?.filter(|&answers| answers >= rules.fewest);
        if let Some(answers) = enough {
            // An answer in no time at all has no logarithm; a bucket of the first millisecond is held to one.
            figures.push((place, profile.durations.median()?.max(1.0).ln(), answers));
        }
    }
    let Some(scale) = scale(&figures) else { return Ok(Vec::new()) };
    let low_agreement = |place: usize| {
        found.iter().find_map(|found| match found {
            (other, Rule::LowAgreement(agreement), ..) if *other == place => Some(*agreement),
            _ => None,
        })
    };
    let fast = figures.into_iter().filter(|&(_, log, _)| scale.z(log) < -rules.robust_z);
    let flagged = fast.filter_map(|(place, log, answers)| {
        let agreement = low_agreement(place)?;
        let rule = Rule::Speed { median: log.exp(), pool: scale.median().exp(), answers, agreement };
        let clears = Clears::MedianDuration(scale.at(-rules.robust_z).exp());
        Some((place, rule, Strength::RobustZ(scale.z(log)), -rules.robust_z, clears))
    });
    Ok(flagged.collect())
}

pub(super) fn haste<A, C>(profiles: &[&Profile<A, C>], rules: &Rules) -> Result<Vec<Found>, NoFigure> {
    let mut found = Vec::new();
    for (place, profile) in profiles.iter().enumerate() {
        let enough = if_counted(profile.paces.total())?.filter(|&answers| answers >= rules.fewest);
        let Some(answers) = enough else { continue };
        let hasty = u64::try_from(profile.paces.of(&Pace::Hasty)).map_err(|_| NoFigure::Impossible)?;
        let share = profile.paces.hasty_share()?;
        if share >= rules.hasty_share {
            let rule = Rule::Haste { hasty, answers };
            let clears = fewest_answers(|more| (hasty as f64) < rules.hasty_share * (answers as f64 + more as f64))
                .map_or(Clears::Review("the tasks need no reading"), Clears::UnhurriedAnswers);
            found.push((place, rule, Strength::Share(share), rules.hasty_share, clears));
        }
    }
    Ok(found)
}
