-- activity: whom each event is about, for audits and before an erasure. Like every view it can be folded again.

create table activity (
    ledger_id uuid not null,
    position bigint not null,
    participant_id uuid not null,
    name text collate "C" not null,
    stream_type text collate "C" not null,
    stream_id uuid not null,
    recorded_at timestamptz not null,
    -- whether they caused the event
    is_actor boolean not null,
    -- how many of their personal fields it holds
    personal_fields integer not null,
    primary key (ledger_id, position, participant_id)
);

create index activity_participant on activity (ledger_id, participant_id, position);
create index activity_name on activity (ledger_id, name, position);

grant select, insert, update, delete on activity to stele_server;
