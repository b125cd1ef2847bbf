-- What tells people and programs that something happened: notifications for people, webhooks for programs.

-- notification: what people are told, as references and never as text. Like every view it can be folded again.
create table notification (
    ledger_id uuid not null,
    participant_id uuid not null,
    -- where the event stands that they are told of
    position bigint not null,
    kind text collate "C" not null,
    -- the verdict, the role, the skill or the version that it is about
    detail text,
    project_id uuid,
    task_id uuid,
    annotation_id uuid,
    recorded_at timestamptz not null,
    primary key (ledger_id, participant_id, position)
);

create index notification_position on notification (ledger_id, position);

-- whose each annotation is: a review does not say
create table notification_annotation (
    ledger_id uuid not null,
    annotation_id uuid not null,
    annotator_id uuid not null,
    primary key (ledger_id, annotation_id)
);

-- who has worked in which project
create table notification_worker (
    ledger_id uuid not null,
    project_id uuid not null,
    participant_id uuid not null,
    primary key (ledger_id, project_id, participant_id)
);

-- who is told of releases, and by which of their roles
create table notification_role (
    ledger_id uuid not null,
    participant_id uuid not null,
    role text collate "C" not null,
    primary key (ledger_id, participant_id, role)
);

-- How far people have read. Not part of the view: nobody else's business, so no event tells of it, and a rebuild leaves it.
create table notification_read (
    ledger_id uuid not null,
    participant_id uuid not null,
    position bigint not null check (position >= 0),
    primary key (ledger_id, participant_id)
);

-- Where programs are told. Not part of the history: an address may hold a secret, which could never be removed from there.
create table webhook (
    ledger_id uuid not null,
    webhook_id uuid not null,
    url text not null,
    -- the events that it is told of; all of them if there are none
    event_names text[] not null,
    -- only events of this project
    project_id uuid,
    created_by uuid not null,
    created_at timestamptz not null,
    -- tells a request that is sent again from another one under its key
    fingerprint bytea not null check (length(fingerprint) = 16),
    -- sealed under a key of the webhook's own in the key store
    secret bytea not null,
    -- signs as well until then
    old_secret bytea,
    old_secret_until timestamptz,
    -- the command that changed the secret last, so that it has one effect
    rotated_under text collate "C",
    -- the last position that it has been told of, or that is none of its business
    position bigint not null check (position >= 0),
    -- how often the next message has failed, and when it is tried again
    failures integer not null check (failures >= 0),
    next_attempt_at timestamptz,
    -- why nothing is sent any more
    disabled text,
    -- which process sends at the moment, and until when nobody else may
    held_by uuid,
    held_until timestamptz,
    primary key (ledger_id, webhook_id)
);

-- Every attempt to send a message; the last thousand of a webhook are kept.
create table webhook_delivery (
    ledger_id uuid not null,
    webhook_id uuid not null,
    -- in the order in which they were made
    number bigint generated always as identity,
    message_id uuid not null,
    -- the event that it tells of; null for a test
    position bigint,
    attempt integer not null check (attempt > 0),
    attempted_at timestamptz not null,
    duration_millis bigint not null,
    -- what the receiver answered with, if it did
    status integer,
    error text,
    next_attempt_at timestamptz,
    primary key (ledger_id, webhook_id, number)
);

grant select, insert, update, delete on
    notification, notification_annotation, notification_worker, notification_role, notification_read, webhook,
    webhook_delivery
to stele_server;
