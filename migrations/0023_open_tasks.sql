-- How many tasks of a project need annotators is kept as they change: to count them took 43 ms among 56,000, several times a
-- second while people looked on. The view is folded anew by this build, which fills the table.

create table task_queue_open_tasks (
    ledger_id uuid not null,
    project_id uuid not null,
    open_tasks bigint not null,
    primary key (ledger_id, project_id)
);

grant select, insert, update, delete on task_queue_open_tasks to stele_server;
