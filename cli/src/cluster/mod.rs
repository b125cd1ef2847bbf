//! The private PostgreSQL cluster that every command uses when no `DATABASE_URL` is given.
//!
//! It lives in one folder, the home, and listens on a Unix socket there and nowhere else:
//!
//! | in the home | |
//! |---|---|
//! | `postgres/` | the data; `postgres.new/` while it is being created |
//! | `run/` | the socket; only the cluster's owner and root may enter, so no password is needed |
//! | `postgres.log` | what PostgreSQL reports |
//! | `start.lock` | held alone by whoever starts or stops PostgreSQL |
//! | `cluster.lock` | shared by all who use it; the one who finds itself alone on leaving stops PostgreSQL |
//!
//! The kernel drops the locks of a process that is killed. PostgreSQL then runs on, and the next process joins it.

use std::{
    env,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use sqlx::postgres::PgConnectOptions;
use tokio::{task, time::sleep};

use self::{
    binaries::Binaries,
    home::Home,
    lock::{StartLock, UseLock},
    owner::Owner,
    server::Server,
};

mod binaries;
mod database;
mod error;
mod home;
mod lock;
mod owner;
mod server;
#[cfg(test)]
mod tests;

pub(crate) use self::error::ClusterError;

/// How long a server that runs may refuse connections: after a crash it first replays its log.
const READY_LIMIT: Duration = Duration::from_mins(5);

/// A private PostgreSQL cluster, which runs while this lives.
///
/// Dropped without [`Cluster::stop`], it leaves PostgreSQL running for the next process to join.
#[derive(Debug)]
pub(crate) struct Cluster {
    server: Arc<Server>,
    in_use: UseLock,
}

impl Cluster {
    /// Starts the cluster under `home`, creating it on first use, or joins the one that another process started.
    pub(crate) async fn start(home: &Path) -> Result<Self, ClusterError> {
        let home = Home::at(home)?;
        let (home, owner) = blocking(move || {
            let owner = Owner::choose(&home)?;
            home.create(&owner)?;
            Ok((home, owner))
        })
        .await?;
        let start = StartLock::wait(&home, &owner).await?;
        let (server, in_use, start) = blocking(move || {
            let in_use = UseLock::share(&home, &owner, &start)?;
            let binaries = Binaries::find(&home)?;
            Ok((Arc::new(Server::new(home, owner, binaries)), in_use, start))
        })
        .await?;
        bring_up(&server, start).await?;
        Ok(Self { server, in_use })
    }

    /// How to connect: through the Unix socket, as the superuser `stele`, to the database `stele`.
    pub(crate) fn connect_options(&self) -> PgConnectOptions {
        database::connect_options(self.server.home())
    }

    /// Starts PostgreSQL again if it has died.
    pub(crate) async fn ensure_running(&self) -> Result<(), ClusterError> {
        if self.server.surely_runs() {
            return Ok(());
        }
        let start = StartLock::wait(self.server.home(), self.server.owner()).await?;
        bring_up(&self.server, start).await
    }

    /// Stops PostgreSQL unless another process still uses it. Connections that are open are closed.
    pub(crate) async fn stop(self) -> Result<(), ClusterError> {
        let Self { server, in_use } = self;
        let start = StartLock::wait(server.home(), server.owner()).await?;
        blocking(move || if in_use.leave(&start)? { server.stop(&start) } else { Ok(()) }).await
    }
}

/// Starts PostgreSQL unless it runs, and waits until the database can be used.
///
/// A server that runs need not be ready: whoever started or stopped it may have been killed in between.
async fn bring_up(server: &Arc<Server>, mut start: StartLock) -> Result<(), ClusterError> {
    let began = Instant::now();
    loop {
        let starter = Arc::clone(server);
        start = blocking(move || starter.start(&start).map(|()| start)).await?;
        match database::create(server.home()).await {
            Err(error) if database::is_passing(&error) && began.elapsed() < READY_LIMIT => {
                sleep(Duration::from_millis(100)).await;
            }
            outcome => {
                let folder = server.home().run();
                return outcome.map_err(|source| ClusterError::Connect { folder, source: source.into() });
            }
        }
    }
}

/// Runs `work` on a thread where it may wait. It goes on to its end even if nobody waits for it any more, and a lock
/// that was moved into it is held until then.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ClusterError> + Send + 'static,
) -> Result<T, ClusterError> {
    match task::spawn_blocking(work).await {
        Ok(outcome) => outcome,
        Err(failure) => match failure.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(ClusterError::Cancelled),
        },
    }
}

/// The home to use if none is given: `/var/lib/stele` for root, else `stele` among the user's data.
pub(crate) fn default_home() -> PathBuf {
    home_of(owner::is_root(), env::var_os("XDG_DATA_HOME").map(PathBuf::from), env::home_dir())
}

/// The XDG Base Directory Specification has relative paths in `XDG_DATA_HOME` ignored.
fn home_of(root: bool, xdg_data: Option<PathBuf>, user: Option<PathBuf>) -> PathBuf {
    if root {
        return "/var/lib/stele".into();
    }
    let data = xdg_data.filter(|folder| folder.is_absolute());
    let data = data.or_else(|| user.map(|folder| folder.join(".local/share")));
    data.map_or_else(|| ".stele".into(), |folder| folder.join("stele"))
}
