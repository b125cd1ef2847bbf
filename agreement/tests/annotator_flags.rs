//! Who is flagged, and who isn't, in pools made by hand.

use stele_agreement::{
    annotator::{
        Bucket, Clears, Compared, Flag, FlagError, Floor, GoldAnswer, NoFigure, Observed, Pace, Prior, Profile,
        Residual, Rule, Rules, Side, Strength, flags,
    },
    probability::OutOfRange,
};

type Someone = Profile<u32, char>;

/// Annotators 0 to `number` − 1, each with what `count` gives them.
fn pool(number: u32, count: impl Fn(u32, &mut Someone)) -> Vec<Someone> {
    let someone = |annotator| {
        let mut profile = Profile::new(annotator);
        count(annotator, &mut profile);
        profile
    };
    (0..number).map(someone).collect()
}

fn found(profiles: &[Someone]) -> Vec<Flag<u32>> {
    flags(profiles, &Rules::default()).expect("possible counts")
}

/// `agreeing` of `of` units in which one other agrees.
fn agreement(profile: &mut Someone, agreeing: i64, of: i64) {
    profile.agreement.count(Compared { others: 1, agreeing: 1 }, agreeing);
    profile.agreement.count(Compared { others: 1, agreeing: 0 }, of - agreeing);
}

fn gold(profile: &mut Someone, right: i64, of: i64) {
    profile.gold.count(GoldAnswer::Right, right);
    profile.gold.count(GoldAnswer::Wrong, of - right);
}

/// Durations about so many seconds, spread a little differently for each annotator.
fn durations(profile: &mut Someone, seconds: u64) {
    let annotator = u64::from(profile.annotator);
    profile.durations.count(Bucket::of(seconds * 1000 + annotator * 997), 30);
}

#[test]
fn a_rate_far_below_the_pool_is_flagged_with_what_would_clear_it() {
    let rights = |annotator| if annotator == 3 { 60 } else { 88 + i64::from(annotator) % 5 };
    let profiles = pool(10, |annotator, profile| gold(profile, rights(annotator), 100));
    let flags = found(&profiles);
    let [Flag { annotator: 3, rule: Rule::LowGold(evidence), strength: Strength::Posterior(below), clears, .. }] =
        &flags[..]
    else {
        panic!("{flags:?}")
    };
    assert!(*below > 0.95 && evidence.mean < evidence.floor);
    let Clears::AnswersAtPoolRate(more) = *clears else { panic!("{clears:?}") };
    // By the definition, with so many answers at the pool's rate the posterior is no longer low, and with one less it
    // is.
    let observed: Vec<Observed> =
        (0..10).map(|annotator| Observed::new(rights(annotator) as f64, 100.0).expect("a rate")).collect();
    let prior = Prior::by_moments(&observed);
    let below = |more: f64| {
        let right = 60.0 + more * prior.beta().mean();
        let posterior = prior.posterior(Observed::new(right, 100.0 + more).expect("a rate")).expect("finite");
        posterior.below(evidence.floor)
    };
    assert!(below(more as f64) <= 0.95 && below(more as f64 - 1.0) > 0.95, "{more}");
}

#[test]
fn a_few_wrong_answers_say_little() {
    let profiles =
        pool(10, |annotator, profile| if annotator == 3 { gold(profile, 1, 3) } else { gold(profile, 90, 100) });
    assert_eq!(found(&profiles), []);
}

#[test]
fn a_given_floor_above_the_pool_can_not_be_cleared_by_answers_like_its() {
    let profiles = pool(4, |_, profile| gold(profile, 80, 100));
    let rules = Rules { gold: Floor::At(0.95), ..Rules::default() };
    let flags = flags(&profiles, &rules).expect("possible counts");
    assert_eq!(flags.len(), 4);
    assert!(flags.iter().all(|flag| matches!(flag.clears, Clears::Review(_))));
}

#[test]
fn probably_low_is_not_certainly_low() {
    let profiles = pool(4, |_, profile| gold(profile, 88, 100));
    let with = |certainty| {
        let rules = Rules { gold: Floor::At(0.9), certainty, ..Rules::default() };
        flags(&profiles, &rules).expect("possible counts").len()
    };
    assert_eq!((with(0.95), with(0.9)), (0, 4));
}

