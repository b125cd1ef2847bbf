insert into task_detail_annotation (
    ledger_id, annotation_id, task_id, project_id, annotator_id, status, form_version, revision, answers,
    answers_event, answers_position, answered_at, reviewer_id, review_comment, review_event,
    guidelines_version, review_correction, task_version
)
select
    $1, annotation_id, task_id, project_id, annotator_id, status, form_version, revision, answers::json,
    answers_event, answers_position, answered_at, reviewer_id, review_comment::json, review_event,
    guidelines_version, review_correction::json, task_version
from unnest(
    $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::int[], $8::int[], $9::text[], $10::uuid[],
    $11::bigint[], $12::timestamptz[], $13::uuid[], $14::text[], $15::uuid[], $16::int[],
    $17::text[], $18::int[]
) as touched (
    annotation_id, task_id, project_id, annotator_id, status, form_version, revision, answers, answers_event,
    answers_position, answered_at, reviewer_id, review_comment, review_event, guidelines_version, review_correction,
    task_version
)
on conflict (ledger_id, annotation_id) do update set
    status = excluded.status,
    form_version = excluded.form_version,
    task_version = excluded.task_version,
    guidelines_version = excluded.guidelines_version,
    revision = excluded.revision,
    answers = excluded.answers,
    answers_event = excluded.answers_event,
    answers_position = excluded.answers_position,
    answered_at = excluded.answered_at,
    reviewer_id = excluded.reviewer_id,
    review_comment = excluded.review_comment,
    review_correction = excluded.review_correction,
    review_event = excluded.review_event
