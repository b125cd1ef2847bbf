select
    position, event_id, stream_type, stream_id, stream_version, name, schema_version, payload::text as "payload!",
    metadata::text as "metadata!", occurred_at as "occurred_at: crate::Instant",
    recorded_at as "recorded_at: crate::Instant", leaf_hash, idempotency_key, command_events
from event
where ledger_id = $1 and position >= $2
order by position
fetch first 8192 rows with ties
