-- How people join: by invitation. No part of the history: an invitation has the address of somebody who may never come.

create table invitation (
    ledger_id uuid not null,
    invitation_id uuid not null,
    -- in the order in which they were made
    number bigint generated always as identity,
    -- who they are once they have come
    participant_id uuid not null,
    -- a keyed hash; the token itself is kept nowhere
    token_hash bytea not null check (length(token_hash) = 32),
    -- a keyed hash, as in credential
    email_hash bytea not null check (length(email_hash) = 32),
    -- the address, sealed under the key of who they are once they have come
    email jsonb not null,
    -- what they may do once they have come, and where
    roles jsonb not null,
    invited_by uuid not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    revoked_at timestamptz,
    primary key (ledger_id, invitation_id),
    check (used_at is null or revoked_at is null)
);

create unique index invitation_token on invitation (ledger_id, token_hash);

-- one open invitation for an address
create unique index invitation_open on invitation (ledger_id, email_hash) where used_at is null and revoked_at is null;

create index invitation_participant on invitation (ledger_id, participant_id);

create index invitation_number on invitation (ledger_id, number);

grant select, insert, update, delete on invitation to stele_server;
