-- A command's receipt moves from a table of its own onto the command's events. A table for receipts cost every append a
-- second row, and every batch a second insert, for what the events mostly say themselves; measured in
-- docs/adr/0008-receipts-on-events.md. And what stood in it was not hashed, so nobody could have seen it changed: now
-- the key and the request's fingerprint are in the metadata, which is part of the Merkle leaf.

alter table event
    -- as in the metadata; on the first event of a command only, so that it is found there, once
    add column idempotency_key text collate "C",
    -- how many events the command led to, which follow each other; on the first of them only
    add column command_events integer,
    -- only `ledger_append` writes here, and its leaf hashes are 32 bytes by type
    drop constraint event_leaf_hash_check;

-- The metadata of the events that are there already can't change. So a command from before this migration has no
-- fingerprint any more, and whatever comes under its key is taken for its retry.
update event
set
    idempotency_key = receipt.idempotency_key,
    command_events = receipt.last_position - receipt.first_position + 1
from receipt
where event.ledger_id = receipt.ledger_id and event.position = receipt.first_position;

create unique index event_idempotency_key on event (ledger_id, idempotency_key) where idempotency_key is not null;

drop function ledger_append;
drop table receipt;

-- Appends one batch, whole or not at all. False means that the head is not where the caller believes it to be: another
-- epoch, another size, or another history of the same size, which the frontier tells.
--
-- `ledger_id` comes first and every argument is bound, so that a distributed PostgreSQL can hand the whole call to
-- the node that holds the ledger.
create function ledger_append(
    in_ledger_id uuid,
    in_epoch bigint,
    in_size bigint,
    in_frontier bytea,
    new_recorded_at timestamptz,
    new_frontier bytea,
    event_ids uuid[],
    stream_types text[],
    stream_ids uuid[],
    stream_versions bigint[],
    names text[],
    schema_versions integer[],
    payloads text[],
    metadatas text[],
    occurred_ats timestamptz[],
    leaf_hashes bytea[],
    idempotency_keys text[],
    command_event_counts integer[]
) returns boolean
language plpgsql
security definer
set search_path = pg_catalog, public, pg_temp
as $$
begin
    with head as (
        update public.ledger_head
        set size = in_size + cardinality(event_ids), recorded_at = new_recorded_at, frontier = new_frontier
        where ledger_id = in_ledger_id and epoch = in_epoch and size = in_size and frontier = in_frontier
        returning ledger_id
    )
    insert into public.event (
        ledger_id, position, event_id, stream_type, stream_id, stream_version, name, schema_version, payload,
        metadata, occurred_at, recorded_at, leaf_hash, idempotency_key, command_events
    )
    select
        ledger_id, in_size + place, event_id, stream_type, stream_id, stream_version, name, schema_version,
        payload::json, metadata::json, occurred_at, new_recorded_at, leaf_hash, idempotency_key, command_events
    from head, unnest(
        event_ids, stream_types, stream_ids, stream_versions, names, schema_versions, payloads, metadatas,
        occurred_ats, leaf_hashes, idempotency_keys, command_event_counts
    ) with ordinality as incoming (
        event_id, stream_type, stream_id, stream_version, name, schema_version, payload, metadata, occurred_at,
        leaf_hash, idempotency_key, command_events, place
    );
    return found;
end $$;

revoke all on function ledger_append from public;
grant execute on function ledger_append to stele_server;
