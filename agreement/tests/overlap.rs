//! Properties: the matching of marks is the best there is, and depends on nothing but the marks.

use proptest::{collection::vec, prelude::*};
use stele_agreement::overlap::{Mark, MatchCount, Region, Span, Threshold, compare, compare_all};

/// Short spans of a short text, so that they overlap in all ways and often equally well.
fn spans() -> impl Strategy<Value = Vec<Span<char>>> {
    let span = (prop_oneof![Just('a'), Just('b')], 0u64..8, 1u64..6);
    vec(span.prop_map(|(label, start, length)| Span::new(label, start, start + length).expect("not empty")), 0..6)
}

fn regions() -> impl Strategy<Value = Vec<Region<char>>> {
    let region = (0u8..4, 0u8..4, 1u8..4, 1u8..4);
    let sides = |(x, y, w, h): (u8, u8, u8, u8)| Region::new('a', x.into(), y.into(), w.into(), h.into());
    vec(region.prop_map(move |of| sides(of).expect("an area")), 0..6)
}

fn threshold() -> impl Strategy<Value = Threshold> {
    prop_oneof![Just(0.1), Just(0.3), Just(0.5), Just(1.0)].prop_map(|share| Threshold::new(share).expect("a share"))
}

/// The most matches and the greatest sum of overlaps with so many, from trying every matching.
fn best<M: Mark>(first: &[&M], second: &[&M], threshold: Threshold) -> (i64, f64) {
    let Some((mark, rest)) = first.split_first() else { return (0, 0.0) };
    let mut best_of_all = best(rest, second, threshold);
    for (index, other) in second.iter().enumerate() {
        let overlap = mark.overlap(other);
        if overlap >= threshold.get() {
            let mut others = second.to_vec();
            others.remove(index);
            let (matched, sum) = best(rest, &others, threshold);
            if (matched + 1, sum + overlap) > best_of_all {
                best_of_all = (matched + 1, sum + overlap);
            }
        }
    }
    best_of_all
}

fn marks<M>(list: &[M]) -> i64 {
    i64::try_from(list.len()).expect("few")
}

fn assert_best<M: Mark>(first: &[M], second: &[M], threshold: Threshold) -> Result<(), TestCaseError> {
    let count = compare(first, second, threshold);
    let all = |marks| <[M]>::iter(marks).collect::<Vec<_>>();
    let (matched, sum) = best(&all(first), &all(second), threshold);
    prop_assert_eq!(count.matched, matched);
    prop_assert_eq!(count.only_first, marks(first) - matched);
    prop_assert_eq!(count.only_second, marks(second) - matched);
    prop_assert!((count.overlap_billionths as f64 / 1e9 - sum).abs() < 1e-8, "{:?} {}", count, sum);
    Ok(())
}

fn turned(count: MatchCount) -> MatchCount {
    MatchCount { only_first: count.only_second, only_second: count.only_first, ..count }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn spans_are_matched_as_well_as_can_be(first in spans(), second in spans(), threshold in threshold()) {
        assert_best(&first, &second, threshold)?;
    }

    #[test]
    fn boxes_are_matched_as_well_as_can_be(first in regions(), second in regions(), threshold in threshold()) {
        assert_best(&first, &second, threshold)?;
    }

    #[test]
    fn the_order_of_marks_and_of_annotators_does_not_matter(
        (first, shuffled) in spans().prop_flat_map(|spans| (Just(spans.clone()), Just(spans).prop_shuffle())),
        second in spans(),
        threshold in threshold(),
    ) {
        let count = compare(&first, &second, threshold);
        prop_assert_eq!(compare(&shuffled, &second, threshold), count);
        prop_assert_eq!(compare(&second, &shuffled, threshold), turned(count));
    }

    #[test]
    fn an_annotator_agrees_with_itself(spans in spans()) {
        let count = compare(&spans, &spans, Threshold::EXACT);
        prop_assert_eq!(count.matched, marks(&spans));
        prop_assert_eq!(count.f1().ok(), (!spans.is_empty()).then_some(1.0));
    }

    #[test]
    fn figures_are_shares(annotators in vec(spans(), 0..5), threshold in threshold()) {
        let count = compare_all(&annotators, threshold);
        if let (Ok(f1), Ok(soft)) = (count.f1(), count.soft_f1()) {
            prop_assert!((0.0..=1.0).contains(&f1), "{}", f1);
            prop_assert!((0.0..=f1).contains(&soft), "{} {}", soft, f1);
        }
        if let Ok(overlap) = count.mean_overlap() {
            prop_assert!((threshold.get() - 1e-9..=1.0).contains(&overlap), "{}", overlap);
        }
    }

    #[test]
    fn a_unit_is_taken_back_exactly(units in vec((spans(), spans()), 0..6), wrong in (spans(), spans())) {
        let count = |(first, second): &(Vec<_>, Vec<_>)| compare(first, second, Threshold::HALF);
        let mut fresh = MatchCount::default();
        units.iter().for_each(|unit| fresh.add(count(unit)));
        let mut kept = MatchCount::default();
        kept.retract(count(&wrong));
        units.iter().rev().for_each(|unit| kept.add(count(unit)));
        kept.add(count(&wrong));
        prop_assert_eq!(kept, fresh);
    }
}
