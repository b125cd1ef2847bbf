-- Files that tasks show: images, sounds, films. Their bytes are in the store of files; here is what is known of each, and
-- the key of those that belong to somebody. No part of the history: what a task shows is recorded with the task.

create table media (
    ledger_id uuid not null,
    -- the SHA-256 of the stored bytes
    media_id bytea not null check (length(media_id) = 32),
    media_type text not null,
    -- the length of the file in the clear
    bytes bigint not null check (bytes > 0),
    width bigint,
    height bigint,
    duration_ms bigint,
    -- whose it is; its key is sealed under theirs, and goes with it
    subject_id uuid,
    sealed_key bytea,
    uploaded_by uuid not null,
    uploaded_at timestamptz not null,
    -- when its bytes were deleted, because its owner was erased
    removed_at timestamptz,
    primary key (ledger_id, media_id),
    constraint media_sealed check ((subject_id is null) = (sealed_key is null))
);

create index media_subject on media (ledger_id, subject_id) where subject_id is not null;

grant select, insert, update, delete on media to stele_server;
