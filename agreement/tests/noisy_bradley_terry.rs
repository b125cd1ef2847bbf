//! The model of unreliable annotators, beside its posterior density written out.

use proptest::prelude::*;
use stele_agreement::preference::{Judgment, Judgments, Noise, NoisyBradleyTerry, Outcome, Reliability};

const NOISES: [Noise; 2] = [Noise::Side, Noise::Reversal];

fn some_judgments() -> impl Strategy<Value = (u32, u32, Vec<Judgment>)> {
    (1..5u32, 2..6u32).prop_flat_map(|(annotators, items)| {
        let outcome = prop_oneof![3 => Just(Outcome::Left), 3 => Just(Outcome::Right), 1 => Just(Outcome::Tie)];
        let judgment = (0..annotators, 0..items, 0..items, outcome)
            .prop_map(|(annotator, left, right, outcome)| Judgment { annotator, left, right, outcome })
            .prop_filter("two items", |judgment| judgment.left != judgment.right);
        proptest::collection::vec(judgment, 1..60).prop_map(move |judgments| (annotators, items, judgments))
    })
}

/// The logarithm of likelihood and priors, judgment by judgment, with strengths on the scale of the imaginary item.
fn objective(fit: &NoisyBradleyTerry, judgments: &[Judgment], strengths: &[f64], annotators: &[Reliability]) -> f64 {
    let mut sum = 0.0;
    for judgment in judgments {
        let Reliability { skill, left } = annotators[judgment.annotator as usize];
        let [on_left, on_right] = [judgment.left, judgment.right].map(|item| strengths[item as usize]);
        let judged = on_left / (on_left + on_right);
        let otherwise = if fit.noise == Noise::Side { left } else { 1.0 - judged };
        let preferred_left = skill * judged + (1.0 - skill) * otherwise;
        sum += match judgment.outcome {
            Outcome::Left => preferred_left.ln(),
            Outcome::Right => (1.0 - preferred_left).ln(),
            Outcome::Tie => f64::midpoint(preferred_left.ln(), (1.0 - preferred_left).ln()),
        };
    }
    let even = |share: f64| share.ln() + (1.0 - share).ln();
    sum += strengths.iter().map(|p| fit.prior_ties / 2.0 * even(p / (p + 1.0))).sum::<f64>();
    sum + annotators.iter().map(|known| fit.annotator_prior * (even(known.skill) + even(known.left))).sum::<f64>()
}

/// Strengths times the factor that the prior favours.
fn anchored(strengths: &[f64]) -> Vec<f64> {
    let (mut low, mut high) = (-40.0f64, 40.0f64);
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        let excess: f64 = strengths.iter().map(|p| p * middle.exp() / (1.0 + p * middle.exp()) - 0.5).sum();
        if excess < 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    strengths.iter().map(|strength| strength * low.exp()).collect()
}

