//! The model of Dawid and Skene: their own example, and the same model written out with nothing but loops.

use proptest::prelude::*;
use stele_agreement::consensus::{ConfusionPrior, DawidSkene, DawidSkeneError, Label, Labels, LabelsError, Shape};

/// Table 1 of Dawid & Skene (1979): a line for each patient, the first anaesthetist's three answers and those of four more.
const PATIENTS: [&str; 45] = [
    "111 1 1 1 1",
    "333 4 3 3 4",
    "112 2 1 2 2",
    "222 3 1 2 1",
    "222 3 2 2 2",
    "222 3 3 2 2",
    "112 2 1 1 1",
    "333 3 4 3 3",
    "222 2 2 2 3",
    "232 2 2 2 3",
    "444 4 4 4 4",
    "222 3 3 4 3",
    "111 1 1 1 1",
    "222 3 2 1 2",
    "121 1 1 1 1",
    "111 2 1 1 1",
    "111 1 1 1 1",
    "111 1 1 1 1",
    "222 2 2 2 1",
    "222 1 3 2 2",
    "222 2 2 2 2",
    "222 2 2 2 1",
    "222 3 2 2 2",
    "221 2 2 2 2",
    "111 1 1 1 1",
    "111 1 1 1 1",
    "232 2 2 2 2",
    "111 1 1 1 1",
    "111 1 1 1 1",
    "112 1 1 2 1",
    "111 1 1 1 1",
    "333 3 2 3 3",
    "111 1 1 1 1",
    "222 2 2 2 2",
    "222 3 2 3 2",
    "433 4 3 4 3",
    "221 2 2 3 2",
    "232 3 2 3 3",
    "333 3 4 3 2",
    "111 1 1 1 1",
    "111 1 1 1 1",
    "121 2 1 1 1",
    "232 2 2 2 2",
    "121 1 1 1 1",
    "222 2 2 2 2",
];

fn anaesthetists() -> Labels {
    let rows: Vec<Label> = (0..)
        .zip(PATIENTS)
        .flat_map(|(item, line)| {
            (0..).zip(line.split(' ')).flat_map(move |(annotator, answers)| {
                let category = |answer: char| answer.to_digit(10).expect("a digit") - 1;
                answers.chars().map(move |answer| Label { item, annotator, category: category(answer) })
            })
        })
        .collect();
    Labels::new(Shape { items: 45, annotators: 5, categories: 4 }, &rows).expect("inside")
}

/// The paper prints shares of .40, .42, .11 and .07; the log-likelihood is that of another implementation.
#[test]
fn anaesthetists_of_the_paper() {
    let estimate = DawidSkene { iterations: 1_000, tolerance: 0.0, ..DawidSkene::default() }
        .fit(&anaesthetists())
        .expect("labels");
    for (share, expected) in estimate.prior().iter().zip([0.4, 0.4216, 0.1118, 0.0667]) {
        assert!((share - expected).abs() < 5e-5, "{:?}", estimate.prior());
    }
    assert!((estimate.log_likelihood() + 190.730_996_596_478_86).abs() < 1e-6, "{}", estimate.log_likelihood());
    assert!(estimate.converged());
    let printed =
        [[0.907, 0.093, 0.0, 0.0], [0.07, 0.877, 0.053, 0.0], [0.0, 0.339, 0.661, 0.0], [0.0, 0.0, 0.556, 0.444]];
    for (class, row) in (0..).zip(printed) {
        for (category, expected) in (0..).zip(row) {
            let confusion = estimate.confusion(0, class, category).expect("inside");
            assert!((confusion - expected).abs() < 5e-4, "{class} as {category}: {confusion}");
        }
    }
    for (patient, expected) in [(35, 0.948), (38, 0.979)] {
        let (_, probability) = estimate.posterior().most_likely(patient - 1).expect("a patient");
        assert!((probability - expected).abs() < 5e-4, "patient {patient}: {probability}");
    }
}

/// Equations 2.3 to 2.5 of the paper as they stand, in logarithms: items, annotators, categories.
struct Naive {
    posterior: Vec<Vec<f64>>,
    prior: Vec<f64>,
    /// By annotator, class and category.
    confusion: Vec<Vec<Vec<f64>>>,
    log_likelihood: f64,
}

