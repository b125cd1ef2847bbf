-- The key store: one key for each data subject, wrapped by its ledger's key. It lives in a database of its own, so that
-- a backup of the events is no backup of the keys. The ledger keys themselves are not in here: they are in a file, so
-- that a backup of this database alone opens nothing.

-- Which ledger keys there are, without the keys.
create table ledger_key (
    ledger_id uuid not null,
    version integer not null check (version > 0),
    created_at timestamptz not null default now(),
    -- from then on it wraps no new key
    retired_at timestamptz,
    -- from then on nothing that it wrapped can be unwrapped, in any backup
    destroyed_at timestamptz,
    primary key (ledger_id, version),
    check (destroyed_at is null or retired_at is not null)
);

create unique index ledger_key_current on ledger_key (ledger_id) where retired_at is null;

create table subject_key (
    ledger_id uuid not null,
    subject_id uuid not null,
    -- the ledger key that wraps it, or did last
    ledger_key_version integer,
    -- null once the key is destroyed: the row stays, so that the subject gets no other key
    wrapped bytea,
    -- SHA-256 of the key, by which an erasure certificate names it; null if the subject never had one
    fingerprint bytea check (length(fingerprint) = 32),
    created_at timestamptz not null default now(),
    destroyed_at timestamptz,
    -- which of the ledger's destructions this was
    destruction bigint,
    primary key (ledger_id, subject_id),
    check ((wrapped is null) = (destroyed_at is not null)),
    check ((destruction is null) = (destroyed_at is null))
);

create index subject_key_destruction on subject_key (ledger_id, destruction) where destruction is not null;
create index subject_key_living on subject_key (ledger_id, ledger_key_version) where wrapped is not null;

-- How many keys of a ledger have been destroyed: what a process asks to learn whether its cache may be used on.
create table destructions (
    ledger_id uuid primary key,
    count bigint not null check (count >= 0)
);