/// The model's steps once more, judgment by judgment and over matrices: strengths and annotators.
fn naive(
    fit: &NoisyBradleyTerry,
    [annotators, items]: [u32; 2],
    rows: &[Judgment],
    steps: u32,
) -> (Vec<f64>, Vec<Reliability>) {
    let (items, prior) = (items as usize, fit.annotator_prior);
    let mut strengths = vec![1.0; items];
    let mut known = vec![Reliability { skill: 0.8, left: 0.5 }; annotators as usize];
    for _ in 0..steps {
        let mut beaten = vec![vec![0.0; items]; items];
        let mut skilled = vec![prior; known.len()];
        // not skilled: of the left, and of the right
        let mut taken = vec![[prior; 2]; known.len()];
        for row in rows {
            let (annotator, left, right) = (row.annotator as usize, row.left as usize, row.right as usize);
            let preferences = match row.outcome {
                Outcome::Left => vec![(true, 1.0)],
                Outcome::Right => vec![(false, 1.0)],
                Outcome::Tie => vec![(true, 0.5), (false, 0.5)],
            };
            for (is_left, weight) in preferences {
                let (winner, loser) = if is_left { (left, right) } else { (right, left) };
                let judged = strengths[winner] / (strengths[winner] + strengths[loser]);
                let side = if is_left { known[annotator].left } else { 1.0 - known[annotator].left };
                let otherwise = if fit.noise == Noise::Side { side } else { 1.0 - judged };
                let by_skill = known[annotator].skill * judged;
                let share = by_skill / (by_skill + (1.0 - known[annotator].skill) * otherwise);
                beaten[winner][loser] += weight * share;
                if fit.noise == Noise::Reversal {
                    beaten[loser][winner] += weight * (1.0 - share);
                }
                skilled[annotator] += weight * share;
                taken[annotator][usize::from(!is_left)] += weight * (1.0 - share);
            }
        }
        for _ in 0..4 {
            for item in 0..items {
                let (mut wins, mut sum) = (fit.prior_ties / 2.0, fit.prior_ties / (strengths[item] + 1.0));
                for other in (0..items).filter(|other| *other != item) {
                    wins += beaten[item][other];
                    sum += (beaten[item][other] + beaten[other][item]) / (strengths[item] + strengths[other]);
                }
                strengths[item] = wins / sum;
            }
        }
        for ((known, skilled), [left, right]) in known.iter_mut().zip(skilled).zip(taken) {
            // the prior's judgments without skill are as many as those with it, whichever side they take
            known.skill = skilled / (skilled + left + right - prior);
            known.left = if fit.noise == Noise::Side { left / (left + right) } else { 0.5 };
        }
    }
    let mean = strengths.iter().map(|strength| strength.ln()).sum::<f64>() / items as f64;
    (strengths.iter().map(|strength| strength / mean.exp()).collect(), known)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn it_is_the_algorithm_written_out((annotators, items, rows) in some_judgments(), iterations in 1..12u32) {
        let judgments = Judgments::new(annotators, items, &rows).expect("inside");
        for noise in NOISES {
            let fit = NoisyBradleyTerry { noise, iterations, tolerance: 0.0, ..NoisyBradleyTerry::default() };
            let estimate = fit.fit(&judgments).expect("in range");
            let steps = u32::try_from(estimate.objective().len() - 1).expect("few");
            let (strengths, known) = naive(&fit, [annotators, items], &rows, steps);
            for (strength, expected) in estimate.strengths().iter().zip(strengths) {
                prop_assert!((strength / expected - 1.0).abs() < 1e-9, "{strength} {expected}");
            }
            for (found, expected) in estimate.annotators().iter().zip(known) {
                prop_assert!((found.skill - expected.skill).abs() < 1e-9, "{found:?} {expected:?}");
                prop_assert!((found.left - expected.left).abs() < 1e-9, "{found:?} {expected:?}");
            }
        }
    }

    #[test]
    fn nothing_near_the_estimate_is_better((annotators, items, rows) in some_judgments()) {
        let judgments = Judgments::new(annotators, items, &rows).expect("inside");
        for noise in NOISES {
            let fit = NoisyBradleyTerry { noise, prior_ties: 1.0, tolerance: 0.0, ..NoisyBradleyTerry::default() };
            let estimate = fit.fit(&judgments).expect("in range");
            let strengths = anchored(estimate.strengths());
            let best = objective(&fit, &rows, &strengths, estimate.annotators());
            let reported = *estimate.objective().last().expect("a step");
            prop_assert!((best - reported).abs() < 1e-7, "{best} {reported}");
            for factor in [0.99, 1.01] {
                for item in 0..strengths.len() {
                    let mut moved = strengths.clone();
                    moved[item] *= factor;
                    prop_assert!(objective(&fit, &rows, &moved, estimate.annotators()) < best + 1e-7);
                }
                for annotator in 0..estimate.annotators().len() {
                    let mut moved = estimate.annotators().to_vec();
                    moved[annotator].skill = (moved[annotator].skill * factor).min(0.9999);
                    prop_assert!(objective(&fit, &rows, &strengths, &moved) < best + 1e-7);
                    let mut moved = estimate.annotators().to_vec();
                    moved[annotator].left *= factor;
                    prop_assert!(objective(&fit, &rows, &strengths, &moved) < best + 1e-7);
                }
            }
        }
    }

    #[test]
    fn the_objective_never_falls((annotators, items, rows) in some_judgments()) {
        let judgments = Judgments::new(annotators, items, &rows).expect("inside");
        for noise in NOISES {
            for annotator_prior in [0.0, 1.0] {
                let fit = NoisyBradleyTerry { noise, annotator_prior, iterations: 300, ..NoisyBradleyTerry::default() };
                let estimate = fit.fit(&judgments).expect("in range");
                for step in estimate.objective().windows(2) {
                    prop_assert!(step[1] >= step[0] - 1e-9, "{:?}", estimate.objective());
                }
            }
        }
    }

    #[test]
    fn the_order_of_judgments_changes_no_bit((annotators, items, rows) in some_judgments()) {
        let mut reversed = rows.clone();
        reversed.reverse();
        let fit = |rows: &[Judgment]| {
            let judgments = Judgments::new(annotators, items, rows).expect("inside");
            NoisyBradleyTerry { iterations: 50, ..NoisyBradleyTerry::default() }.fit(&judgments)
        };
        prop_assert_eq!(fit(&rows), fit(&reversed));
    }
}

