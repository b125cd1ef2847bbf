select coalesce(newest.stream_version, 0) as "version!"
from unnest($2::text[], $3::uuid[]) with ordinality as asked (stream_type, stream_id, place)
left join lateral (
    select event.stream_version
    from event
    where event.ledger_id = $1 and event.stream_id = asked.stream_id and event.stream_type = asked.stream_type
    order by event.stream_version desc
    limit 1
) as newest on true
order by asked.place
