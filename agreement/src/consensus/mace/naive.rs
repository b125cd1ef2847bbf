//! The model written out with nothing but loops over items, annotators, and every way in which labels may have come about.

use proptest::prelude::*;

use super::{habits::Habits, *};
use crate::consensus::{Label, Shape};

/// Sums over what each item's category is, and over which of its labels were known, one by one.
struct Naive {
    habits: Habits,
    posterior: Vec<Vec<f64>>,
    log_weight: f64,
}

fn step_by_enumeration(labels: &Labels, weights: &Weights) -> Naive {
    let Shape { items, categories, .. } = labels.shape();
    let mut naive = Naive {
        habits: Habits { known: vec![0.0; weights.knows.len()], by_habit: vec![0.0; weights.by_habit.len()] },
        posterior: Vec::new(),
        log_weight: 0.0,
    };
    for item in 0..items {
        let given: Vec<Label> = labels.iter().filter(|label| label.item == item).collect();
        let mut ways = Vec::new();
        for class in 0..categories {
            for known in 0..1u32 << given.len() {
                let mut weight = 1.0 / f64::from(categories);
                for (bit, label) in given.iter().enumerate() {
                    weight *= if known >> bit & 1 == 0 {
                        weights.by_habit[(label.annotator * categories + label.category) as usize]
                    } else if label.category == class {
                        weights.knows[label.annotator as usize]
                    } else {
                        0.0
                    };
                }
                ways.push((class, known, weight));
            }
        }
        let sum: f64 = ways.iter().map(|(_, _, weight)| weight).sum();
        naive.log_weight += sum.ln();
        let mut posterior = vec![0.0; categories as usize];
        for (class, known, weight) in ways {
            posterior[class as usize] += weight / sum;
            for (bit, label) in given.iter().enumerate() {
                let count = if known >> bit & 1 == 1 {
                    &mut naive.habits.known[label.annotator as usize]
                } else {
                    &mut naive.habits.by_habit[(label.annotator * categories + label.category) as usize]
                };
                *count += weight / sum;
            }
        }
        naive.posterior.push(posterior);
    }
    naive
}

fn close(left: &[f64], right: &[f64]) -> bool {
    left.len() == right.len() && left.iter().zip(right).all(|(left, right)| (left - right).abs() < 1e-9)
}

fn some_labels() -> impl Strategy<Value = Labels> {
    (1..6u32, 1..5u32, 1..4u32).prop_flat_map(|(items, annotators, categories)| {
        let answers = proptest::collection::vec((0..annotators, 0..categories), 1..5);
        proptest::collection::vec(answers, items as usize).prop_map(move |answers| {
            let rows: Vec<Label> = (0..)
                .zip(answers)
                .flat_map(|(item, row)| {
                    row.into_iter().map(move |(annotator, category)| Label { item, annotator, category })
                })
                .collect();
            Labels::new(Shape { items, annotators, categories }, &rows).expect("inside")
        })
    })
}

proptest! {
    #[test]
    fn a_step_is_that_of_enumeration(labels in some_labels(), seed in any::<u64>()) {
        let mace = Mace { seed, ..Mace::default() };
        let mut weights = mace.start(&labels, 3);
        for _ in 0..4 {
            let (habits, log_weight) = step(&labels, &weights);
            let naive = step_by_enumeration(&labels, &weights);
            prop_assert!(close(&habits.known, &naive.habits.known), "{habits:?} {:?}", naive.habits);
            prop_assert!(close(&habits.by_habit, &naive.habits.by_habit), "{habits:?} {:?}", naive.habits);
            prop_assert!(close(&[log_weight], &[naive.log_weight]), "{log_weight} {}", naive.log_weight);
            weights = mace.weights(&habits);
        }
    }

    #[test]
    fn an_estimate_is_the_last_of_those_steps(labels in some_labels(), seed in any::<u64>()) {
        let mace = Mace { seed, restarts: 1, iterations: 3, tolerance: 0.0, ..Mace::default() };
        let estimate = mace.fit(&labels).expect("labels");
        let mut weights = mace.start(&labels, 0);
        let mut habits = step_by_enumeration(&labels, &weights).habits;
        for _ in 1..estimate.bound().len() {
            weights = mace.weights(&habits);
            habits = step_by_enumeration(&labels, &weights).habits;
        }
        let last = step_by_enumeration(&labels, &mace.weights(&habits));
        for (row, expected) in estimate.posterior().iter().zip(&last.posterior) {
            prop_assert!(close(row, expected), "{row:?} {expected:?}");
        }
        prop_assert!(close(estimate.competence(), &habits.competence(0.5)));
        let bound = last.log_weight - habits.divergence(0.5, 10.0);
        prop_assert!(close(&estimate.bound()[estimate.bound().len() - 1..], &[bound]));
    }

    #[test]
    fn the_bound_never_falls(labels in some_labels(), seed in any::<u64>()) {
        let estimate = Mace { seed, restarts: 2, tolerance: 0.0, ..Mace::default() }.fit(&labels).expect("labels");
        for step in estimate.bound().windows(2) {
            prop_assert!(step[1] >= step[0] - 1e-9, "{:?}", estimate.bound());
        }
    }
}

#[test]
fn settings_without_sense_are_refused() {
    let rows = [Label { item: 0, annotator: 0, category: 0 }];
    let labels = Labels::new(Shape { items: 1, annotators: 1, categories: 2 }, &rows).expect("inside");
    let fit = |mace: Mace| mace.fit(&labels).map(|_| ());
    let default = Mace::default();
    assert_eq!(fit(default), Ok(()));
    assert_eq!(fit(Mace { restarts: 0, ..default }), Err(MaceError::NoIteration));
    assert_eq!(fit(Mace { iterations: 0, ..default }), Err(MaceError::NoIteration));
    assert_eq!(fit(Mace { tolerance: -0.5, ..default }), Err(MaceError::Tolerance(-0.5)));
    assert_eq!(fit(Mace { habit_prior: 0.0, ..default }), Err(MaceError::Prior(0.0)));
    assert_eq!(fit(Mace { competence_prior: 1e-3, ..default }), Err(MaceError::Prior(1e-3)));
    let nothing = Labels::new(Shape { items: 0, annotators: 1, categories: 2 }, &[]).expect("nothing to refuse");
    assert_eq!(default.fit(&nothing), Err(MaceError::NoItem));
}
