-- What a task shows has versions, and an annotation knows which one it answers. Managers see who skipped a task, and why.
-- The view is folded anew by this build, which fills the columns.
truncate task_detail, task_detail_annotation;

-- what it shows now belongs to the event that created or last revised it
alter table task_detail rename column created_event to content_event;
alter table task_detail add column version integer not null;

alter table task_detail_annotation add column task_version integer not null;

-- what tasks showed before they were revised, and why they were
create table task_detail_earlier (
    ledger_id uuid not null,
    task_id uuid not null,
    version integer not null,
    -- personal fields stay as sealed as in the event that they come from
    content json not null,
    responses json not null,
    content_event uuid not null,
    -- what became of the annotations that were given by then
    annotations text not null,
    reason json not null,
    -- the event that revised it, which the reason belongs to
    revised_event uuid not null,
    revised_at timestamptz not null,
    primary key (ledger_id, task_id, version)
);

create table task_detail_skip (
    ledger_id uuid not null,
    task_id uuid not null,
    assignment_id uuid not null,
    annotator_id uuid not null,
    -- sealed, as in the event that it comes from
    reason json,
    skipped_event uuid not null,
    skipped_position bigint not null,
    skipped_at timestamptz not null,
    primary key (ledger_id, task_id, assignment_id)
);

grant select, insert, update, delete on task_detail_earlier, task_detail_skip to stele_server;

delete from view_checkpoint where view = 'task_detail';
