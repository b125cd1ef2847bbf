//! Many callers, one statement: what several ask at once is asked of the database together.
//!
//! It is group commit for everything else. While a statement runs, whoever comes next waits, and the next one is for all of
//! them; one who comes alone is served at once. An answer is as fresh as one of the caller's own: it is asked for after
//! they came.

use std::{sync::Arc, time::Duration};

use sqlx::{PgConnection, PgPool, Postgres, pool::PoolConnection};
use tokio::{
    sync::{mpsc, oneshot},
    time::{self, Instant},
};

/// How many inputs one statement takes.
const MOST: usize = 256;
/// How long a connection is kept for what comes next. Asking the pool for one costs round trips of its own.
const KEPT_FOR: Duration = Duration::from_secs(1);

/// A statement that takes any number of inputs at a time.
pub trait Statement: Send + Sync + 'static {
    /// What it is run for.
    type Input: Send + Sync + 'static;
    /// What comes of it.
    type Output: Send + 'static;

    /// One output for each of the inputs, in their order.
    fn run(
        &self,
        connection: &mut PgConnection,
        inputs: &[Self::Input],
    ) -> impl Future<Output = Result<Vec<Self::Output>, sqlx::Error>> + Send;
}

/// A statement for several callers failed, or is not run any more.
#[derive(Clone, Debug, thiserror::Error)]
#[error("PostgreSQL: {0}")]
pub struct StatementError(Arc<sqlx::Error>);

impl From<sqlx::Error> for StatementError {
    fn from(error: sqlx::Error) -> Self {
        Self(Arc::new(error))
    }
}

type Outcome<S> = Result<<S as Statement>::Output, StatementError>;

struct Pending<S: Statement> {
    input: S::Input,
    caller: oneshot::Sender<Outcome<S>>,
}

/// A statement that its callers share.
pub struct Batched<S: Statement> {
    queue: mpsc::UnboundedSender<Pending<S>>,
}

impl<S: Statement> Batched<S> {
    /// Begins to serve. Must be called within a Tokio runtime; the background task ends with the handle.
    ///
    /// The statement is run once in `pace` at most, for all who have come in the meantime. Whoever comes after a time of
    /// rest does not wait.
    pub fn start(pool: PgPool, statement: S, pace: Duration) -> Self {
        let (queue, waiting) = mpsc::unbounded_channel();
        tokio::spawn(serve(pool, statement, pace, waiting));
        Self { queue }
    }

    /// What comes of an input, now.
    pub async fn run(&self, input: S::Input) -> Result<S::Output, StatementError> {
        let closed = || StatementError::from(sqlx::Error::PoolClosed);
        let (caller, outcome) = oneshot::channel();
        self.queue.send(Pending { input, caller }).map_err(|_| closed())?;
        outcome.await.map_err(|_| closed())?
    }
}

async fn serve<S: Statement>(
    pool: PgPool,
    statement: S,
    pace: Duration,
    mut waiting: mpsc::UnboundedReceiver<Pending<S>>,
) {
    let (mut kept, mut due) = (None, Instant::now());
    let mut batch = Vec::with_capacity(MOST);
    loop {
        let arrived = time::timeout(KEPT_FOR, waiting.recv_many(&mut batch, MOST)).await;
        let taken = if let Ok(taken) = arrived {
            taken
        } else {
            kept = None;
            waiting.recv_many(&mut batch, MOST).await
        };
        if taken == 0 {
            return;
        }
        if Instant::now() < due {
            time::sleep_until(due).await;
        }
        while batch.len() < MOST
            && let Ok(pending) = waiting.try_recv()
        {
            batch.push(pending);
        }
        due = Instant::now() + pace;
        let (inputs, callers): (Vec<_>, Vec<_>) =
            batch.drain(..).map(|pending| (pending.input, pending.caller)).unzip();
        match run(&pool, &statement, &mut kept, &inputs).await {
            // one who has gone away no longer cares
            Ok(outputs) => {
                callers.into_iter().zip(outputs).for_each(|(caller, output)| drop(caller.send(Ok(output))));
                // others may wait for a connection, and the pool has no more
                if pool.num_idle() == 0 && pool.size() >= pool.options().get_max_connections() {
                    kept = None;
                }
            }
            Err(error) => {
                kept = None;
                let error = StatementError::from(error);
                callers.into_iter().for_each(|caller| drop(caller.send(Err(error.clone()))));
            }
        }
    }
}

async fn run<S: Statement>(
    pool: &PgPool,
    statement: &S,
    kept: &mut Option<PoolConnection<Postgres>>,
    inputs: &[S::Input],
) -> Result<Vec<S::Output>, sqlx::Error> {
    let connection = match kept.take() {
        Some(connection) => connection,
        None => pool.acquire().await?,
    };
    let outputs = statement.run(kept.insert(connection), inputs).await?;
    if outputs.len() == inputs.len() {
        return Ok(outputs);
    }
    Err(sqlx::Error::Protocol(format!("{} outputs for {} inputs", outputs.len(), inputs.len())))
}