fn naive(labels: &Labels, steps: u32, confusion_prior: ConfusionPrior) -> Naive {
    let Shape { items, annotators, categories } = labels.shape();
    let [items, annotators, categories] = [items, annotators, categories].map(|count| count as usize);
    let mut counts = vec![vec![vec![0.0; categories]; items]; annotators];
    for label in labels.iter() {
        counts[label.annotator as usize][label.item as usize][label.category as usize] += 1.0;
    }
    let votes = |item: usize, class: usize| counts.iter().map(|rows| rows[item][class]).sum::<f64>();
    let share = |item, class| votes(item, class) / (0..categories).map(|other| votes(item, other)).sum::<f64>();
    let mut posterior: Vec<Vec<f64>> =
        (0..items).map(|item| (0..categories).map(|class| share(item, class)).collect()).collect();
    let mut result = None;
    for _ in 0..steps {
        let prior: Vec<f64> =
            (0..categories).map(|class| posterior.iter().map(|row| row[class]).sum::<f64>() / items as f64).collect();
        let cell = |annotator: usize, class: usize, category: usize| {
            let pseudo = if class == category { confusion_prior.same } else { confusion_prior.other };
            pseudo + (0..items).map(|item| posterior[item][class] * counts[annotator][item][category]).sum::<f64>()
        };
        let row = |annotator: usize, class: usize| -> Vec<f64> {
            let row: Vec<f64> = (0..categories).map(|category| cell(annotator, class, category)).collect();
            let sum: f64 = row.iter().sum();
            row.iter().map(|cell| if sum > 0.0 { cell / sum } else { 1.0 / categories as f64 }).collect()
        };
        let confusion: Vec<Vec<Vec<f64>>> =
            (0..annotators).map(|annotator| (0..categories).map(|class| row(annotator, class)).collect()).collect();
        let mut log_likelihood = 0.0;
        posterior = (0..items)
            .map(|item| {
                let logarithm = |class: usize| {
                    let mut sum = prior[class].ln();
                    for annotator in 0..annotators {
                        for category in 0..categories {
                            let count = counts[annotator][item][category];
                            if count > 0.0 {
                                sum += count * confusion[annotator][class][category].ln();
                            }
                        }
                    }
                    sum
                };
                let logarithms: Vec<f64> = (0..categories).map(logarithm).collect();
                let greatest = logarithms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let sum: f64 = logarithms.iter().map(|logarithm| (logarithm - greatest).exp()).sum();
                log_likelihood += greatest + sum.ln();
                logarithms.iter().map(|logarithm| (logarithm - greatest).exp() / sum).collect()
            })
            .collect();
        result = Some(Naive { posterior: posterior.clone(), prior, confusion, log_likelihood });
    }
    result.expect("a step")
}

fn close(left: f64, right: f64) -> bool {
    (left - right).abs() <= 1e-9 * left.abs().max(1.0)
}

#[track_caller]
fn assert_as_naive(labels: &Labels, steps: u32, confusion_prior: ConfusionPrior) {
    let estimate = DawidSkene { iterations: steps, tolerance: 0.0, confusion_prior }.fit(labels).expect("labels");
    let steps = u32::try_from(estimate.objective().len()).expect("few");
    let naive = naive(labels, steps, confusion_prior);
    assert!(close(estimate.log_likelihood(), naive.log_likelihood));
    assert!(estimate.prior().iter().zip(&naive.prior).all(|(left, right)| close(*left, *right)));
    for (row, expected) in estimate.posterior().iter().zip(&naive.posterior) {
        assert!(row.iter().zip(expected).all(|(left, right)| close(*left, *right)), "{row:?} {expected:?}");
    }
    for (annotator, matrix) in (0..).zip(&naive.confusion) {
        for (class, row) in (0..).zip(matrix) {
            for (category, &expected) in (0..).zip(row) {
                let confusion = estimate.confusion(annotator, class, category).expect("inside");
                assert!(close(confusion, expected), "{annotator} {class} {category}: {confusion} {expected}");
            }
        }
    }
}

fn some_labels() -> impl Strategy<Value = (Shape, Vec<Label>)> {
    let shape = (1..9u32, 1..5u32, 1..4u32);
    shape.prop_flat_map(|(items, annotators, categories)| {
        let label = (0..items, 0..annotators, 0..categories).prop_map(|(item, annotator, category)| Label {
            item,
            annotator,
            category,
        });
        let each = proptest::collection::vec((0..annotators, 0..categories), items as usize);
        (each, proptest::collection::vec(label, 0..30)).prop_map(move |(each, mut rows)| {
            rows.extend((0..).zip(each).map(|(item, (annotator, category))| Label { item, annotator, category }));
            (Shape { items, annotators, categories }, rows)
        })
    })
}

