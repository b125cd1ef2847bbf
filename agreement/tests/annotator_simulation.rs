//! Crowds whose truth is known: the careful are left alone, and those who answer anything are found.

use std::collections::BTreeSet;

use stele_agreement::annotator::{Compared, GoldAnswer, Profile, Rule, Rules, flags};

/// `SplitMix64` (Steele, Lea & Flood 2014): the same crowd on every machine.
struct Draw(u64);

impl Draw {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}

const ANNOTATORS: u32 = 50;

/// Units of three categories, each answered by five of fifty annotators, who are right in eight of ten or, the
/// `careless` ones, answer anything.
fn crowd(seed: u64, units: u32, careless: u32) -> Vec<Profile<u32, u64>> {
    let mut draw = Draw(seed);
    let mut profiles: Vec<_> = (0..ANNOTATORS).map(Profile::new).collect();
    for _ in 0..units {
        let truth = draw.below(3);
        let mut chosen = BTreeSet::new();
        while chosen.len() < 5 {
            chosen.insert(u32::try_from(draw.below(u64::from(ANNOTATORS))).expect("few"));
        }
        let mut answer = |annotator| {
            let right = annotator >= careless && draw.below(10) < 8;
            if right { truth } else { draw.below(3) }
        };
        let answers: Vec<(u32, u64)> = chosen.iter().map(|&annotator| (annotator, answer(annotator))).collect();
        for (annotator, own) in &answers {
            let others = answers.iter().filter(|(other, _)| other != annotator).map(|(_, answer)| answer);
            let profile = &mut profiles[*annotator as usize];
            profile.agreement.add(Compared::with(own, others).expect("five answers"));
            profile.answers.add(*own);
            profile.gold.add(if *own == truth { GoldAnswer::Right } else { GoldAnswer::Wrong });
        }
    }
    profiles
}

/// The annotators flagged for agreement, and those flagged for gold, over forty crowds: careful and careless.
fn flagged(units: u32, careless: u32, agreement: bool) -> (usize, usize) {
    let mut found = (0, 0);
    for seed in 0..40 {
        for flag in flags(&crowd(seed, units, careless), &Rules::default()).expect("possible counts") {
            let of_rule = if agreement {
                matches!(flag.rule, Rule::LowAgreement(_))
            } else {
                matches!(flag.rule, Rule::LowGold(_))
            };
            if of_rule && flag.annotator < careless {
                found.1 += 1;
            } else if of_rule {
                found.0 += 1;
            }
        }
    }
    found
}

#[test]
fn a_careful_crowd_is_left_alone() {
    // 2,000 annotators with 3, 30 and 100 answers each on average.
    for units in [30, 300, 1000] {
        let (agreement, gold) = (flagged(units, 0, true), flagged(units, 0, false));
        assert!(agreement.0 <= 2 && gold.0 <= 2, "{units}: {agreement:?}, {gold:?}");
    }
}

#[test]
fn those_who_answer_anything_are_found_the_surer_the_more_they_answer() {
    // 160 careless annotators among 2,000, with 30 answers each on average, and then with 100.
    for (units, at_least) in [(300, 150), (1000, 160)] {
        for agreement in [true, false] {
            let (careful, careless) = flagged(units, 4, agreement);
            assert!(careful <= 2 && careless >= at_least, "{units}: {careful} careful, {careless} careless");
        }
    }
}
