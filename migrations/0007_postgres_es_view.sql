-- The events in the shape of the table `events` of postgres-es 0.5 (its `db/init.sql`), so that they can be read and folded
-- by a store that is not Stele's own. Nothing is written through it.
--
-- postgres-es knows of no tenants: it asks for an aggregate's type and id. Ids are UUIDs that are minted for one ledger, but
-- nothing keeps two ledgers of a database from having a stream of the same id, and their events must not be taken for those of
-- one stream. So a connection has to say which ledger it reads: `set stele.ledger = 'main'`, or `options=-c stele.ledger=main`
-- in its address. One that says nothing, or names no ledger, gets an error and not an empty history.
create function postgres_es_ledger() returns uuid
language plpgsql stable security definer
set search_path = pg_catalog, public, pg_temp
as $$
declare
    asked text := coalesce(current_setting('stele.ledger', true), '');
    found_id uuid;
begin
    select l.ledger_id into found_id from public.ledger as l where l.name = asked;
    if found_id is null then
        raise exception 'there is no ledger "%"', asked
            using hint = 'set stele.ledger to the name of the ledger to read', errcode = 'undefined_object';
    end if;
    return found_id;
end $$;

create view postgres_es_events as
select
    stream_type as aggregate_type,
    stream_id::text as aggregate_id,
    stream_version as sequence,
    name as event_type,
    schema_version::text as event_version,
    -- the aggregate's event as serde writes an enum: tagged with its name
    json_build_object(name, payload) as payload,
    metadata
from event
-- a scalar subquery is evaluated once, and not for every row
where ledger_id = (select postgres_es_ledger());

revoke all on function postgres_es_ledger from public;
grant execute on function postgres_es_ledger to stele_server;
grant select on postgres_es_events to stele_server;
