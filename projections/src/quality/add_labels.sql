insert into quality_label (
    ledger_id, task_id, project_id, annotation_id, question, part, annotator_id, category, form_version, said_at,
    response_order, took_milliseconds, known_from, known_until
)
select $1, task_id, project_id, annotation_id, question, part, annotator_id, category, form_version, said_at,
    response_order::json, took_milliseconds, known_from, known_until
from unnest(
    $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::uuid[], $8::text[], $9::int[], $10::timestamptz[],
    $11::text[], $12::bigint[], $13::bigint[], $14::bigint[]
) as new (
    task_id, project_id, annotation_id, question, part, annotator_id, category, form_version, said_at,
    response_order, took_milliseconds, known_from, known_until
)
