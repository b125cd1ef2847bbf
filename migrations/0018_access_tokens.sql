-- What programs call with in somebody's name. No part of the history: all of it hangs on the credential, and goes with it.

create table personal_access_token (
    ledger_id uuid not null,
    token_id uuid not null,
    participant_id uuid not null,
    -- a keyed hash; the token itself is kept nowhere
    token_hash bytea not null check (length(token_hash) = 32),
    -- what its owner calls it, sealed under their key
    name jsonb not null,
    -- what it may be used for
    level text collate "C" not null check (level in ('read', 'write')),
    -- the only project in which its owner's roles count
    project_id uuid,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    -- to within a day
    last_used_at timestamptz,
    revoked_at timestamptz,
    primary key (ledger_id, token_id),
    constraint personal_access_token_hash unique (ledger_id, token_hash),
    foreign key (ledger_id, participant_id) references credential (ledger_id, participant_id) on delete cascade
);

create index personal_access_token_participant on personal_access_token (ledger_id, participant_id);

grant select, insert, update, delete on personal_access_token to stele_server;
