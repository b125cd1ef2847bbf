insert into agreement_coincidence (ledger_id, project_id, question, ratings, first_value, second_value, pairs)
select $1, project_id, question, ratings, first_value, second_value, pairs
from unnest($2::uuid[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::bigint[])
    as change (project_id, question, ratings, first_value, second_value, pairs)
on conflict (ledger_id, project_id, question, ratings, first_value, second_value)
do update set pairs = agreement_coincidence.pairs + excluded.pairs
