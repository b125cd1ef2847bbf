use cqrs_es::test::TestFramework;

use super::*;

fn recover(epoch: u64, reason: &str) -> HistoryCommand {
    let found = TreeHead { size: 3, root: [3; 32].into() };
    HistoryCommand::Recover { reason: reason.into(), epoch, last_signed: None, found }
}

fn recovered(epoch: u64) -> HistoryEvent {
    let found = TreeHead { size: 3, root: [3; 32].into() };
    LedgerRecovered { reason: "a restore".into(), epoch, last_signed: None, found }.into()
}

fn history() -> TestFramework<History> {
    TestFramework::with(())
}

#[test]
fn epochs_are_counted_from_one_without_gaps() {
    history().given_no_previous_events().when(recover(2, " a restore ")).then_expect_events(vec![recovered(2)]);
    history().given(vec![recovered(2)]).when(recover(3, "a restore")).then_expect_events(vec![recovered(3)]);
    for (epoch, given, next) in [(1, vec![], 2), (3, vec![], 2), (2, vec![recovered(2)], 3)] {
        history()
            .given(given)
            .when(recover(epoch, "a restore"))
            .then_expect_error(HistoryRefusal::Epoch { asked: epoch, next });
    }
}

#[test]
fn a_reason_is_needed() {
    for reason in ["", "  ", &"x".repeat(1_001)] {
        history().given_no_previous_events().when(recover(2, reason)).then_expect_error(HistoryRefusal::Reason);
    }
}
