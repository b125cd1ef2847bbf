//! An open installation: the database, the ledger in it, and the private cluster if there is one.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use futures::future::join_all;
use sqlx::{PgPool, postgres::PgConnectOptions};
use stele_ledger::{Database, KeyRing, KeyStore, Ledger, LocalRootKey, SystemClock};
use tokio::task::JoinHandle;

use crate::{cluster::Cluster, secret::Secret, settings::Settings};

/// How often the private cluster is looked after.
const LOOK_AFTER_EVERY: Duration = Duration::from_secs(1);

/// How long closing waits for connections that are in use.
const CLOSE_WITHIN: Duration = Duration::from_secs(5);

/// An open installation. Close it when done, so that a private cluster is stopped.
pub(crate) struct Installation {
    pub(crate) ledger: Ledger,
    /// How the database is reached, before the server's role is taken on.
    pub(crate) login: PgConnectOptions,
    cluster: Option<Arc<Cluster>>,
    keeper: Option<JoinHandle<()>>,
}

/// Where the database is: a server that somebody else runs, or the private cluster.
async fn database(settings: &Settings) -> anyhow::Result<(PgConnectOptions, Option<Cluster>)> {
    if let Some(url) = &settings.database_url {
        Ok((url.parse().context("DATABASE_URL is not a PostgreSQL address")?, None))
    } else {
        let cluster = Cluster::start(&settings.home()).await?;
        Ok((cluster.connect_options(), Some(cluster)))
    }
}

/// Where the keys to personal data are, given where the events are.
pub(crate) fn keys_database(settings: &Settings, events: &PgConnectOptions) -> anyhow::Result<PgConnectOptions> {
    if let Some(url) = &settings.keys_database_url {
        return url.parse().context("STELE_KEYS_DATABASE_URL is not a PostgreSQL address");
    }
    let name = format!("{}_keys", events.get_database().unwrap_or("stele"));
    Ok(events.clone().database(&name))
}

/// Opens the ledger in a database whose schema is up to date.
async fn open_ledger(
    settings: &Settings,
    events: PgConnectOptions,
    keys: PgConnectOptions,
) -> anyhow::Result<Ledger> {
    let root = Secret::Root.read(settings.root_key.as_deref(), &settings.home())?;
    let ring = KeyRing::file(settings.ledger_keys(), Arc::new(LocalRootKey::new(root)));
    let keys = KeyStore::connect(keys, ring).await?;
    let database = Database::connect(events, settings.connections).await?;
    Ok(Ledger::open(database, &settings.ledger, Arc::new(SystemClock), keys).await?)
}

/// Does `work` with the database alone, of which nothing need be as it should; a private cluster is stopped after it.
pub(crate) async fn with_database<T>(
    settings: &Settings,
    work: impl AsyncFnOnce(PgConnectOptions) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let (options, cluster) = database(settings).await?;
    let done = work(options).await;
    if let Some(cluster) = cluster {
        cluster.stop().await?;
    }
    done
}

impl Installation {
    /// Opens the ledger that the settings name. A private cluster is started and kept up to date by itself.
    pub(crate) async fn open(settings: &Settings) -> anyhow::Result<Self> {
        let (options, cluster) = database(settings).await?;
        let opened = async {
            let keys = keys_database(settings, &options)?;
            if cluster.is_some() {
                Database::migrate(&options).await?;
                KeyStore::migrate(&keys).await?;
            }
            open_ledger(settings, options.clone(), keys).await
        };
        match opened.await {
            Ok(ledger) => {
                let cluster = cluster.map(Arc::new);
                let keeper = cluster.clone().map(|cluster| tokio::spawn(look_after(cluster)));
                Ok(Self { ledger, login: options, cluster, keeper })
            }
            Err(error) => {
                if let Some(cluster) = cluster {
                    cluster.stop().await.context(format!("after the ledger could not be opened: {error:#}"))?;
                }
                Err(error)
            }
        }
    }

    /// Closes the connections, and stops the private cluster unless another process uses it.
    pub(crate) async fn close(self) -> anyhow::Result<()> {
        if let Some(keeper) = self.keeper {
            keeper.abort();
            drop(keeper.await);
        }
        // the ledger's own tasks hold connections; they end with its last clone
        let pools = [self.ledger.database().pool().clone(), self.ledger.keys().pool().clone()];
        drop(self.ledger);
        if tokio::time::timeout(CLOSE_WITHIN, join_all(pools.iter().map(PgPool::close))).await.is_err() {
            tracing::warn!("some connections to PostgreSQL were still in use");
        }
        if let Some(cluster) = self.cluster.and_then(Arc::into_inner) {
            cluster.stop().await?;
        }
        Ok(())
    }
}

/// Does `work` with an open installation, and closes it whatever came of the work.
pub(crate) async fn with<T>(
    settings: &Settings,
    work: impl AsyncFnOnce(&Ledger) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let installation = Installation::open(settings).await?;
    let done = work(&installation.ledger).await;
    let closed = installation.close().await;
    let done = done?;
    closed?;
    Ok(done)
}

/// Starts PostgreSQL again if it dies.
async fn look_after(cluster: Arc<Cluster>) {
    loop {
        tokio::time::sleep(LOOK_AFTER_EVERY).await;
        if let Err(error) = cluster.ensure_running().await {
            tracing::error!(%error, "the private PostgreSQL cluster is down");
        }
    }
}
