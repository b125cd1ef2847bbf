-- Tasks are reviewed, agreed on, disputed and adjudicated; some are gold. Annotators have drafts, and one lease a project.
-- The views are folded anew by this build, which fills the columns.
truncate directory_project, directory_participant, task_detail, task_detail_annotation, task_queue, task_queue_holder,
    task_queue_skip;

alter table directory_project add column workflow json not null;
alter table task_detail_annotation add column review_correction json;

alter table task_queue
    -- how many annotators it has a place for now; its redundancy is how many it may have
    add column annotators integer not null,
    -- agreed on, disputed or adjudicated
    add column settled boolean not null,
    add column gold boolean not null;

-- the order in which tasks are offered
drop index task_queue_open;
create index task_queue_open on task_queue (ledger_id, project_id, gold, priority desc, created_position)
where not closed and (gold or (not settled and done < annotators));

-- settling: where tasks stand as a whole, and which annotations wait for a reviewer

create table settling_task (
    ledger_id uuid not null,
    task_id uuid not null,
    project_id uuid not null,
    standing text not null,
    -- where it came to stand there
    standing_position bigint not null,
    -- what its annotators agree on, and how probable it is that this is right
    answer text,
    posterior double precision,
    adjudicator_id uuid,
    -- personal fields stay as sealed as in the event that they come from
    adjudication json,
    adjudication_form integer,
    adjudication_comment json,
    adjudication_event uuid,
    gold json,
    gold_form integer,
    gold_event uuid,
    primary key (ledger_id, task_id)
);

create index settling_task_standing on settling_task (ledger_id, project_id, standing, standing_position);

create table settling_review (
    ledger_id uuid not null,
    annotation_id uuid not null,
    task_id uuid not null,
    project_id uuid not null,
    reason text not null,
    requested_position bigint not null,
    primary key (ledger_id, annotation_id)
);

create index settling_review_order on settling_review (ledger_id, project_id, requested_position);

-- What an annotator has written and not yet submitted: no part of the history. It is sealed with their key.
create table draft (
    ledger_id uuid not null,
    assignment_id uuid not null,
    annotator_id uuid not null,
    content json not null,
    saved_at timestamptz not null,
    primary key (ledger_id, assignment_id)
);

create index draft_annotator on draft (ledger_id, annotator_id);

-- Which lease an annotator holds in a project, so that two claims at once can't both succeed. The tasks know which leases
-- there are; this is no more than a seat that is taken before one is asked for. It need not outlive a crash.
create unlogged table lease_seat (
    ledger_id uuid not null,
    project_id uuid not null,
    annotator_id uuid not null,
    task_id uuid not null,
    assignment_id uuid not null,
    taken_at timestamptz not null,
    primary key (ledger_id, project_id, annotator_id)
);

grant select, insert, update, delete on settling_task, settling_review, draft, lease_seat to stele_server;

delete from view_checkpoint where view in ('directory', 'task_detail', 'task_queue');
