-- Who has been erased, found without reading the history: servers ask for it when they start and whenever someone is.
create index event_subject_erased on event (ledger_id, position) where name = 'SubjectErased';

-- A task's content may belong to someone, sealed; it opens only with the event that it comes from. The view is folded
-- anew by this build, which fills the column.
truncate task_detail, task_detail_annotation;
alter table task_detail add column created_event uuid not null;
delete from view_checkpoint where view = 'task_detail';
