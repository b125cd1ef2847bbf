-- The views: what the events add up to, for asking quickly. All of it can be deleted and folded again from the
-- ledger, so the server may change it freely.

create table view_checkpoint (
    ledger_id uuid not null,
    view text not null,
    -- which edition of the fold made the rows; another edition folds them anew
    fold_version integer not null,
    position bigint not null check (position >= 0),
    primary key (ledger_id, view)
);

-- directory: which projects there are, and who takes part

create table directory_project (
    ledger_id uuid not null,
    project_id uuid not null,
    name text not null,
    guidelines text,
    form json not null,
    redundancy integer not null,
    created_position bigint not null,
    primary key (ledger_id, project_id)
);

create index directory_project_order on directory_project (ledger_id, created_position);

create table directory_participant (
    ledger_id uuid not null,
    participant_id uuid not null,
    kind text not null,
    -- personal fields stay as sealed as in the event that they come from
    registered_event uuid not null,
    name json not null,
    email json,
    roles text[] not null,
    registered_position bigint not null,
    primary key (ledger_id, participant_id)
);

create index directory_participant_order on directory_participant (ledger_id, registered_position);

-- task_detail: each task with its annotations and their reviews

create table task_detail (
    ledger_id uuid not null,
    task_id uuid not null,
    project_id uuid not null,
    external_key text,
    content json not null,
    responses json not null,
    redundancy integer not null,
    closed boolean not null,
    created_position bigint not null,
    primary key (ledger_id, task_id)
);

create index task_detail_order on task_detail (ledger_id, project_id, created_position);

create table task_detail_annotation (
    ledger_id uuid not null,
    annotation_id uuid not null,
    task_id uuid not null,
    project_id uuid not null,
    annotator_id uuid not null,
    status text not null,
    form_version integer not null,
    revision integer not null,
    answers json not null,
    answers_event uuid not null,
    answers_position bigint not null,
    answered_at timestamptz not null,
    reviewer_id uuid,
    review_comment json,
    review_event uuid,
    primary key (ledger_id, annotation_id)
);

create index task_detail_annotation_task on task_detail_annotation (ledger_id, task_id, annotation_id);
create index task_detail_annotation_project on task_detail_annotation (ledger_id, project_id, status);

-- task_queue: what may be claimed, and by whom not

create table task_queue (
    ledger_id uuid not null,
    task_id uuid not null,
    project_id uuid not null,
    redundancy integer not null,
    done integer not null,
    closed boolean not null,
    created_position bigint not null,
    primary key (ledger_id, task_id)
);

create index task_queue_open on task_queue (ledger_id, project_id, created_position)
where not closed and done < redundancy;

create table task_queue_holder (
    ledger_id uuid not null,
    task_id uuid not null,
    -- a lease's id, or a current annotation's
    holding_id uuid not null,
    annotator_id uuid not null,
    -- when the lease lapses; null for an annotation, which does not
    expires_at timestamptz,
    primary key (ledger_id, task_id, holding_id)
);

create index task_queue_holder_annotator on task_queue_holder (ledger_id, annotator_id);

-- agreement: current labels, and the integer sufficient statistics over them

create table agreement_label (
    ledger_id uuid not null,
    task_id uuid not null,
    annotation_id uuid not null,
    question text not null,
    project_id uuid not null,
    annotator_id uuid not null,
    category text not null,
    primary key (ledger_id, task_id, annotation_id, question)
);

create index agreement_label_question on agreement_label (ledger_id, project_id, question, task_id);

create table agreement_coincidence (
    ledger_id uuid not null,
    project_id uuid not null,
    question text not null,
    -- how many ratings the units have that these pairs of values come from
    ratings bigint not null,
    first_value text not null,
    second_value text not null,
    pairs bigint not null,
    primary key (ledger_id, project_id, question, ratings, first_value, second_value)
);

create table agreement_annotators (
    ledger_id uuid not null,
    project_id uuid not null,
    question text not null,
    annotator_a uuid not null,
    annotator_b uuid not null check (annotator_a < annotator_b),
    both_labelled bigint not null,
    same_label bigint not null,
    primary key (ledger_id, project_id, question, annotator_a, annotator_b)
);

grant select, insert, update, delete on
    view_checkpoint, directory_project, directory_participant, task_detail, task_detail_annotation, task_queue,
    task_queue_holder, agreement_label, agreement_coincidence, agreement_annotators
to stele_server;
