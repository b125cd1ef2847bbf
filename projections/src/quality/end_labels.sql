update quality_label as label set known_until = ended.known_until
from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::bigint[], $7::bigint[])
    as ended (task_id, annotation_id, question, part, known_from, known_until)
where label.ledger_id = $1 and label.task_id = ended.task_id and label.annotation_id = ended.annotation_id
    and label.question = ended.question and label.part = ended.part and label.known_from = ended.known_from
