mod requests;

use cqrs_es::test::TestFramework;
use uuid::Uuid;

use super::*;
use crate::{Event, history::TreeHead};

fn release() -> Release {
    Release {
        name: "helpfulness".into(),
        format: DatasetFormat::Dpo,
        project: Uuid::from_u128(1).into(),
        recipe: "{}".into(),
        known_at: TreeHead { size: 7, root: [7; 32].into() },
        happened_by: None,
        rows: 3,
        rows_digest: [1; 32].into(),
        files: Vec::new(),
        subjects: Vec::new(),
    }
}

fn released(release: &Release, version: &str) -> DatasetEvent {
    release.event(version.parse().expect("a version")).into()
}

fn when(release: &Release) -> DatasetCommand {
    DatasetCommand::Release(Box::new(release.clone()))
}

fn dataset() -> TestFramework<Dataset> {
    TestFramework::with(())
}

#[test]
fn a_version_tells_what_has_changed() {
    let first = release();
    let other_rows = Release { rows_digest: [2; 32].into(), ..first.clone() };
    let other_recipe = Release { recipe: r#"{"empty_responses":"keep"}"#.into(), ..other_rows.clone() };
    dataset().given_no_previous_events().when(when(&first)).then_expect_events(vec![released(&first, "1.0.0")]);
    let given = vec![released(&first, "1.0.0")];
    dataset().given(given).when(when(&other_rows)).then_expect_events(vec![released(&other_rows, "1.1.0")]);
    let given = vec![released(&first, "1.0.0"), released(&other_rows, "1.1.0")];
    dataset().given(given.clone()).when(when(&first)).then_expect_events(vec![released(&first, "1.2.0")]);
    dataset().given(given).when(when(&other_recipe)).then_expect_events(vec![released(&other_recipe, "2.0.0")]);
}

#[test]
fn the_same_rows_are_released_once_wherever_the_ledger_has_got_to() {
    let first = release();
    let later = Release { known_at: TreeHead { size: 9, root: [9; 32].into() }, ..first.clone() };
    dataset()
        .given(vec![released(&first, "1.0.0")])
        .when(when(&later))
        .then_expect_error(DatasetRefusal::Unchanged { version: ReleaseVersion::FIRST, known_at: 7 });
}

#[test]
fn a_withdrawn_release_is_made_again_under_another_number() {
    let first = release();
    let version = ReleaseVersion::FIRST;
    let withdraw = |reason: &str| DatasetCommand::Withdraw { version, reason: reason.into() };
    let withdrawn: DatasetEvent = ReleaseWithdrawn { version, reason: "a wrong recipe".into() }.into();
    let given = vec![released(&first, "1.0.0")];
    dataset().given(given.clone()).when(withdraw(" a wrong recipe ")).then_expect_events(vec![withdrawn.clone()]);
    dataset().given(given.clone()).when(withdraw(" ")).then_expect_error(DatasetRefusal::Reason);
    let given = [given, vec![withdrawn]].concat();
    dataset().given(given.clone()).when(withdraw("again")).then_expect_error(DatasetRefusal::Withdrawn { version });
    dataset().given(given).when(when(&first)).then_expect_events(vec![released(&first, "1.1.0")]);
    dataset()
        .given_no_previous_events()
        .when(withdraw("too early"))
        .then_expect_error(DatasetRefusal::NoSuchRelease { version });
}

#[test]
fn the_subjects_of_a_large_release_are_told_in_several_events() {
    let rows = |number: u128| SubjectRows { subject: Uuid::from_u128(number).into(), rows: 1 };
    let large = Release { subjects: (0..2_001).map(rows).collect(), ..release() };
    let events = Dataset::default().decide(&when(&large)).expect("accepted");
    let told: Vec<usize> = events
        .iter()
        .filter_map(|event| match event {
            DatasetEvent::SubjectsReleased(released) => Some(released.subjects.len()),
            _ => None,
        })
        .collect();
    assert_eq!((events[0].name(), told), ("DatasetReleased", vec![1_000, 1_000, 1]));
}

#[test]
fn a_name_is_at_home_in_paths_and_addresses() {
    for name in ["", "-x", ".hidden", "a/b", "a b", "ä", &"x".repeat(MAX_NAME_LENGTH + 1)] {
        let release = Release { name: name.into(), ..release() };
        dataset().given_no_previous_events().when(when(&release)).then_expect_error(DatasetRefusal::Name);
    }
}

#[test]
fn a_version_is_written_in_one_way() {
    for text in ["1.0.0", "0.10.3", "4294967295.0.1"] {
        assert_eq!(text.parse::<ReleaseVersion>().map(|version| version.to_string()).as_deref(), Ok(text));
    }
    for text in ["", "1", "1.0", "1.0.0.0", "01.0.0", "+1.0.0", "1.0.-1", "1.0.0-rc", "4294967296.0.0"] {
        assert!(text.parse::<ReleaseVersion>().is_err(), "{text}");
    }
    let mut sorted: Vec<ReleaseVersion> =
        ["1.10.0", "1.9.0", "2.0.0"].map(|text| text.parse().expect("a version")).to_vec();
    sorted.sort_unstable();
    assert_eq!(sorted.iter().map(ToString::to_string).collect::<Vec<_>>(), ["1.9.0", "1.10.0", "2.0.0"]);
}
