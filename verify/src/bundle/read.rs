//! Verifying a bundle.

use std::{io, panic, path::Path, thread};

use stele_tlog::Verifier;
use uuid::Uuid;

use super::{
    input::{Input, Text},
    line::{End, FORMAT, Header, Line, VERSION},
};
use crate::{
    audit::{Audit, Options},
    checkpoint::StoredCheckpoint,
    digest::{Digested, Done, on_every_core},
    error::VerifyError,
    finding::{FindingKind, Findings},
    report::Report,
};

/// A line that has been read and, if it is an event, digested.
struct Parsed {
    content: Content,
    /// Whether it is written in the one way there is.
    is_canonical: bool,
}

enum Content {
    Header,
    Event(Digested),
    Checkpoint(StoredCheckpoint),
    End(End),
    Unreadable(String),
    Damage { what: String, is_cut_off: bool },
}

/// Verifies the bundle in this file, without a database.
///
/// `progress` is told positions as they have been checked.
pub fn verify_bundle(file: &Path, options: &Options, progress: impl Fn(u64)) -> Result<Report, VerifyError> {
    let mut input = Input::open(file)?;
    let (header, is_canonical) = match header(&mut input)? {
        Ok(header) => header,
        Err(detail) => return Ok(without_header(&detail, options)),
    };
    if header.version != VERSION {
        return Err(VerifyError::BundleVersion(header.version));
    }
    let ledger_id = header.ledger_id;
    let audit = Audit::new(ledger_id, &header.ledger, options)?;
    let mut reading = Reading { audit, line: 1, end: None };
    reading.check_header(&header, is_canonical, options);
    let mut digesting: Option<thread::JoinHandle<Done<Parsed>>> = None;
    loop {
        // the next page is read and then digested while this one is checked
        let page = input.page()?;
        let is_last = page.is_empty();
        let next = (!is_last).then(|| thread::spawn(move || digest(ledger_id, page)));
        if let Some(digested) = std::mem::replace(&mut digesting, next) {
            for parsed in digested.join().unwrap_or_else(|cause| panic::resume_unwind(cause)) {
                reading.take(parsed)?;
            }
            // a bundle has no nodes to compare them with
            drop(reading.audit.leaves.take_complete());
            progress(reading.audit.position());
        }
        if is_last {
            return Ok(reading.finish()?);
        }
    }
}

/// The header and whether it is canonical, or why there is none.
fn header(input: &mut Input) -> io::Result<Result<(Header, bool), String>> {
    Ok(match input.next()? {
        None => Err("the file is empty".to_owned()),
        Some(Text::Damage { what, .. }) => Err(what),
        Some(Text::Line(line)) => match Line::parse(&line, &mut Vec::new()) {
            Ok((Line::Header(header), is_canonical)) => Ok((header, is_canonical)),
            Ok(_) => Err("it is not a header".to_owned()),
            Err(error) => Err(unreadable(&error)),
        },
    })
}

/// Without a header it is not known whose history it is, and nothing can be checked.
fn without_header(detail: &str, options: &Options) -> Report {
    let mut findings = Findings::new(options.max_findings);
    findings.tampered(None, "line", format!("line 1: {detail}"));
    let (verdict, findings_count, findings) = findings.finish();
    Report {
        ledger: String::new(),
        ledger_id: Uuid::nil(),
        verdict,
        events: 0,
        root: None,
        recoveries: Vec::new(),
        checkpoints: 0,
        signatures_checked: false,
        kept_checkpoint_size: None,
        tree_nodes: 0,
        findings_count,
        findings,
    }
}

fn digest(ledger_id: Uuid, page: Vec<Text>) -> Done<Parsed> {
    on_every_core(ledger_id, page, |digester, text| match text {
        Text::Damage { what, is_cut_off } => {
            Parsed { content: Content::Damage { what, is_cut_off }, is_canonical: true }
        }
        Text::Line(line) => match Line::parse(&line, digester.buffer()) {
            Ok((line, is_canonical)) => {
                let content = match line {
                    Line::Header(_) => Content::Header,
                    Line::Event(event) => Content::Event(digester.digest(&event)),
                    Line::Checkpoint(checkpoint) => Content::Checkpoint(checkpoint),
                    Line::End(end) => Content::End(end),
                };
                Parsed { content, is_canonical }
            }
            Err(error) => Parsed { content: Content::Unreadable(unreadable(&error)), is_canonical: true },
        },
    })
}

/// What is wrong with a line, in words that quote nothing of it.
fn unreadable(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        serde_json::error::Category::Data => "it is not what a bundle holds",
        _ => "it is not JSON",
    };
    format!("{what}, at column {}", error.column())
}

struct Reading {
    audit: Audit,
    line: u64,
    end: Option<End>,
}

impl Reading {
    fn check_header(&mut self, header: &Header, is_canonical: bool, options: &Options) {
        let mut tampered = |field, detail: &str| self.audit.findings.tampered(None, field, detail);
        if !is_canonical {
            tampered("line", "line 1: it is not written in the one way there is");
        }
        if header.format != FORMAT {
            tampered("header.format", "it is not the name of the format");
        }
        let key = header.key.as_ref().map(|key| key.parse::<Verifier>().ok());
        match (key, &options.key) {
            (Some(None), _) => tampered("header.key", "it is not a verifier key"),
            (Some(Some(key)), Some(given)) if key != *given => tampered("header.key", "it is not the key given"),
            _ => {}
        }
    }

    fn take(&mut self, parsed: Parsed) -> io::Result<()> {
        self.line += 1;
        if self.end.is_some() && !matches!(parsed.content, Content::Damage { .. }) {
            self.tampered("it comes after the end");
            return Ok(());
        }
        if !parsed.is_canonical {
            self.tampered("it is not written in the one way there is");
        }
        match parsed.content {
            Content::Header => self.tampered("it is another header"),
            Content::Event(event) => self.audit.event(&event)?,
            Content::Checkpoint(checkpoint) => self.audit.checkpoint(&checkpoint),
            Content::End(end) => self.end = Some(end),
            Content::Unreadable(what) => self.audit.unreadable("line", format!("line {}: {what}", self.line)),
            Content::Damage { what, is_cut_off } => {
                let kind = if is_cut_off { FindingKind::Incomplete } else { FindingKind::Tampered };
                let next = self.audit.position() + 1;
                self.audit.findings.add(kind, next, "line", format!("line {}: {what}", self.line));
            }
        }
        Ok(())
    }

    fn tampered(&mut self, what: &str) {
        let next = self.audit.position() + 1;
        self.audit.findings.tampered(next, "line", format!("line {}: {what}", self.line));
    }

    fn finish(mut self) -> io::Result<Report> {
        let next = self.audit.position() + 1;
        let Some(end) = self.end else {
            self.audit.findings.add(FindingKind::Incomplete, next, "end", "the bundle has no end");
            return self.audit.finish(None);
        };
        let found = self.audit.checkpoints();
        if end.checkpoints != found {
            let kind = if end.checkpoints > found { FindingKind::Incomplete } else { FindingKind::Tampered };
            let detail = format!("there should be {} checkpoints, and there are {found}", end.checkpoints);
            self.audit.findings.add(kind, None, "end.checkpoints", detail);
        }
        if end.head.is_none() {
            self.audit.findings.tampered(None, "end.head", "the ledger had no head");
        }
        self.audit.finish(end.head.as_ref())
    }
}
