-- Quality: who said what of which part of a task, since when and until when, and what all of it adds up to. The past is kept, so
-- that every figure can be had as of any position. It takes the place of the view `agreement`, which knew the present
-- only. The view is folded by this build.

drop table agreement_label, agreement_coincidence, agreement_annotators;
delete from view_checkpoint where view = 'agreement';

-- what a task is like; each row holds from one event (included) until another (excluded)
create table quality_task (
    ledger_id uuid not null,
    task_id uuid not null,
    project_id uuid not null,
    -- the models of its responses, in order; empty where one is not known
    models jsonb not null,
    tags jsonb not null,
    -- how many there are to read
    words integer not null,
    -- a digest of what it shows
    content uuid not null,
    known_from bigint not null,
    known_until bigint,
    primary key (ledger_id, task_id, known_from)
);

create table quality_label (
    ledger_id uuid not null,
    task_id uuid not null,
    annotation_id uuid not null,
    question text not null,
    -- what of the task it is about: the task, a response, two of them, a step
    part text not null,
    known_from bigint not null,
    known_until bigint,
    project_id uuid not null,
    annotator_id uuid not null,
    category text not null,
    form_version integer not null,
    said_at timestamptz not null,
    -- in which order the annotator saw the responses, if not in the task's
    response_order json,
    -- from the claim to the answer
    took_milliseconds bigint,
    primary key (ledger_id, task_id, annotation_id, question, part, known_from)
);

create index quality_label_question on quality_label (ledger_id, project_id, question, task_id);

-- the right answers of gold tasks
create table quality_gold (
    ledger_id uuid not null,
    task_id uuid not null,
    question text not null,
    part text not null,
    known_from bigint not null,
    known_until bigint,
    category text not null,
    primary key (ledger_id, task_id, question, part, known_from)
);

-- how and since when somebody sees a task that they have not answered yet
create table quality_lease (
    ledger_id uuid not null,
    assignment_id uuid not null,
    task_id uuid not null,
    claimed_at timestamptz not null,
    response_order json,
    primary key (ledger_id, assignment_id)
);

create index quality_lease_task on quality_lease (ledger_id, task_id);

-- the integers that the present labels add up to
create table quality_count (
    ledger_id uuid not null,
    project_id uuid not null,
    question text not null,
    kind text not null,
    -- of kind and key, which may be too long for an index
    digest uuid not null,
    key json not null,
    count bigint not null,
    primary key (ledger_id, project_id, question, kind, digest)
);

grant select, insert, update, delete on quality_task, quality_label, quality_gold, quality_lease, quality_count
    to stele_server;