#[test]
fn speed_alone_is_never_flagged() {
    let seconds = |annotator| if annotator == 5 { 2 } else { 60 };
    let profiles = pool(20, |annotator, profile| {
        durations(profile, seconds(annotator));
        agreement(profile, 80, 100);
    });
    assert_eq!(found(&profiles), []);
    let profiles = pool(20, |annotator, profile| {
        durations(profile, seconds(annotator));
        agreement(profile, if annotator == 5 { 40 } else { 80 }, 100);
    });
    let flags = found(&profiles);
    assert!(flags.iter().all(|flag| flag.annotator == 5));
    assert!(matches!(flags[0].rule, Rule::LowAgreement(_)));
    let (Rule::Speed { median, pool, .. }, Strength::RobustZ(z)) = (flags[1].rule, flags[1].strength) else {
        panic!("{flags:?}")
    };
    assert!(median < 8_000.0 && pool > 60_000.0 && z < -3.5);
    assert_eq!(flags.len(), 2);
}

#[test]
fn the_low_agreement_of_another_is_no_reason() {
    let profiles = pool(20, |annotator, profile| {
        durations(profile, if annotator == 5 { 2 } else { 60 });
        agreement(profile, if annotator == 6 { 40 } else { 80 }, 100);
    });
    let flags = found(&profiles);
    assert_eq!(flags.len(), 1);
    assert!(flags[0].annotator == 6 && matches!(flags[0].rule, Rule::LowAgreement(_)));
}

#[test]
fn slowness_is_no_speed() {
    let profiles = pool(20, |annotator, profile| {
        durations(profile, if annotator == 5 { 6000 } else { 60 });
        agreement(profile, if annotator == 5 { 40 } else { 80 }, 100);
    });
    assert_eq!(found(&profiles).len(), 1);
}

#[test]
fn haste_is_flagged_from_a_quarter_on() {
    let profiles = pool(3, |annotator, profile| {
        profile.paces.count(Pace::Hasty, [4, 5, 6][annotator as usize]);
        profile.paces.count(Pace::Unhurried, [16, 15, 12][annotator as usize]);
    });
    let flags = found(&profiles);
    // The last has 18 timed answers, fewer than a statement is made of.
    assert_eq!(flags.len(), 1);
    assert_eq!(flags[0].rule, Rule::Haste { hasty: 5, answers: 20 });
    assert_eq!(flags[0].clears, Clears::UnhurriedAnswers(1));
}

#[test]
fn ratings_far_from_the_others_are_flagged_either_way() {
    let profiles = pool(12, |annotator, profile| {
        for unit in 0..40 {
            let own = match annotator {
                2 => 5,
                7 => 1,
                _ => 3 + i64::from((unit + annotator) % 13 == 0),
            };
            profile.leniency.add(Residual::against(own, &[3, 3, 3]).expect("compared"));
        }
    });
    let flags = found(&profiles);
    assert_eq!(flags.iter().map(|flag| flag.annotator).collect::<Vec<_>>(), [2, 7]);
    let Rule::Leniency { mean, ratings, .. } = flags[0].rule else { panic!("{flags:?}") };
    assert!((mean - 2.0).abs() < 1e-12 && ratings == 40);
    let Clears::MeanResidual { lowest, highest } = flags[1].clears else { panic!("{flags:?}") };
    assert!(lowest > -2.0 && highest < 2.0);
}

#[test]
fn a_bias_must_be_large_and_unlikely_among_so_many() {
    let sides = |profile: &mut Someone, left, right| {
        profile.position.count(Side::Left, left);
        profile.position.count(Side::Right, right);
    };
    // 60 % of 1,000 is very unlikely but small; 9 of 10 is large, but among 40 annotators not unlikely.
    let profiles = pool(40, |annotator, profile| match annotator {
        0 => sides(profile, 600, 400),
        1 => sides(profile, 9, 1),
        2 => sides(profile, 20, 80),
        _ => sides(profile, 50, 50),
    });
    let flags = found(&profiles);
    assert_eq!(flags.len(), 1);
    assert_eq!((flags[0].annotator, flags[0].rule), (2, Rule::PositionBias { left: 20, right: 80 }));
    assert_eq!(flags[0].clears, Clears::BalancedPreferences(101));
    // Alone, 9 of 10 is unlikely enough.
    let alone = pool(1, |_, profile| sides(profile, 10, 1));
    assert_eq!(found(&alone).len(), 1);
}