/// Items 0 to 4, the higher one preferred by annotators 0 to 3 nine times in ten; annotator 4 takes what is on the left, or in
/// another test prefers the lower one.
fn panel(last: impl Fn(u32, u32) -> Outcome) -> Judgments {
    let mut rows = Vec::new();
    for round in 0..10 {
        for left in 0..5 {
            for right in (0..5).filter(|&right| right != left) {
                let better = if (left > right) == (round > 0) { Outcome::Left } else { Outcome::Right };
                rows.extend((0..4).map(|annotator| Judgment { annotator, left, right, outcome: better }));
                rows.push(Judgment { annotator: 4, left, right, outcome: last(left, right) });
            }
        }
    }
    Judgments::new(6, 5, &rows).expect("inside")
}

#[test]
fn an_annotator_who_takes_the_left_is_found_out() {
    let judgments = panel(|_, _| Outcome::Left);
    let estimate = NoisyBradleyTerry::default().fit(&judgments).expect("in range");
    assert!(estimate.strengths().is_sorted(), "{:?}", estimate.strengths());
    let [first, .., leaning, absent] =
        estimate.annotators().try_into().map(|known: [Reliability; 6]| known).expect("six");
    assert!(first.skill > 0.75 && leaning.skill < 0.1 && leaning.left > 0.9, "{first:?} {leaning:?}");
    assert!((absent.skill - 0.5).abs() < 1e-9 && (absent.left - 0.5).abs() < 1e-9, "{absent:?}");
}

#[test]
fn an_annotator_who_prefers_the_worse_is_found_out() {
    let judgments = panel(|left, right| if left < right { Outcome::Left } else { Outcome::Right });
    let fit = NoisyBradleyTerry { noise: Noise::Reversal, ..NoisyBradleyTerry::default() };
    let estimate = fit.fit(&judgments).expect("in range");
    assert!(estimate.strengths().is_sorted(), "{:?}", estimate.strengths());
    assert!(estimate.annotators()[0].skill > 0.85 && estimate.annotators()[4].skill < 0.1);
}

#[test]
fn settings_without_sense_are_refused() {
    let judgments = panel(|_, _| Outcome::Tie);
    let default = NoisyBradleyTerry::default();
    assert!(default.fit(&judgments).is_ok());
    for settings in [
        NoisyBradleyTerry { iterations: 0, ..default },
        NoisyBradleyTerry { tolerance: f64::NAN, ..default },
        NoisyBradleyTerry { prior_ties: 0.0, ..default },
        NoisyBradleyTerry { prior_ties: f64::INFINITY, ..default },
        NoisyBradleyTerry { annotator_prior: -1.0, ..default },
    ] {
        assert!(settings.fit(&judgments).is_err(), "{settings:?}");
    }
}
