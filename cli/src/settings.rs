//! What every command takes: where the data is, and how to log.

use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, ValueEnum};
use stele_media::Store;
use tracing_subscriber::EnvFilter;

use crate::cluster;

/// Settings of every command.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Where the data is")]
pub(crate) struct Settings {
    /// The folder for the private PostgreSQL cluster and for keys [default: /var/lib/stele for root,
    /// ~/.local/share/stele for others]
    #[arg(long, env = "STELE_HOME", global = true, value_name = "FOLDER")]
    home: Option<PathBuf>,

    /// The PostgreSQL server to use; without it, Stele runs a private cluster in its home
    #[arg(long, env = "DATABASE_URL", global = true, value_name = "URL", hide_env_values = true)]
    pub(crate) database_url: Option<String>,

    /// The PostgreSQL database for the keys to personal data; keep its backups apart from the events' [default: a
    /// second database on the same server, called like the first with `_keys` after it]
    #[arg(long, env = "STELE_KEYS_DATABASE_URL", global = true, value_name = "URL", hide_env_values = true)]
    pub(crate) keys_database_url: Option<String>,

    /// The file with the ledger keys, which the root key wraps; every process of an installation needs the same one
    /// [default: `ledger.keys` in the home]
    #[arg(long, env = "STELE_LEDGER_KEYS", global = true, value_name = "FILE")]
    ledger_keys: Option<PathBuf>,

    /// The root key, 64 hexadecimal digits [default: `root.key` in the home, made on first use]
    #[arg(long, env = "STELE_ROOT_KEY", global = true, value_name = "KEY", hide_env_values = true)]
    pub(crate) root_key: Option<String>,

    /// The folder for the files that tasks show; every server of a ledger needs the same one [default: `media` in the
    /// home]
    #[arg(long, env = "STELE_MEDIA_DIR", global = true, value_name = "FOLDER")]
    media_dir: Option<PathBuf>,

    /// The bucket for the files that tasks show, in place of a folder, such as <s3://stele-media>; credentials, region and
    /// endpoint come from the environment, under the names that AWS's own tools use
    #[cfg(feature = "s3")]
    #[arg(long, env = "STELE_MEDIA_BUCKET", global = true, value_name = "URL", conflicts_with = "media_dir")]
    media_bucket: Option<String>,

    /// The ledger to work on
    #[arg(long, env = "STELE_LEDGER", global = true, value_name = "NAME", default_value = "main")]
    pub(crate) ledger: String,

    /// How many connections to PostgreSQL a process keeps at most
    #[arg(long, env = "STELE_CONNECTIONS", global = true, default_value_t = 20,
        value_parser = clap::value_parser!(u32).range(4..=1000))]
    pub(crate) connections: u32,

    /// How to write the log, which goes to standard error; `STELE_LOG` says what (such as `info,sqlx=warn`)
    #[arg(long, env = "STELE_LOG_FORMAT", global = true, value_enum, default_value_t = LogFormat::Text)]
    log_format: LogFormat,
}

/// How to write the log.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum LogFormat {
    /// For a person.
    Text,
    /// For a machine: one JSON object a line.
    Json,
}

impl Settings {
    /// The folder for everything that Stele keeps outside of the database.
    pub(crate) fn home(&self) -> PathBuf {
        self.home.clone().unwrap_or_else(cluster::default_home)
    }

    /// The file with the ledger keys.
    pub(crate) fn ledger_keys(&self) -> PathBuf {
        self.ledger_keys.clone().unwrap_or_else(|| self.home().join("ledger.keys"))
    }

    /// Where the files that tasks show are.
    pub(crate) fn files(&self) -> anyhow::Result<Store> {
        #[cfg(feature = "s3")]
        if let Some(bucket) = &self.media_bucket {
            return Store::s3(bucket).with_context(|| format!("the files in {bucket}"));
        }
        let folder = self.media_dir.clone().unwrap_or_else(|| self.home().join("media"));
        Store::local(&folder).with_context(|| format!("the files in {}", folder.display()))
    }

    /// Starts the log.
    pub(crate) fn start_log(&self) {
        let filter = EnvFilter::builder().with_env_var("STELE_LOG").try_from_env();
        let filter = filter.unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn"));
        let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
        match self.log_format {
            LogFormat::Text => log.with_target(false).compact().init(),
            LogFormat::Json => log.json().init(),
        }
    }
}
