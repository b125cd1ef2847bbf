insert into agreement_annotators (
    ledger_id, project_id, question, annotator_a, annotator_b, both_labelled, same_label
)
select $1, project_id, question, annotator_a, annotator_b, both_labelled, same_label
from unnest($2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::bigint[], $7::bigint[])
    as change (project_id, question, annotator_a, annotator_b, both_labelled, same_label)
on conflict (ledger_id, project_id, question, annotator_a, annotator_b)
do update set
    both_labelled = agreement_annotators.both_labelled + excluded.both_labelled,
    same_label = agreement_annotators.same_label + excluded.same_label
