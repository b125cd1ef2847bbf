select asked.place as "place!", event.stream_version as "stream_version!", event.name as "name!",
    event.schema_version as "schema_version!", event.payload::text as "payload!"
from unnest($2::text[], $3::uuid[], $4::bigint[]) with ordinality as asked (stream_type, stream_id, version, place)
cross join lateral (
    select event.stream_version, event.name, event.schema_version, event.payload
    from event
    where event.ledger_id = $1 and event.stream_id = asked.stream_id and event.stream_type = asked.stream_type
        and event.stream_version > asked.version
    order by event.stream_version
    -- keeps this a walk along the index for each stream, whatever the statistics say
    offset 0
) as event
order by asked.place, event.stream_version
