//! Properties: what is kept event by event is that of the final answers, and figures follow from it alone.

use std::collections::BTreeMap;

use proptest::{collection::vec, prelude::*};
use stele_agreement::{
    annotator::{
        Answers, Compared, LeaveOneOut, Leniency, NoFigure, Observed, Prior, Profile, Residual, Rules, Tally, flags,
    },
    probability::Beta,
};

/// An event: an annotator's answer to a unit becomes this, or is withdrawn.
type Event = (usize, u8, Option<u8>);

fn history() -> impl Strategy<Value = Vec<Event>> {
    vec((0usize..5, 0u8..6, proptest::option::weighted(0.8, 0u8..4)), 0..120)
}

/// The answers to each unit by annotator.
type Units = Vec<BTreeMap<u8, u8>>;

/// What is kept of each annotator.
#[derive(Clone, Debug, Default, PartialEq)]
struct Kept(BTreeMap<u8, (LeaveOneOut, Leniency, Answers<u8>)>);

impl Kept {
    /// Counts a unit's answers, or takes them back.
    fn count(&mut self, unit: &BTreeMap<u8, u8>, add: bool) {
        for (annotator, own) in unit {
            let others: Vec<&u8> =
                unit.iter().filter(|(other, _)| *other != annotator).map(|(_, answer)| answer).collect();
            let (agreement, leniency, answers) = self.0.entry(*annotator).or_default();
            let numbers: Vec<i64> = others.iter().map(|&&answer| i64::from(answer)).collect();
            if let Some(compared) = Compared::with(own, others) {
                if add { agreement.add(compared) } else { agreement.remove(compared) }
            }
            if let Some(residual) = Residual::against(i64::from(*own), &numbers) {
                if add { leniency.add(residual) } else { leniency.remove(residual) }
            }
            if add { answers.add(*own) } else { answers.remove(*own) }
        }
        self.0.retain(|_, kept| *kept != Default::default());
    }

    fn profiles(&self) -> Vec<Profile<u8, u8>> {
        let profile =
            |(&annotator, (agreement, leniency, answers)): (&u8, &(LeaveOneOut, Leniency, Answers<u8>))| Profile {
                agreement: agreement.clone(),
                leniency: leniency.clone(),
                answers: answers.clone(),
                ..Profile::new(annotator)
            };
        self.0.iter().map(profile).collect()
    }
}

/// The final answers.
fn replay(events: &[Event]) -> Units {
    let mut units = vec![BTreeMap::new(); 5];
    for &(unit, annotator, answer) in events {
        match answer {
            Some(answer) => units[unit].insert(annotator, answer),
            None => units[unit].remove(&annotator),
        };
    }
    units
}

