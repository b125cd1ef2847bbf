-- lineage: which releases of datasets there are, and whose personal text left the ledger in them, so that an erasure can
-- say where copies of it may be. Like every view it can be folded again.

create table lineage_release (
    ledger_id uuid not null,
    dataset_id uuid not null,
    version text collate "C" not null,
    -- where the event stands that tells of the release
    position bigint not null,
    dataset text not null,
    format text collate "C" not null,
    project_id uuid not null,
    recipe text not null,
    -- what the ledger knew: the position of the last event that counts
    known_at bigint not null,
    rows bigint not null,
    rows_digest text collate "C" not null,
    released_at timestamptz not null,
    -- why it was taken back, if it was
    withdrawn text,
    primary key (ledger_id, dataset_id, version)
);

create index lineage_release_order on lineage_release (ledger_id, position);

create table lineage_subject (
    ledger_id uuid not null,
    subject_id uuid not null,
    dataset_id uuid not null,
    version text collate "C" not null,
    -- how many rows of the release hold personal text of theirs
    rows bigint not null,
    primary key (ledger_id, subject_id, dataset_id, version)
);

grant select, insert, update, delete on lineage_release, lineage_subject to stele_server;
