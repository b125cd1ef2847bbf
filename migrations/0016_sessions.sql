-- A sign-in lasts longer than an access token, and can be ended. It is no part of the history: it goes when its owner goes,
-- which is why all of it hangs on the credential.

create table session (
    ledger_id uuid not null,
    session_id uuid not null,
    participant_id uuid not null,
    started_at timestamptz not null,
    ends_at timestamptz not null,
    primary key (ledger_id, session_id),
    foreign key (ledger_id, participant_id) references credential (ledger_id, participant_id) on delete cascade
);

create index session_participant on session (ledger_id, participant_id);

-- The refresh tokens of a session, those that were exchanged as well: presented again, they end it.
create table refresh_token (
    ledger_id uuid not null,
    -- a keyed hash; the token itself is kept nowhere
    token_hash bytea not null check (length(token_hash) = 32),
    session_id uuid not null,
    -- when it was exchanged for the next one
    rotated_at timestamptz,
    primary key (ledger_id, token_hash),
    foreign key (ledger_id, session_id) references session (ledger_id, session_id) on delete cascade
);

create index refresh_token_session on refresh_token (ledger_id, session_id);

grant select, insert, update, delete on session, refresh_token to stele_server;
