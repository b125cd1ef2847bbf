//! Changes that somebody might make, each with where it must be found.

use std::ops::RangeInclusive;

use rand::{RngExt, rngs::StdRng};

/// The id of the ledger `main` in SQL.
const MAIN: &str = "(select ledger_id from ledger where name = 'main')";

/// A change, and what a verification must say about it.
pub(crate) struct Mutation {
    pub(crate) sql: String,
    /// A finding must be at one of these positions; anywhere if there are none.
    pub(crate) positions: Vec<RangeInclusive<u64>>,
    /// A finding must name this field.
    pub(crate) field: Option<&'static str>,
}

impl Mutation {
    fn at(position: u64, field: &'static str, sql: String) -> Self {
        Self { sql, positions: vec![position..=position], field: Some(field) }
    }

    fn anywhere(field: &'static str, sql: String) -> Self {
        Self { sql, positions: Vec::new(), field: Some(field) }
    }
}

/// How many kinds of changes to rows there are.
pub(crate) const KINDS: usize = 37;

/// Changes rows of the ledger `main`, which has `events` events; numbers in a row give every kind in turn.
pub(crate) fn mutation(random: &mut StdRng, number: usize, events: u64) -> Mutation {
    match number % KINDS {
        kind @ 0..=17 => of_column(random, kind, events),
        kind @ 18..=24 => of_events(random, kind, events),
        kind @ 25..=29 => of_head(random, kind, events),
        kind => of_proofs(random, kind),
    }
}

fn update(position: u64, set: &str) -> String {
    format!("update event set {set} where ledger_id = {MAIN} and position = {position}")
}

/// One column of one event.
fn of_column(random: &mut StdRng, kind: usize, events: u64) -> Mutation {
    let position = random.random_range(1..=events);
    let bit = random.random_range(0..256);
    let (field, set) = match kind {
        0 => ("leaf", "event_id = gen_random_uuid()".into()),
        1 => ("leaf", "stream_type = stream_type || 's'".into()),
        2 => ("leaf", "stream_id = gen_random_uuid()".into()),
        3 => ("stream_version", format!("stream_version = stream_version + {}", random.random_range(1..9))),
        4 => ("stream_version", "stream_version = -stream_version".into()),
        5 => ("leaf", "name = 'LedgerRecovered'".into()),
        6 => ("leaf", "schema_version = schema_version + 1".into()),
        7 => ("schema_version", "schema_version = -1".into()),
        8 => ("leaf", "payload = (payload::text || ' ')::json".into()),
        // a digit of the number that every payload has
        9 => ("leaf", "payload = regexp_replace(payload::text, '([0-9])}$', '1\\1}')::json".into()),
        10 => ("metadata", "metadata = (regexp_replace(metadata::text, '}$', ',\"more\":1}'))::json".into()),
        11 => ("metadata", "metadata = replace(metadata::text, ' command ', ' commend ')::json".into()),
        12 => ("leaf", "occurred_at = occurred_at + interval '1 microsecond'".into()),
        13 => ("occurred_at", "occurred_at = 'infinity'".into()),
        14 => ("recorded_at", "recorded_at = recorded_at - interval '1 day'".into()),
        15 => ("leaf_hash", format!("leaf_hash = set_bit(leaf_hash, {bit}, 1 - get_bit(leaf_hash, {bit}))")),
        16 => ("idempotency_key", "idempotency_key = coalesce(idempotency_key || '1', 'another')".into()),
        _ => ("command_events", "command_events = coalesce(command_events + 1, 1)".into()),
    };
    // a time that is earlier than those before shows, but for the first event, which has none before
    let field = if kind == 14 && position == 1 { "leaf" } else { field };
    Mutation::at(position, field, update(position, &set))
}