fn rate() -> impl Strategy<Value = Observed> {
    (0u32..50, 0.0..=1.0_f64).prop_map(|(trials, share)| {
        Observed::new(share * f64::from(trials), f64::from(trials)).expect("a share of the trials")
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn counts_kept_event_by_event_are_those_of_the_final_answers(events in history()) {
        let mut kept = Kept::default();
        let mut units: Units = vec![BTreeMap::new(); 5];
        for &(unit, annotator, answer) in &events {
            kept.count(&units[unit], false);
            match answer {
                Some(answer) => units[unit].insert(annotator, answer),
                None => units[unit].remove(&annotator),
            };
            kept.count(&units[unit], true);
        }
        let mut fresh = Kept::default();
        for unit in replay(&events).iter().rev() {
            fresh.count(unit, true);
        }
        prop_assert_eq!(&kept, &fresh);
        let found = |kept: &Kept| flags(&kept.profiles(), &Rules::default());
        prop_assert_eq!(found(&kept), found(&fresh));
    }

    #[test]
    fn agreement_is_the_mean_share_of_others_that_agree(events in history()) {
        let units = replay(&events);
        let mut kept = Kept::default();
        units.iter().for_each(|unit| kept.count(unit, true));
        for (annotator, (agreement, leniency, _)) in &kept.0 {
            let (mut shares, mut residuals) = (Vec::new(), Vec::new());
            for unit in units.iter().filter(|unit| unit.len() >= 2) {
                let Some(own) = unit.get(annotator) else { continue };
                let others = unit.len() as f64 - 1.0;
                let same = unit.values().filter(|answer| *answer == own).count() as f64 - 1.0;
                let sum: f64 = unit.values().map(|&answer| f64::from(answer)).sum();
                shares.push(same / others);
                residuals.push(f64::from(*own) - (sum - f64::from(*own)) / others);
            }
            match agreement.observed() {
                Ok(observed) => {
                    prop_assert!((observed.successes() - shares.iter().sum::<f64>()).abs() < 1e-12);
                    prop_assert!((observed.trials() - shares.len() as f64).abs() < 1e-12);
                    let mean = residuals.iter().sum::<f64>() / residuals.len() as f64;
                    prop_assert!((leniency.mean().expect("counted") - mean).abs() < 1e-12);
                }
                Err(error) => {
                    prop_assert_eq!(error, NoFigure::NothingCounted);
                    prop_assert!(shares.is_empty());
                }
            }
        }
    }

    #[test]
    fn adding_and_removing_commute(
        (things, events) in (vec(0u8..4, 0..20), vec(0u8..4, 0..20)).prop_flat_map(|(things, wrong)| {
            let mut events: Vec<(u8, bool)> = things.iter().map(|&thing| (thing, true)).collect();
            events.extend(wrong.iter().flat_map(|&thing| [(thing, true), (thing, false)]));
            (Just(things), Just(events).prop_shuffle())
        }),
    ) {
        let mut tally = Tally::new();
        for (thing, added) in events {
            if added { tally.add(thing) } else { tally.remove(thing) }
        }
        prop_assert_eq!(tally, things.into_iter().collect());
    }

    #[test]
    fn a_posterior_lies_between_the_pool_and_the_share(pool in vec(rate(), 0..8), one in rate()) {
        let prior = Prior::by_moments(&pool);
        let posterior = prior.posterior(one).expect("finite");
        let (low, high) = posterior.interval(0.95).expect("a share");
        prop_assert!(0.0 <= low && low <= high && high <= 1.0);
        let share = one.share().unwrap_or(prior.beta().mean());
        let (least, most) = (share.min(prior.beta().mean()), share.max(prior.beta().mean()));
        prop_assert!((least - 1e-12..=most + 1e-12).contains(&posterior.mean()));
        let mut shuffled = pool.clone();
        shuffled.reverse();
        prop_assert_eq!(prior, Prior::by_moments(&shuffled));
    }

    #[test]
    fn tails_add_up_and_quantiles_invert_them(a in 0.5..500.0_f64, b in 0.5..500.0_f64, p in 0.01..0.99_f64) {
        let beta = Beta::new(a, b).expect("positive");
        let rate = beta.quantile(p).expect("a probability");
        prop_assert!((beta.below(rate) + beta.above(rate) - 1.0).abs() < 1e-12);
        prop_assert!((beta.below(rate) - p).abs() < 1e-7, "{} of {:?}", rate, beta);
        let mirrored = Beta::new(b, a).expect("positive");
        prop_assert!((beta.below(rate) - mirrored.above(1.0 - rate)).abs() < 1e-7);
    }

    #[test]
    fn entropy_is_between_none_and_that_of_equal_shares(counts in vec(1i64..50, 1..7)) {
        let answers = Tally::from_rows(counts.iter().copied().enumerate());
        let entropy = answers.entropy().expect("counted");
        prop_assert!(entropy >= 0.0 && entropy <= (counts.len() as f64).log2() + 1e-12);
        let share = answers.modal_share().expect("counted");
        prop_assert!(share >= 1.0 / counts.len() as f64 && share <= 1.0);
    }
}
