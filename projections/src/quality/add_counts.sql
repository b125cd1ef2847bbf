insert into quality_count as stored (ledger_id, project_id, question, kind, digest, key, count)
select $1, project_id, question, kind, digest, key::json, change
from unnest($2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::bigint[])
    as changed (project_id, question, kind, digest, key, change)
on conflict (ledger_id, project_id, question, kind, digest) do update set count = stored.count + excluded.count
