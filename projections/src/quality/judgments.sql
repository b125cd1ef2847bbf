select label.task_id, label.annotation_id, label.part, label.annotator_id, label.category, label.form_version,
    label.said_at, label.response_order::text, label.took_milliseconds, label.known_from,
    task.models::text as "models!", task.words, task.content, gold.category as "right?", annotator.kind = 'machine' as "is_machine?"
from quality_label as label
join quality_task as task
    on task.ledger_id = label.ledger_id and task.task_id = label.task_id
        and task.known_from <= $4 and (task.known_until is null or task.known_until > $4)
left join quality_gold as gold
    on gold.ledger_id = label.ledger_id and gold.task_id = label.task_id
        and gold.question = label.question and gold.part = label.part
        and gold.known_from <= $4 and (gold.known_until is null or gold.known_until > $4)
left join directory_participant as annotator
    on annotator.ledger_id = label.ledger_id and annotator.participant_id = label.annotator_id
where label.ledger_id = $1 and label.project_id = $2 and label.question = $3
    and label.known_from <= $4 and (label.known_until is null or label.known_until > $4)
    and ($5::text is null or task.tags ? $5)
    and ($6::text is null or task.models ? $6)
    and ($7::int is null or label.form_version = $7)
    and ($8::timestamptz is null or label.said_at >= $8)
    and ($9::timestamptz is null or label.said_at < $9)
order by label.task_id, label.part, label.known_from, label.annotation_id
