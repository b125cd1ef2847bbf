-- Roles may be held in a single project. They are kept apart from those of the whole workspace, so that the people of a
-- project are found without reading everybody. The directory is folded anew by this build, which fills the rows.

create table directory_project_role (
    ledger_id uuid not null,
    project_id uuid not null,
    participant_id uuid not null,
    role text collate "C" not null,
    primary key (ledger_id, project_id, participant_id, role)
);

create index directory_project_role_participant on directory_project_role (ledger_id, participant_id);

grant select, insert, update, delete on directory_project_role to stele_server;
