-- Tasks have priorities, tags and skills that they ask for; people have skills, and skip tasks. The views are folded anew
-- by this build, which fills the columns.
truncate directory_project, directory_participant, task_detail, task_detail_annotation, task_queue, task_queue_holder;

alter table directory_participant add column skills text[] not null;
alter table task_detail add column routing json not null;

alter table task_queue
    add column priority smallint not null,
    add column tags text[] not null,
    add column skills text[] not null;

-- the order in which tasks are offered
drop index task_queue_open;
create index task_queue_open on task_queue (ledger_id, project_id, priority desc, created_position)
where not closed and done < redundancy;

-- who would rather not do which task
create table task_queue_skip (
    ledger_id uuid not null,
    task_id uuid not null,
    annotator_id uuid not null,
    primary key (ledger_id, task_id, annotator_id)
);

grant select, insert, update, delete on task_queue_skip to stele_server;

delete from view_checkpoint where view in ('directory', 'task_detail', 'task_queue');