#[test]
fn the_same_answer_is_flagged_where_others_give_another() {
    let answers = |profile: &mut Someone, number, other| {
        profile.answers.count('a', number);
        profile.answers.count('b', other);
    };
    let profiles =
        pool(5, |annotator, profile| if annotator == 1 { answers(profile, 30, 1) } else { answers(profile, 15, 16) });
    let flags = found(&profiles);
    assert_eq!(flags.len(), 1);
    assert_eq!(flags[0].rule, Rule::StraightLining { modal: 30, answers: 31 });
    // Where nearly all tasks have that answer, it is nobody's straight line.
    let profiles = pool(5, |annotator, profile| answers(profile, if annotator == 1 { 31 } else { 30 }, 1));
    assert_eq!(found(&profiles), []);
}

#[test]
fn a_long_run_is_flagged_if_it_is_most_of_the_answers() {
    let profiles = pool(5, |annotator, profile| {
        profile.answers.count('a', 25);
        profile.answers.count('b', 15);
        profile.longest_run = Some(if annotator == 4 { 22 } else { 6 });
    });
    let flags = found(&profiles);
    assert_eq!(flags.len(), 1);
    assert_eq!((flags[0].annotator, flags[0].rule), (4, Rule::LongRun { run: 22, answers: 40 }));
    assert!(matches!(flags[0].clears, Clears::Review(_)));
}

#[test]
fn the_order_of_profiles_does_not_matter() {
    let mut profiles = pool(12, |annotator, profile| {
        gold(profile, if annotator % 5 == 0 { 40 } else { 90 }, 100);
        agreement(profile, if annotator == 5 { 10 } else { 70 + i64::from(annotator) }, 100);
        durations(profile, if annotator == 5 { 1 } else { 60 });
    });
    let in_order = found(&profiles);
    assert!(in_order.len() > 3);
    profiles.reverse();
    profiles.swap(1, 7);
    assert_eq!(found(&profiles), in_order);
}

#[test]
fn nothing_known_flags_nobody() {
    assert_eq!(found(&[]), []);
    assert_eq!(found(&pool(3, |_, _| {})), []);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let twice = [Someone::new(1), Someone::new(1)];
    assert_eq!(flags(&twice, &Rules::default()), Err(FlagError::Twice));
    let impossible = pool(2, |_, profile| profile.gold.remove(GoldAnswer::Right));
    assert_eq!(flags(&impossible, &Rules::default()), Err(FlagError::Counts(NoFigure::Impossible)));
    for rules in [
        Rules { gold: Floor::At(f64::NAN), ..Rules::default() },
        Rules { certainty: 1.5, ..Rules::default() },
        Rules { side_distance: 0.6, ..Rules::default() },
        Rules { robust_z: 0.0, ..Rules::default() },
        Rules { hasty_share: 0.0, ..Rules::default() },
    ] {
        assert!(matches!(flags(&twice[..1], &rules), Err(FlagError::Rules(OutOfRange(_)))));
    }
}

/// Rows that a damaged store might give: as large as they get, and of either sign.
#[test]
fn extreme_counts_are_errors_or_figures_and_never_panics() {
    let counts: [fn(&mut Someone, i64); 7] = [
        |profile, number| profile.agreement.count(Compared { others: u32::MAX, agreeing: u32::MAX }, number),
        |profile, number| profile.leniency.count(u32::MAX, number, i128::MAX),
        |profile, number| {
            profile.answers.count('a', number);
            profile.answers.count('b', 1);
            profile.longest_run = Some(u64::MAX);
        },
        |profile, number| profile.position.count(Side::Left, number),
        |profile, number| profile.durations.count(Bucket::of(u64::MAX), number),
        |profile, number| profile.paces.count(Pace::Hasty, number),
        |profile, number| profile.gold.count(GoldAnswer::Wrong, number),
    ];
    for count in counts {
        for number in [i64::MAX, i64::MIN, i64::MAX - 1] {
            let profiles = pool(3, |_, profile| {
                count(profile, number);
                count(profile, number);
                count(profile, 1);
            });
            let found = flags(&profiles, &Rules::default());
            assert!(found.is_ok() || found == Err(FlagError::Counts(NoFigure::Impossible)));
            assert!(found.is_err() || number > 0);
        }
    }
}
