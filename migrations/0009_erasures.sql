-- Who has been erased, found without reading the history: servers ask for it when they start and whenever someone is.
create index event_subject_erased on event (ledger_id, position) where name = 'SubjectErased';
