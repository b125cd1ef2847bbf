//! `postgres-es`, through the framework that it is made for.

use std::{collections::HashMap, convert::Infallible, sync::Arc};

use anyhow::Context;
use cqrs_es::{Aggregate, DomainEvent, event_sink::EventSink};
use postgres_es::{PostgresCqrs, postgres_cqrs};
use serde::{Deserialize, Serialize};
use sqlx_of_postgres_es::postgres::{PgConnectOptions, PgPoolOptions};

use super::{
    closed_loop::Store,
    workload::{AnswerGiven, Command},
};
use crate::scratch::Scratch;

/// The table, as its repository's `db/init.sql` creates it.
const EVENTS: &str = "create table events (
    aggregate_type text not null,
    aggregate_id text not null,
    sequence bigint check (sequence >= 0) not null,
    event_type text not null,
    event_version text not null,
    payload json not null,
    metadata json not null,
    primary key (aggregate_type, aggregate_id, sequence)
)";

/// The aggregate that answers every command with one event.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Task;

impl Aggregate for Task {
    const TYPE: &'static str = "task";
    type Command = AnswerGiven;
    type Event = AnswerGiven;
    type Error = Infallible;
    type Services = ();

    async fn handle(&mut self, answer: AnswerGiven, (): &(), sink: &EventSink<Self>) -> Result<(), Infallible> {
        sink.write(answer, self).await;
        Ok(())
    }

    fn apply(&mut self, _: AnswerGiven) {}
}

impl DomainEvent for AnswerGiven {
    fn event_type(&self) -> String {
        "AnswerGiven".to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

/// Its event table in the scratch database, without queries and snapshots.
#[derive(Clone)]
pub(crate) struct PostgresEsStore {
    framework: Arc<PostgresCqrs<Task>>,
}

impl PostgresEsStore {
    /// Creates the table, and connects with a pool of so many connections.
    pub(crate) async fn open(scratch: &Scratch, connections: u32) -> anyhow::Result<Self> {
        let options: PgConnectOptions = scratch.server_url().parse()?;
        let options = options.database(scratch.name());
        let pool = PgPoolOptions::new().max_connections(connections).connect_with(options).await?;
        sqlx_of_postgres_es::query(EVENTS).execute(&pool).await?;
        Ok(Self { framework: Arc::new(postgres_cqrs(pool, Vec::new(), ())) })
    }
}

impl Store for PostgresEsStore {
    async fn append(&self, command: Command) -> anyhow::Result<()> {
        let metadata =
            HashMap::from([("actor".into(), command.actor.to_string()), ("command_id".into(), command.key)]);
        self.framework
            .execute_with_metadata(&command.stream.to_string(), command.answer, metadata)
            .await
            .context("postgres-es did not take a command")
    }
}
