-- People may sign in with an account that they have with an OpenID Connect issuer. No part of the history: all of it hangs on
-- what it belongs to, and goes with it.

create table external_identity (
    ledger_id uuid not null,
    -- a keyed hash of the issuer and of the subject there; neither is kept in clear
    identity_hash bytea not null check (length(identity_hash) = 32),
    participant_id uuid not null,
    linked_at timestamptz not null,
    primary key (ledger_id, identity_hash),
    -- one for each person, as there is one issuer
    constraint external_identity_participant unique (ledger_id, participant_id),
    foreign key (ledger_id, participant_id) references credential (ledger_id, participant_id) on delete cascade
);

-- A visit to the issuer from which nobody has come back yet. It is deleted by whoever comes back first.
create table external_login (
    ledger_id uuid not null,
    -- a keyed hash of the handle, from which state, nonce and verifier follow; none of them is kept
    handle_hash bytea not null check (length(handle_hash) = 32),
    -- the session that an identity is to be linked in; null for a sign-in
    session_id uuid,
    expires_at timestamptz not null,
    primary key (ledger_id, handle_hash),
    foreign key (ledger_id, session_id) references session (ledger_id, session_id) on delete cascade
);

create index external_login_session on external_login (ledger_id, session_id);

create index external_login_expiry on external_login (ledger_id, expires_at);

grant select, insert, update, delete on external_identity, external_login to stele_server;
