use super::*;
use crate::ParticipantId;

fn request_id(number: u128) -> ReleaseRequestId {
    Uuid::from_u128(number).into()
}

fn project(number: u128) -> ProjectId {
    Uuid::from_u128(number).into()
}

fn ada() -> ParticipantId {
    Uuid::from_u128(7).into()
}

fn asked(number: u128) -> ReleaseRequested {
    ReleaseRequested {
        request: request_id(number),
        name: "helpfulness".into(),
        project: project(1),
        recipe: "{}".into(),
        known_at: 7,
        happened_by: None,
        requested_by: Some(ada()),
        plan: false,
    }
}

fn ask(request: &ReleaseRequested) -> DatasetCommand {
    DatasetCommand::Request(Box::new(request.clone()))
}

fn planned(of: u128, when: ReleaseTrigger) -> ReleasePlanned {
    ReleasePlanned { name: "helpfulness".into(), project: project(of), recipe: "{}".into(), when, planned_by: ada() }
}

fn plan(planned: &ReleasePlanned) -> DatasetCommand {
    DatasetCommand::Plan(Box::new(planned.clone()))
}

const FIRST: ReleaseVersion = ReleaseVersion::FIRST;

#[test]
fn a_request_waits_until_it_is_met() {
    let asked_to_meet = DatasetCommand::Meet { request: request_id(11), version: FIRST };
    let met = ReleaseRequestMet { request: request_id(11), project: project(1), version: FIRST };
    let given = vec![asked(11).into()];
    dataset().given_no_previous_events().when(ask(&asked(11))).then_expect_events(given.clone());
    let too_early = dataset().given(given.clone()).when(asked_to_meet.clone());
    too_early.then_expect_error(DatasetRefusal::NoSuchRelease { version: FIRST });
    let given = [given, vec![released(&release(), "1.0.0")]].concat();
    dataset().given(given.clone()).when(asked_to_meet.clone()).then_expect_events(vec![met.into()]);
    let withdrawn = ReleaseWithdrawn { version: FIRST, reason: "a wrong recipe".into() };
    let with_withdrawn = [given, vec![withdrawn.into()]].concat();
    dataset()
        .given(with_withdrawn)
        .when(asked_to_meet.clone())
        .then_expect_error(DatasetRefusal::Withdrawn { version: FIRST });
    dataset()
        .given_no_previous_events()
        .when(asked_to_meet)
        .then_expect_error(DatasetRefusal::NoSuchRequest(request_id(11)));
}

#[test]
fn what_became_of_a_request_stays_so() {
    let (request, of) = (request_id(11), project(1));
    let ends: [(RequestEnd, DatasetEvent, DatasetCommand); 3] = [
        (
            RequestEnd::Met,
            ReleaseRequestMet { request, project: of, version: FIRST }.into(),
            DatasetCommand::Meet { request, version: FIRST },
        ),
        (
            RequestEnd::Failed,
            ReleaseRequestFailed { request, project: of, reason: "no such question".into() }.into(),
            DatasetCommand::Fail { request, reason: " no such\u{7}question\n".into() },
        ),
        (
            RequestEnd::Cancelled,
            ReleaseRequestCancelled { request, project: of, cancelled_by: ada() }.into(),
            DatasetCommand::Cancel { request, project: of, by: ada() },
        ),
    ];
    let begun = vec![asked(11).into(), released(&release(), "1.0.0")];
    for (end, event, command) in &ends {
        dataset().given(begun.clone()).when(command.clone()).then_expect_events(vec![event.clone()]);
        let given = [begun.clone(), vec![event.clone()]].concat();
        for (_, _, again) in &ends {
            let refused = DatasetRefusal::RequestEnded { end: *end };
            dataset().given(given.clone()).when(again.clone()).then_expect_error(refused);
        }
        let state = Dataset::replay(&given);
        assert!(!state.is_pending(request), "{end}");
        let refused = DatasetRefusal::RequestExists(request);
        dataset().given(given).when(ask(&asked(11))).then_expect_error(refused);
    }
}

#[test]
fn so_many_requests_wait_at_most() {
    let mut given: Vec<DatasetEvent> = (0..MAX_PENDING as u128).map(|number| asked(number).into()).collect();
    dataset().given(given.clone()).when(ask(&asked(99))).then_expect_error(DatasetRefusal::TooManyRequests);
    given.push(ReleaseRequestCancelled { request: request_id(3), project: project(1), cancelled_by: ada() }.into());
    dataset().given(given).when(ask(&asked(99))).then_expect_events(vec![asked(99).into()]);
}

#[test]
fn a_name_stays_with_its_project() {
    let theirs = ReleaseRequested { project: project(2), ..asked(12) };
    let every_day = ReleaseTrigger::EveryHours(24);
    let taken: [DatasetEvent; 3] = [asked(11).into(), released(&release(), "1.0.0"), planned(1, every_day).into()];
    for event in taken {
        let given = vec![event];
        dataset().given(given.clone()).when(ask(&theirs)).then_expect_error(DatasetRefusal::OtherProject);
        let refused = dataset().given(given).when(plan(&planned(2, every_day)));
        refused.then_expect_error(DatasetRefusal::OtherProject);
    }
    let cancel = DatasetCommand::Cancel { request: request_id(11), project: project(2), by: ada() };
    let refused = DatasetRefusal::NoSuchRequest(request_id(11));
    dataset().given(vec![asked(11).into()]).when(cancel).then_expect_error(refused);
}

#[test]
fn a_request_names_a_dataset() {
    let nameless = ReleaseRequested { name: "../up".into(), ..asked(11) };
    dataset().given_no_previous_events().when(ask(&nameless)).then_expect_error(DatasetRefusal::Name);
    let nameless = ReleasePlanned { name: String::new(), ..planned(1, ReleaseTrigger::EveryHours(1)) };
    dataset().given_no_previous_events().when(plan(&nameless)).then_expect_error(DatasetRefusal::Name);
    let silent = DatasetCommand::Fail { request: request_id(11), reason: " \n".into() };
    dataset().given(vec![asked(11).into()]).when(silent).then_expect_error(DatasetRefusal::Reason);
}

#[test]
fn a_plan_holds_until_it_is_ended() {
    let end = |of| DatasetCommand::EndPlan { project: project(of), by: ada() };
    let ended: DatasetEvent = ReleasePlanEnded { project: project(1), ended_by: ada() }.into();
    let first: DatasetEvent = planned(1, ReleaseTrigger::EveryApproved(100)).into();
    let other = planned(1, ReleaseTrigger::EveryHours(8_760));
    dataset().given(vec![first.clone()]).when(plan(&other)).then_expect_events(vec![other.clone().into()]);
    dataset().given(vec![first.clone(), other.into()]).when(end(1)).then_expect_events(vec![ended.clone()]);
    dataset().given(vec![first.clone()]).when(end(2)).then_expect_error(DatasetRefusal::NoPlan);
    dataset().given(vec![first, ended]).when(end(1)).then_expect_error(DatasetRefusal::NoPlan);
    for when in [ReleaseTrigger::EveryApproved(0), ReleaseTrigger::EveryHours(0), ReleaseTrigger::EveryHours(8_761)] {
        let impossible = plan(&planned(1, when));
        dataset().given_no_previous_events().when(impossible).then_expect_error(DatasetRefusal::Trigger);
    }
}
