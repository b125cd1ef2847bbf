-- Nearly all events are of tasks. Those of projects, datasets and people are found among them by an index of their own, which
-- recording a task's events does not have to write.

create index event_beside_tasks on event (ledger_id, stream_type, position) where stream_type <> 'task';