/// Rows that go, come, or change places.
fn of_events(random: &mut StdRng, kind: usize, events: u64) -> Mutation {
    let position = random.random_range(1..events);
    let other = random.random_range(position + 1..=events);
    match kind {
        18 => Mutation::at(
            position,
            "position",
            format!("delete from event where ledger_id = {MAIN} and position = {position}"),
        ),
        19 => Mutation::at(
            position,
            "ledger_head.size",
            format!("delete from event where ledger_id = {MAIN} and position >= {position}"),
        ),
        20 => Mutation::at(
            position,
            "position",
            update(position, &format!("position = {}", events + random.random_range(1..5))),
        ),
        21 => Mutation::at(position, "ledger_id", update(position, "ledger_id = gen_random_uuid()")),
        22 => Mutation::at(
            position,
            "position",
            update(position, "ledger_id = (select ledger_id from ledger where name = 'other'), position = 21"),
        ),
        23 if random.random_bool(0.5) => Mutation::at(events + 1, "ledger_head.size", insert(events + 1, position)),
        23 => {
            let twice = format!("alter table event drop constraint event_position; {}", insert(position, other));
            Mutation::at(position, "position", twice)
        }
        _ => {
            let mut swapped = Mutation::at(position, "recorded_at", swap(position, other));
            swapped.positions.push(position..=other);
            swapped.field = None;
            swapped
        }
    }
}

/// A forged row: another one's content at a position of its own, with whatever no constraint lets pass made up.
fn insert(position: u64, like: u64) -> String {
    format!(
        "insert into event select ledger_id, {position}, gen_random_uuid(), stream_type, gen_random_uuid(), 1, name,
            schema_version, payload, metadata, occurred_at, recorded_at, leaf_hash, null, null
        from event where ledger_id = {MAIN} and position = {like}"
    )
}

fn swap(one: u64, other: u64) -> String {
    let move_to = |from: u64, to: i64| {
        format!("update event set position = {to} where ledger_id = {MAIN} and position = {from};")
    };
    let back = format!("update event set position = {other} where ledger_id = {MAIN} and position = -1;");
    [move_to(one, -1), move_to(other, one.cast_signed()), back].concat()
}

fn of_head(random: &mut StdRng, kind: usize, events: u64) -> Mutation {
    let bit = random.random_range(0..256);
    let (field, set) = match kind {
        25 => ("ledger_head.size", format!("size = {}", random.random_range(0..events))),
        26 => ("ledger_head.size", format!("size = {}", events + random.random_range(1..1000))),
        27 => ("ledger_head.epoch", format!("epoch = {}", random.random_range(2..9))),
        28 => ("ledger_head.recorded_at", "recorded_at = recorded_at + interval '1 microsecond'".into()),
        _ => ("ledger_head.frontier", format!("frontier = set_bit(frontier, {bit}, 1 - get_bit(frontier, {bit}))")),
    };
    Mutation::anywhere(field, format!("update ledger_head set {set} where ledger_id = {MAIN}"))
}

/// Checkpoints and nodes. That an earlier checkpoint is gone can't be seen; that the last is, can.
fn of_proofs(random: &mut StdRng, kind: usize) -> Mutation {
    let sizes = [0, 1, 100, 256, 700, 1_024, 1_500, 1_950];
    let size = sizes[random.random_range(0..sizes.len())];
    let (index, bit) = (random.random_range(0..7), random.random_range(0..256));
    let checkpoint = format!("where ledger_id = {MAIN} and size = {size}");
    let last = format!("where ledger_id = {MAIN} and size = 1950");
    let node = format!("where ledger_id = {MAIN} and level = 1 and index = {index}");
    let (field, sql) = match kind {
        30 => ("checkpoint.size", format!("update checkpoint set size = size + 2 {checkpoint}")),
        31 => {
            // any character of it but the newlines
            let place = random.random_range(0..1000);
            let flipped = format!(
                "overlay(note placing chr(ascii(substr(note, 1 + {place} % length(note), 1)) # 1) from 1 + {place} % length(note))"
            );
            ("checkpoint.note", format!("update checkpoint set note = {flipped} {checkpoint}"))
        }
        32 => ("checkpoint.ledger_id", format!("update checkpoint set ledger_id = gen_random_uuid() {checkpoint}")),
        33 => ("tree_node.index", format!("delete from checkpoint {last}")),
        34 => (
            "tree_node.hash",
            format!("update tree_node set hash = set_bit(hash, {bit}, 1 - get_bit(hash, {bit})) {node}"),
        ),
        35 => ("tree_node.index", format!("delete from tree_node {node}")),
        _ => {
            let sets = ["index = index + 7", "level = 2", "ledger_id = gen_random_uuid()", "index = index + 1000000"];
            ("tree_node.index", format!("update tree_node set {} {node}", sets[random.random_range(0..sets.len())]))
        }
    };
    Mutation::anywhere(field, sql)
}
