-- Releases of datasets are asked for through the API, and made by an export worker. The view `lineage` tells what was asked for, what
-- became of it, and what is planned; it is folded anew by this build, which fills the tables.

create table lineage_request (
    ledger_id uuid not null,
    dataset_id uuid not null,
    request_id uuid not null,
    -- where the event stands that tells of the request
    position bigint not null,
    dataset text not null,
    project_id uuid not null,
    recipe text not null,
    -- what the ledger is to have known: the position of the last event that counts
    known_at bigint not null,
    happened_by timestamptz,
    requested_by uuid,
    -- whether a plan asked
    planned boolean not null,
    requested_at timestamptz not null,
    -- pending, met, failed or cancelled
    status text collate "C" not null,
    -- the release that met it
    version text collate "C",
    -- why it can't be met
    reason text,
    ended_at timestamptz,
    primary key (ledger_id, request_id, dataset_id)
);

create index lineage_request_order on lineage_request (ledger_id, position);

create table lineage_plan (
    ledger_id uuid not null,
    dataset_id uuid not null,
    -- where the event stands that tells of the plan
    position bigint not null,
    dataset text not null,
    project_id uuid not null,
    recipe text not null,
    -- when it asks: one of the two
    every_approved bigint,
    every_hours bigint,
    planned_by uuid not null,
    planned_at timestamptz not null,
    primary key (ledger_id, dataset_id)
);

create index lineage_plan_order on lineage_plan (ledger_id, position);

-- How far the worker has come that makes a release. It is written once a second and says nothing that need survive a crash.
create unlogged table release_progress (
    ledger_id uuid not null,
    request_id uuid not null,
    -- how many of how many positions have been read
    read bigint not null,
    total bigint not null,
    -- when the worker was last heard of
    updated_at timestamptz not null,
    primary key (ledger_id, request_id)
);

grant select, insert, update, delete on lineage_request, lineage_plan, release_progress to stele_server;
