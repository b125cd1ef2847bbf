//! Receipts: the first event of a command has its key and how many events there are, the others have neither.

use stele_tlog::Hash;

use crate::{digest::Digested, finding::Findings};

/// Consecutive events of one command.
struct Run {
    first: u64,
    command: Option<Hash>,
    events: u64,
    /// How many events there should be; `None` if that can't be known.
    declared: Option<i32>,
}

/// Follows the commands along the events.
#[derive(Default)]
pub(crate) struct Commands {
    run: Option<Run>,
    /// Whether the event before is missing, so that a command may have lost its first one.
    after_gap: bool,
}

impl Commands {
    /// Rows are missing here, so the commands on either side of them can't be counted.
    pub(crate) fn gap(&mut self) {
        self.run = None;
        self.after_gap = true;
    }

    pub(crate) fn event(&mut self, position: u64, event: &Digested, findings: &mut Findings) {
        let after_gap = std::mem::take(&mut self.after_gap);
        if let Some(run) = self.run.as_mut().filter(|run| continues(run, event)) {
            run.events += 1;
            check_follower(run, position, event, findings);
            return;
        }
        self.finish(findings);
        let lost_its_first = after_gap && event.key.is_none() && event.command_events.is_none();
        if !lost_its_first {
            check_first(position, event, findings);
        }
        // the metadata of a damaged event names the command less reliably than its key does
        let command = if event.is_sound() { event.command } else { event.key.or(event.command) };
        self.run = Some(Run { first: position, command, events: 1, declared: event.command_events });
    }

    /// Ends the last command.
    pub(crate) fn finish(&mut self, findings: &mut Findings) {
        let Some(Run { first, events, declared: Some(declared), .. }) = self.run.take() else { return };
        if u64::try_from(declared) != Ok(events) {
            findings.tampered(first, "command_events", format!("it is {declared}, and the command has {events}"));
        }
    }
}

fn continues(run: &Run, event: &Digested) -> bool {
    if event.is_sound() && event.command.is_some() { run.command == event.command } else { event.key.is_none() }
}

fn check_follower(run: &Run, position: u64, event: &Digested, findings: &mut Findings) {
    if event.command.is_some() && event.command != run.command {
        findings.tampered(position, "metadata", "it names another command than the events around it");
    }
    if event.key.is_some() {
        findings.tampered(position, "idempotency_key", "only the first event of a command has a key");
    }
    if event.command_events.is_some() {
        findings.tampered(position, "command_events", "only the first event of a command counts them");
    }
}

fn check_first(position: u64, event: &Digested, findings: &mut Findings) {
    if event.key.is_none() {
        findings.tampered(position, "idempotency_key", "the first event of a command has none");
    } else if event.key != event.command && event.command.is_some() {
        // the leaf covers the metadata, and not the key
        let field = if event.is_sound() { "idempotency_key" } else { "metadata" };
        findings.tampered(position, field, "key and metadata name different commands");
    }
    if event.command_events.is_none() {
        findings.tampered(position, "command_events", "the first event of a command has none");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Change = fn(&mut Digested);

    fn event(command: u8, first_of: Option<i32>) -> Digested {
        Digested {
            command: Some([command; 32]),
            key: first_of.map(|_| [command; 32]),
            command_events: first_of,
            ..Digested::sound([0; 32])
        }
    }

    fn check(events: Vec<Option<Digested>>) -> Vec<(u64, &'static str)> {
        let (mut commands, mut findings) = (Commands::default(), Findings::new(100));
        for (position, event) in (1..).zip(events) {
            match event {
                Some(event) => commands.event(position, &event, &mut findings),
                None => commands.gap(),
            }
        }
        commands.finish(&mut findings);
        findings.finish().2.into_iter().map(|finding| (finding.position.unwrap_or(0), finding.field)).collect()
    }

    fn three() -> [Option<Digested>; 5] {
        [
            Some(event(1, Some(1))),
            Some(event(2, Some(3))),
            Some(event(2, None)),
            Some(event(2, None)),
            Some(event(3, Some(1))),
        ]
    }

    #[test]
    fn receipts_that_fit_are_fine() {
        assert_eq!(check(three().into()), []);
        assert_eq!(check(Vec::new()), []);
    }

    #[test]
    fn each_column_is_found_where_it_was_changed() {
        let changes: [(usize, &str, Change); 8] = [
            (1, "command_events", |event| event.command_events = Some(2)),
            (4, "command_events", |event| event.command_events = Some(-1)),
            (0, "command_events", |event| event.command_events = None),
            (2, "command_events", |event| event.command_events = Some(1)),
            (0, "idempotency_key", |event| event.key = None),
            (1, "idempotency_key", |event| event.key = Some([9; 32])),
            (2, "idempotency_key", |event| event.key = Some([9; 32])),
            (3, "idempotency_key", |event| event.key = event.command),
        ];
        for (place, field, change) in changes {
            let mut events = three();
            change(events[place].as_mut().expect("an event"));
            assert_eq!(check(events.into()), [(place as u64 + 1, field)]);
        }
    }

    #[test]
    fn a_damaged_event_stays_in_its_command() {
        for place in 0..5 {
            let mut events = three();
            let damaged = events[place].as_mut().expect("an event");
            damaged.stored = Some([1; 32]);
            assert_eq!(check(events.into()), [], "nothing but the leaf");
            let mut events = three();
            let damaged = events[place].as_mut().expect("an event");
            (damaged.stored, damaged.command) = (Some([1; 32]), Some([9; 32]));
            assert_eq!(check(events.into()), [(place as u64 + 1, "metadata")]);
        }
    }

    #[test]
    fn a_missing_event_is_not_held_against_its_command() {
        for place in 0..5 {
            let mut events = three();
            events[place] = None;
            assert_eq!(check(events.into()), [], "place {place}");
        }
    }
}
