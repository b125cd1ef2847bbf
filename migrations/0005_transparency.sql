-- What makes the history verifiable from outside: signed checkpoints of the Merkle tree, and the inner nodes that tiles
-- and proofs are made of. Both are functions of the events, but for the signature; the server can only add to them.

-- C2SP tlog-checkpoints, each in its signed note. A ledger has one for every size that it was signed at.
create table checkpoint (
    ledger_id uuid not null,
    size bigint not null check (size >= 0),
    note text not null,
    primary key (ledger_id, size)
);

-- The roots of the complete subtrees of 256^level leaves, from level 1: the hashes of C2SP tlog-tiles above the leaves,
-- which are in `event`. At most one row for 255 events.
create table tree_node (
    ledger_id uuid not null,
    level integer not null check (level between 1 and 7),
    index bigint not null check (index >= 0),
    hash bytea not null check (length(hash) = 32),
    primary key (ledger_id, level, index)
);

-- Publishes a checkpoint, and the nodes that have become complete with it. False means that one of this size or a later
-- one has been published already: several servers may sign, and the first of them is enough.
create function ledger_publish(
    in_ledger_id uuid,
    in_size bigint,
    in_note text,
    levels integer[],
    indexes bigint[],
    hashes bytea[]
) returns boolean
language plpgsql
security definer
set search_path = pg_catalog, public, pg_temp
as $$
begin
    if exists (select from public.checkpoint where ledger_id = in_ledger_id and size >= in_size) then
        return false;
    end if;
    insert into public.tree_node (ledger_id, level, index, hash)
    select in_ledger_id, level, index, hash from unnest(levels, indexes, hashes) as incoming (level, index, hash)
    on conflict do nothing;
    insert into public.checkpoint (ledger_id, size, note) values (in_ledger_id, in_size, in_note)
    on conflict do nothing;
    return found;
end $$;

revoke all on function ledger_publish from public;
grant execute on function ledger_publish to stele_server;
grant select on checkpoint, tree_node to stele_server;
