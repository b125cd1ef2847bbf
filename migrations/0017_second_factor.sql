-- What people show beside their password when they sign in. No part of the history: all of it hangs on the credential, and
-- goes with it.

create table second_factor (
    ledger_id uuid not null,
    participant_id uuid not null,
    -- another one each time that somebody begins to enrol
    factor_id uuid not null,
    -- what codes are made from, sealed under its owner's key
    secret bytea not null,
    -- when its owner showed that they can make codes with it; until then it is asked for nowhere
    confirmed_at timestamptz,
    -- the last time step of which a code was accepted; neither it nor an earlier one is accepted again
    last_step bigint,
    primary key (ledger_id, participant_id),
    check ((confirmed_at is null) = (last_step is null)),
    foreign key (ledger_id, participant_id) references credential (ledger_id, participant_id) on delete cascade
);

-- What stands in for a code once, when whatever makes codes is lost. Those that were used are gone.
create table recovery_code (
    ledger_id uuid not null,
    participant_id uuid not null,
    -- a keyed hash; the code itself is kept nowhere
    code_hash bytea not null check (length(code_hash) = 32),
    primary key (ledger_id, participant_id, code_hash),
    foreign key (ledger_id, participant_id) references second_factor (ledger_id, participant_id) on delete cascade
);

grant select, insert, update, delete on second_factor, recovery_code to stele_server;
