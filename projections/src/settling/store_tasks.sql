insert into settling_task (
    ledger_id, task_id, project_id, standing, standing_position, answer, posterior, adjudicator_id, adjudication,
    adjudication_form, adjudication_comment, adjudication_event, gold, gold_form, gold_event
)
select
    $1, task_id, project_id, standing, standing_position, answer, posterior, adjudicator_id, adjudication::json,
    adjudication_form, adjudication_comment::json, adjudication_event, gold::json, gold_form, gold_event
from unnest(
    $2::uuid[], $3::uuid[], $4::text[], $5::bigint[], $6::text[], $7::double precision[], $8::uuid[], $9::text[],
    $10::int[], $11::text[], $12::uuid[], $13::text[], $14::int[], $15::uuid[]
) as touched (
    task_id, project_id, standing, standing_position, answer, posterior, adjudicator_id, adjudication,
    adjudication_form, adjudication_comment, adjudication_event, gold, gold_form, gold_event
)
on conflict (ledger_id, task_id) do update set
    standing = excluded.standing,
    standing_position = excluded.standing_position,
    answer = excluded.answer,
    posterior = excluded.posterior,
    adjudicator_id = excluded.adjudicator_id,
    adjudication = excluded.adjudication,
    adjudication_form = excluded.adjudication_form,
    adjudication_comment = excluded.adjudication_comment,
    adjudication_event = excluded.adjudication_event,
    gold = excluded.gold,
    gold_form = excluded.gold_form,
    gold_event = excluded.gold_event
