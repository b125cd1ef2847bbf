-- What people sign in with. Not part of the history: a password changes in place, and goes when its owner goes.

create table credential (
    ledger_id uuid not null,
    -- a keyed hash of the address, so that signing in finds a person without the address being stored in clear
    email_hash bytea not null check (length(email_hash) = 32),
    participant_id uuid not null,
    -- Argon2id, in the PHC string format
    password_hash text not null,
    primary key (ledger_id, email_hash),
    constraint credential_participant unique (ledger_id, participant_id)
);

grant select, insert, update, delete on credential to stele_server;
