//! A verification under way: events and checkpoints go by once, in order, and little is remembered of them.

use std::{io, thread};

use stele_tlog::{CheckpointError, Verifier};
use uuid::Uuid;

use crate::{
    checkpoint::{Checkpoints, StoredCheckpoint},
    command::Commands,
    digest::Digested,
    finding::{FindingKind, Findings},
    head::{Expected, StoredHead},
    instant::Instant,
    key::Keys,
    leaves::Leaves,
    report::Report,
    stream::{Missing, Streams},
};

/// What a verification goes by.
#[derive(Clone, Debug)]
pub struct Options {
    /// The key that signs the ledger's checkpoints; without it their signatures are not checked.
    pub key: Option<Verifier>,
    /// The signed note of a checkpoint that was kept where the ledger's keepers can't change it.
    pub checkpoint: Option<String>,
    /// How many findings are listed; the others are counted.
    pub max_findings: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { key: None, checkpoint: None, max_findings: 100 }
    }
}

pub(crate) struct Audit {
    ledger_id: Uuid,
    ledger: String,
    pub(crate) findings: Findings,
    pub(crate) leaves: Leaves,
    checkpoints: Checkpoints,
    commands: Commands,
    streams: Streams,
    keys: Keys,
    events: u64,
    /// Where the history was taken up again.
    recoveries: Vec<u64>,
    pub(crate) nodes: u64,
    last: Last,
    missing: Missing,
    /// Lines since the last event that can't be read, each of which may be an event.
    unreadable: u64,
}

/// The event before.
#[derive(Default)]
struct Last {
    position: u64,
    recorded_at: Option<Instant>,
    is_sound: bool,
}

impl Audit {
    pub(crate) fn new(ledger_id: Uuid, ledger: &str, options: &Options) -> Result<Self, CheckpointError> {
        let mut audit = Self {
            ledger_id,
            ledger: ledger.to_owned(),
            findings: Findings::new(options.max_findings),
            leaves: Leaves::new(),
            checkpoints: Checkpoints::new(ledger, options.key.clone(), options.checkpoint.as_deref())?,
            commands: Commands::default(),
            streams: Streams::new(),
            keys: Keys::new(),
            events: 0,
            recoveries: Vec::new(),
            nodes: 0,
            last: Last::default(),
            missing: Missing::default(),
            unreadable: 0,
        };
        audit.checkpoints.compare_kept(0, &mut audit.leaves, &mut audit.findings);
        Ok(audit)
    }

    /// The last event's position.
    pub(crate) const fn position(&self) -> u64 {
        self.last.position
    }

    pub(crate) const fn checkpoints(&self) -> u64 {
        self.checkpoints.count()
    }

    pub(crate) fn event(&mut self, event: &Digested) -> io::Result<()> {
        let Some(position) = self.place(event.position) else { return Ok(()) };
        self.events += 1;
        self.recoveries.extend(event.is_recovery.then_some(position));
        for (field, detail) in &event.faults {
            self.findings.tampered(position, field, *detail);
        }
        self.check_time(position, event);
        self.leaves.push(position, event, self.findings.limit());
        self.commands.event(position, event, &mut self.findings);
        self.streams.event(position, event)?;
        self.keys.event(position, event)?;
        self.checkpoints.event(position, &mut self.leaves, &mut self.findings);
        self.last = Last { position, recorded_at: Some(event.recorded_at), is_sound: event.is_sound() };
        Ok(())
    }

    /// The position of an event that comes after the last one.
    fn place(&mut self, position: i64) -> Option<u64> {
        let last = self.last.position;
        let place = u64::try_from(position).ok().filter(|place| *place > 0);
        let Some(place) = place.filter(|place| *place > last) else {
            let detail = if place == Some(last) { "there are two" } else { "it comes out of order" };
            self.findings.tampered(place, "position", format!("event {position}: {detail}"));
            return None;
        };
        let (between, unreadable) = (place - last - 1, std::mem::take(&mut self.unreadable));
        if between > 0 {
            self.leaves.break_off();
            self.commands.gap();
        }
        if between > unreadable {
            self.missing.first.get_or_insert(last + 1);
            self.missing.rows += between;
            let detail = format!("events are missing: {between} before position {place}");
            self.findings.add(FindingKind::Incomplete, last + 1, "position", detail);
        }
        Some(place)
    }

    /// Time must not run backwards; if it does, it is the damaged one of two events that is at fault.
    fn check_time(&mut self, position: u64, event: &Digested) {
        if self.last.recorded_at.is_some_and(|last| event.recorded_at < last) {
            let is_last = event.is_sound() && !self.last.is_sound;
            let at = if is_last { self.last.position } else { position };
            let detail =
                if is_last { "it is later than that of the next event" } else { "it is earlier than before" };
            self.findings.tampered(at, "recorded_at", detail);
        }
    }

    /// Takes notice of something in the place of an event or a checkpoint that can't be read.
    pub(crate) fn unreadable(&mut self, field: &'static str, detail: String) {
        self.findings.tampered(self.last.position + 1, field, detail);
        self.missing.first.get_or_insert(self.last.position + 1);
        self.missing.rows += 1;
        self.unreadable += 1;
        self.commands.gap();
    }

    pub(crate) fn checkpoint(&mut self, row: &StoredCheckpoint) {
        self.checkpoints.stored(row, self.last.position, &mut self.leaves, &mut self.findings);
    }

    /// Ends the verification with what the head says, if there is one; its absence is for the caller to report.
    pub(crate) fn finish(mut self, head: Option<&StoredHead>) -> io::Result<Report> {
        let last = self.last.position;
        if head.is_none_or(|head| head.is_ahead(last)) {
            self.commands.gap();
        }
        self.commands.finish(&mut self.findings);
        self.checkpoints.finish(last, &mut self.findings);
        if let Some(head) = head {
            let expected = Expected {
                last,
                recorded_at: self.last.recorded_at,
                epoch: 1 + self.recoveries.len() as u64,
                is_complete: self.missing.rows == 0,
            };
            head.check(&expected, &mut self.leaves, &mut self.findings);
        }
        self.leaves.finish(&mut self.findings);
        let (streams, keys, missing, limit) = (self.streams, self.keys, self.missing, self.findings.limit());
        let (of_streams, of_keys) = thread::scope(|scope| {
            let sorting = scope.spawn(move || {
                let mut findings = Findings::new(limit);
                streams.finish(missing, &mut findings).map(|()| findings)
            });
            let mut findings = Findings::new(limit);
            let keys = keys.finish(&mut findings).map(|()| findings);
            (sorting.join().unwrap_or_else(|cause| std::panic::resume_unwind(cause)), keys)
        });
        self.findings.take_over(of_streams?);
        self.findings.take_over(of_keys?);
        let root = self.leaves.root().map(hex::encode);
        let (verdict, findings_count, findings) = self.findings.finish();
        Ok(Report {
            ledger: self.ledger,
            ledger_id: self.ledger_id,
            verdict,
            events: self.events,
            root,
            recoveries: self.recoveries,
            checkpoints: self.checkpoints.count(),
            signatures_checked: self.checkpoints.are_signatures_checked(),
            kept_checkpoint_size: self.checkpoints.kept_size(),
            tree_nodes: self.nodes,
            findings_count,
            findings,
        })
    }
}