const PRIORS: [ConfusionPrior; 2] = [ConfusionPrior::NONE, ConfusionPrior { same: 2.0, other: 0.5 }];

proptest! {
    #[test]
    fn it_is_the_model_written_out((shape, rows) in some_labels(), steps in 1..12u32) {
        let labels = Labels::new(shape, &rows).expect("inside");
        for prior in PRIORS {
            assert_as_naive(&labels, steps, prior);
        }
    }

    #[test]
    fn the_objective_never_falls((shape, rows) in some_labels()) {
        let labels = Labels::new(shape, &rows).expect("inside");
        for confusion_prior in PRIORS {
            let fit = DawidSkene { iterations: 60, tolerance: 0.0, confusion_prior }.fit(&labels).expect("labels");
            for step in fit.objective().windows(2) {
                prop_assert!(step[1] >= step[0] - 1e-9 * step[0].abs().max(1.0), "{:?}", fit.objective());
            }
            for row in fit.posterior().iter() {
                prop_assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn the_order_of_labels_changes_no_bit((shape, rows) in some_labels(), seed in any::<u64>()) {
        let mut shuffled = rows.clone();
        shuffled.sort_by_key(|label| (u64::from(label.item) ^ seed).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        shuffled.reverse();
        let fit = |rows: &[Label]| DawidSkene::default().fit(&Labels::new(shape, rows).expect("inside"));
        prop_assert_eq!(fit(&rows), fit(&shuffled));
    }
}

/// A thousand answers to one item: products of their probabilities underflow, twice over.
#[test]
fn many_labels_of_one_item_do_not_underflow() {
    let rows: Vec<Label> = (0..2_000)
        .map(|index| Label {
            item: u32::from(index >= 1_990),
            annotator: index % 50,
            category: (index * index) % 7 % 3,
        })
        .collect();
    let labels = Labels::new(Shape { items: 2, annotators: 50, categories: 3 }, &rows).expect("inside");
    for prior in PRIORS {
        assert_as_naive(&labels, 5, prior);
    }
}

/// Two annotators who agree on 3 items of each of two categories, but for one.
#[test]
fn a_prior_keeps_a_sparse_annotator_from_being_believed() {
    let answers = [[0, 0], [0, 0], [0, 1], [1, 1], [1, 1], [1, 1]];
    let rows: Vec<Label> = (0..)
        .zip(answers)
        .flat_map(|(item, row)| (0..).zip(row).map(move |(annotator, category)| Label { item, annotator, category }))
        .collect();
    let labels = Labels::new(Shape { items: 6, annotators: 2, categories: 2 }, &rows).expect("inside");
    let with = DawidSkene { confusion_prior: PRIORS[1], ..DawidSkene::default() }.fit(&labels).expect("labels");
    let without = DawidSkene::default().fit(&labels).expect("labels");
    let extreme = |confusion: Option<f64>| confusion.is_some_and(|value| value < 1e-6);
    assert!(extreme(without.confusion(1, 1, 0)), "{without:?}");
    assert!(!extreme(with.confusion(1, 1, 0)), "{with:?}");
}

#[test]
fn settings_without_sense_are_refused() {
    let labels = anaesthetists();
    let fit = |fit: DawidSkene| fit.fit(&labels).map(|_| ());
    let none = DawidSkene::default();
    assert_eq!(fit(DawidSkene { iterations: 0, ..none }), Err(DawidSkeneError::NoIteration));
    assert_eq!(fit(DawidSkene { tolerance: -1.0, ..none }), Err(DawidSkeneError::Tolerance(-1.0)));
    for bad in [-1.0, f64::NAN, f64::INFINITY] {
        let confusion_prior = ConfusionPrior { same: 1.0, other: bad };
        assert!(matches!(fit(DawidSkene { confusion_prior, ..none }), Err(DawidSkeneError::Prior(_))));
    }
    let nothing = Labels::new(Shape { items: 0, annotators: 1, categories: 2 }, &[]).expect("nothing to refuse");
    assert_eq!(none.fit(&nothing), Err(DawidSkeneError::NoItem));
    let outside = Labels::new(
        Shape { items: 0, annotators: 1, categories: 2 },
        &[Label { item: 0, annotator: 0, category: 0 }],
    );
    assert!(matches!(outside, Err(LabelsError::Outside { .. })));
}
