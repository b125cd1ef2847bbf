-- The ledger itself: who it belongs to, how far it has come, its events, and the receipts of its commands.
--
-- Every table is led by `ledger_id`, so that PostgreSQL can be distributed by it. The server's role may read these
-- tables and call `ledger_append`, and nothing else: it can neither change nor remove an event, nor write one past
-- the compare-and-swap on the head.

do $$
begin
    create role stele_server nologin;
exception
    -- roles belong to the whole cluster, so another database may have created it, even at this moment
    when duplicate_object or unique_violation then null;
end $$;

grant usage on schema public to stele_server;

-- lets a deployment whose login is not a superuser take the server's role on
do $$
begin
    execute format('grant stele_server to %I', current_user);
exception
    when unique_violation or invalid_grant_operation then null;
end $$;

create table ledger (
    ledger_id uuid primary key,
    name text not null unique check (name ~ '^[a-z0-9][a-z0-9.-]{0,62}$'),
    -- keys the ids that are derived from outside names and addresses, so that they can't be guessed back
    pseudonym_key bytea not null check (length(pseudonym_key) = 32),
    created_at timestamptz not null
);

create table ledger_head (
    ledger_id uuid primary key,
    -- grows when the history is taken up again after a restore, so that a writer from before can't go on
    epoch bigint not null check (epoch > 0),
    -- how many events there are, which is also the position of the last one
    size bigint not null check (size >= 0),
    recorded_at timestamptz not null,
    -- the roots of the perfect subtrees of the Merkle tree, largest first, 32 bytes each (RFC 6962)
    frontier bytea not null check (length(frontier) % 32 = 0)
);

-- Only `ledger_append` writes the next two tables, so what it assigns itself (positions, versions) is not checked
-- again row by row.

create table event (
    ledger_id uuid not null,
    position bigint not null,
    event_id uuid not null,
    stream_type text collate "C" not null,
    stream_id uuid not null,
    stream_version bigint not null,
    name text collate "C" not null,
    schema_version integer not null,
    -- json, not jsonb: the exact text is what was hashed
    payload json not null,
    metadata json not null,
    occurred_at timestamptz not null,
    recorded_at timestamptz not null,
    leaf_hash bytea not null check (length(leaf_hash) = 32),
    constraint event_position primary key (ledger_id, position),
    constraint event_stream_version unique (ledger_id, stream_id, stream_type, stream_version)
);

-- Narrow, as every command writes one: the stream is that of the event at `first_position`.
create table receipt (
    ledger_id uuid not null,
    idempotency_key text collate "C" not null,
    -- tells the same command from another one under the same key
    fingerprint bytea not null,
    first_position bigint not null,
    last_position bigint not null,
    constraint receipt_key primary key (ledger_id, idempotency_key)
);

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
    fingerprints bytea[],
    first_positions bigint[],
    last_positions bigint[]
) returns boolean
language plpgsql
security definer
set search_path = pg_catalog, public, pg_temp
as $$
begin
    update public.ledger_head
    set size = in_size + cardinality(event_ids), recorded_at = new_recorded_at, frontier = new_frontier
    where ledger_id = in_ledger_id and epoch = in_epoch and size = in_size and frontier = in_frontier;
    if not found then
        return false;
    end if;

    insert into public.event (
        ledger_id, position, event_id, stream_type, stream_id, stream_version, name, schema_version, payload,
        metadata, occurred_at, recorded_at, leaf_hash
    )
    select
        in_ledger_id, in_size + place, event_id, stream_type, stream_id, stream_version, name, schema_version,
        payload::json, metadata::json, occurred_at, new_recorded_at, leaf_hash
    from unnest(
        event_ids, stream_types, stream_ids, stream_versions, names, schema_versions, payloads, metadatas,
        occurred_ats, leaf_hashes
    ) with ordinality as incoming (
        event_id, stream_type, stream_id, stream_version, name, schema_version, payload, metadata, occurred_at,
        leaf_hash, place
    );

    insert into public.receipt (ledger_id, idempotency_key, fingerprint, first_position, last_position)
    select in_ledger_id, idempotency_key, fingerprint, first_position, last_position
    from unnest(idempotency_keys, fingerprints, first_positions, last_positions)
        as incoming (idempotency_key, fingerprint, first_position, last_position);

    return true;
end $$;

-- The position of the last event recorded at or before a time; 0 if there is none. As `recorded_at` never decreases
-- along positions, a binary search over the primary key finds it without an index of its own.
create function ledger_position_at(in_ledger_id uuid, at timestamptz) returns bigint
language plpgsql stable
set search_path = pg_catalog, public, pg_temp
as $$
declare
    low bigint := 0;
    high bigint;
    middle bigint;
    middle_at timestamptz;
begin
    select size into high from public.ledger_head where ledger_id = in_ledger_id;
    while low < coalesce(high, 0) loop
        middle := (low + high + 1) / 2;
        select recorded_at into middle_at from public.event where ledger_id = in_ledger_id and position = middle;
        if middle_at <= at then
            low := middle;
        else
            high := middle - 1;
        end if;
    end loop;
    return low;
end $$;

-- Begins a ledger, unless one of that name exists. The pair it returns is the one that holds.
create function ledger_begin(
    in_ledger_id uuid, in_name text, in_pseudonym_key bytea, at timestamptz
) returns table (ledger_id uuid, pseudonym_key bytea)
language plpgsql
security definer
set search_path = pg_catalog, public, pg_temp
as $$
#variable_conflict use_column
begin
    insert into public.ledger (ledger_id, name, pseudonym_key, created_at)
    values (in_ledger_id, in_name, in_pseudonym_key, at)
    on conflict (name) do nothing;
    if found then
        insert into public.ledger_head (ledger_id, epoch, size, recorded_at, frontier)
        values (in_ledger_id, 1, 0, at, '');
    end if;
    return query select l.ledger_id, l.pseudonym_key from public.ledger as l where l.name = in_name;
end $$;

revoke all on function ledger_append, ledger_begin from public;
grant execute on function ledger_append, ledger_begin, ledger_position_at to stele_server;
grant select on ledger, ledger_head, event, receipt to stele_server;

-- The version of the newest migration that has been applied, so that a server can tell whether it fits.
create function schema_version() returns bigint
language plpgsql stable security definer
set search_path = pg_catalog, public, pg_temp
as $$
begin
    return (select coalesce(max(version), 0) from public._sqlx_migrations where success);
end $$;

grant execute on function schema_version to stele_server;
