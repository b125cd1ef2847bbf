//! `stele serve`: the API, the runner that keeps the views current, the signer of checkpoints, and the export worker.

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use anyhow::Context;
use axum::http::HeaderValue;
use clap::{Args, ValueEnum};
use ipnet::IpNet;
use stele_api::{
    Api, Claims, Deliverer, LabelReaders, Live, Media, MediaSettings, Metrics, Statements, UrlSigner,
    account::{Passwords, RegistrationMode, TokenKey, Tokens, keep_erasing, keep_forgetting_invitations},
};
use stele_ledger::{Anchor, Ledger, LogSigner};
use stele_projections::Runner;
use stele_tlog::Signer;
use tokio::{net::TcpListener, sync::watch};

use crate::{
    command::{exports::Exports, external_login::ExternalLogin},
    installation::Installation,
    secret::{Secret, parse},
    settings::Settings,
    stopping::told_to_stop,
};

/// For how long requests that are under way may go on once the process is told to stop: as long as any may take, and a
/// little longer. A film that somebody has paused could go on for ever.
const STOP_WITHIN: Duration = Duration::from_secs(35);

/// Serve the API, keep the views current, sign checkpoints and make the releases that are asked for
#[derive(Debug, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    server: Server,
}

/// How to serve.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "How to serve")]
pub(crate) struct Server {
    /// The address to listen on
    #[arg(long, env = "STELE_LISTEN", default_value = "127.0.0.1:8420", value_name = "ADDRESS")]
    pub(crate) listen: SocketAddr,

    /// The secret that access tokens are signed with: 64 hexadecimal digits, the same for every server of a ledger
    /// [default: kept in the home]
    #[arg(long, env = "STELE_TOKEN_KEY", hide_env_values = true, value_name = "HEX")]
    token_key: Option<String>,

    /// The secret that access tokens were signed with before: they are believed as well, until they have expired
    #[arg(long, env = "STELE_PREVIOUS_TOKEN_KEY", hide_env_values = true, value_name = "HEX")]
    previous_token_key: Option<String>,

    #[command(flatten)]
    signing: Signing,

    /// How long a query with `atLeast` waits for the views, in seconds
    #[arg(long, env = "STELE_PATIENCE", default_value_t = 5, value_name = "SECONDS")]
    patience: u64,

    #[command(flatten)]
    webhooks: Webhooks,

    #[command(flatten)]
    pub(crate) edge: Edge,

    #[command(flatten)]
    external_login: ExternalLogin,

    /// Leave the views to other processes: `stele worker`, or servers without this flag
    #[arg(long, env = "STELE_NO_VIEWS", value_parser = clap::builder::FalseyValueParser::new())]
    no_views: bool,

    /// Leave the releases that are asked for to other processes: `stele worker`, or servers without this flag
    #[arg(long, env = "STELE_NO_EXPORTS", value_parser = clap::builder::FalseyValueParser::new())]
    no_exports: bool,

    #[command(flatten)]
    exports: Exports,
}

/// Where messages may be sent to.
#[derive(Clone, Debug, Args)]
pub(crate) struct Webhooks {
    /// Let webhooks have addresses without TLS, and such as only this machine or its network reaches: for trying things out
    #[arg(long, env = "STELE_ALLOW_INSECURE_WEBHOOKS", value_parser = clap::builder::FalseyValueParser::new())]
    allow_insecure_webhooks: bool,
}

impl Webhooks {
    /// What sends messages to webhooks.
    pub(crate) fn deliverer(&self, ledger: &Ledger) -> anyhow::Result<Arc<Deliverer>> {
        Ok(Arc::new(Deliverer::new(ledger.clone(), self.allow_insecure_webhooks)?))
    }
}

/// What the edge lets through.
#[derive(Clone, Debug, Args)]
pub(crate) struct Edge {
    /// An origin whose pages may use the API in a browser, such as <https://stele.example.org>; can be repeated
    #[arg(long = "allowed-origin", env = "STELE_ALLOWED_ORIGINS", value_delimiter = ',', value_name = "ORIGIN")]
    allowed_origins: Vec<HeaderValue>,

    /// The network of a proxy in front of the server, such as 10.0.0.0/8, whose `X-Forwarded-For` is believed; can be
    /// repeated
    #[arg(long = "trusted-proxy", env = "STELE_TRUSTED_PROXIES", value_delimiter = ',', value_name = "NETWORK")]
    trusted_proxies: Vec<IpNet>,

    /// How many times a minute somebody may try to sign in from one address; 0 for any number
    #[arg(long, env = "STELE_LOGINS_PER_ADDRESS", default_value_t = 10, value_name = "LOGINS")]
    logins_per_address: usize,

    /// The largest file that is taken, in bytes
    #[arg(long, env = "STELE_MEDIA_LIMIT", default_value_t = 2 << 30, value_name = "BYTES")]
    media_limit: u64,

    /// How people join
    #[arg(long, env = "STELE_REGISTRATION", value_enum, default_value = "invitation", value_name = "MODE")]
    registration: Registration,

    /// Answer questions about the GraphQL schema itself; `schemas/schema.graphql` has it otherwise
    #[arg(long, env = "STELE_INTROSPECTION", value_parser = clap::builder::FalseyValueParser::new())]
    pub(crate) introspection: bool,
}

/// How people join.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Registration {
    /// By invitation
    Invitation,
    /// Administrators may register them with a password, too
    Direct,
}

impl From<Registration> for RegistrationMode {
    fn from(registration: Registration) -> Self {
        match registration {
            Registration::Invitation => Self::Invitation,
            Registration::Direct => Self::Direct,
        }
    }
}

impl Edge {
    fn settings(&self) -> stele_api::Settings {
        stele_api::Settings {
            introspection: self.introspection,
            allowed_origins: self.allowed_origins.clone(),
            trusted_proxies: self.trusted_proxies.clone(),
            logins_per_address: self.logins_per_address,
            media: MediaSettings { limit: self.media_limit, ..MediaSettings::default() },
            registration: self.registration.into(),
            ..stele_api::Settings::default()
        }
    }
}

/// What checkpoints are signed with.
#[derive(Clone, Debug, Args)]
pub(crate) struct Signing {
    /// The secret that checkpoints of the history are signed with (Ed25519): 64 hexadecimal digits, the same for every
    /// server of a ledger [default: kept in the home]
    #[arg(long, env = "STELE_LOG_KEY", hide_env_values = true, value_name = "HEX")]
    log_key: Option<String>,

    /// The file that keeps the last signed checkpoint, outside the database: a history that does not continue it is not
    /// signed [default: LEDGER.checkpoint in the home]
    #[arg(long, env = "STELE_LAST_CHECKPOINT", value_name = "FILE")]
    last_checkpoint: Option<PathBuf>,
}

impl Signing {
    /// The key, and the last signed checkpoint.
    pub(crate) fn of(&self, ledger: &Ledger, settings: &Settings) -> anyhow::Result<(Signer, Anchor)> {
        let home = settings.home();
        let key = Secret::Log.read(self.log_key.as_deref(), &home)?;
        let file = self.last_checkpoint.clone();
        let file = file.unwrap_or_else(|| home.join(format!("{}.checkpoint", ledger.name())));
        Ok((Signer::new(ledger.name(), key)?, Anchor::at(file)))
    }
}

impl Serve {
    pub(crate) async fn run(self, settings: Settings) -> anyhow::Result<()> {
        let installation = Installation::open(&settings).await?;
        let served = self.server.serve(&installation.ledger, &settings, |address| {
            println!("Stele serves the ledger `{}` at http://{address}/graphql", settings.ledger);
        });
        let served = served.await;
        installation.close().await?;
        served
    }
}

impl Server {
    /// What signs access tokens, and what signs addresses of files. Both believe what the key before has signed.
    fn signers(&self, ledger: &Ledger, settings: &Settings) -> anyhow::Result<(Tokens, UrlSigner)> {
        let key = TokenKey::new(Secret::Token.read(self.token_key.as_deref(), &settings.home())?);
        let (tokens, urls) = (Tokens::new(ledger.id(), &key), UrlSigner::new(ledger.id(), &key));
        Ok(match &self.previous_token_key {
            Some(previous) => {
                let previous = TokenKey::new(parse(previous).context("STELE_PREVIOUS_TOKEN_KEY")?);
                (tokens.believing(&previous), urls.believing(&previous))
            }
            None => (tokens, urls),
        })
    }

    /// Serves until the process is told to stop; tells `ready` the address once it listens.
    pub(crate) async fn serve(
        &self,
        ledger: &Ledger,
        settings: &Settings,
        ready: impl FnOnce(SocketAddr),
    ) -> anyhow::Result<()> {
        let edge = stele_api::Settings { issuer: self.external_login.issuer()?, ..self.edge.settings() };
        let (tokens, urls) = self.signers(ledger, settings)?;
        let files = settings.files()?;
        let (log_key, last_checkpoint) = self.signing.of(ledger, settings)?;
        let live = Live::start(ledger.clone());
        let deliverer = self.webhooks.deliverer(ledger)?;
        let api = Api {
            ledger: ledger.clone(),
            tokens: Arc::new(tokens),
            log_key: log_key.clone(),
            passwords: Arc::new(Passwords::new(ledger.mint())?),
            statements: Arc::new(Statements::start(ledger)),
            claims: Arc::new(Claims::default()),
            metrics: Arc::new(Metrics::default()),
            live: live.clone(),
            deliverer: Arc::clone(&deliverer),
            media: Arc::new(Media::new(ledger.clone(), files.clone(), urls)),
            label_readers: Arc::new(LabelReaders::default()),
            patience: Duration::from_secs(self.patience),
        };
        let router = stele_api::router(api, edge);
        let listener =
            TcpListener::bind(self.listen).await.with_context(|| format!("{} can't be used", self.listen))?;
        let (stop, stopped) = watch::channel(false);
        let views = (!self.no_views).then(|| {
            let (runner, stopped) = (Runner::new(ledger.clone()), stopped.clone());
            tokio::spawn(async move { runner.run(stopped).await })
        });
        tracing::info!(verifier = %log_key.verifier(), "checkpoints of the history are signed");
        let signing = tokio::spawn(LogSigner::new(ledger.clone(), log_key, last_checkpoint).run());
        let erasing = tokio::spawn(keep_erasing(ledger.clone(), files));
        let forgetting = tokio::spawn(keep_forgetting_invitations(ledger.clone()));
        let sending = (deliverer, stopped.clone());
        let sending = tokio::spawn(async move { sending.0.run(sending.1).await });
        let exporting = (!self.no_exports).then(|| {
            let (worker, stopped) = (self.exports.worker(ledger, settings), stopped.clone());
            tokio::spawn(async move { worker.run(stopped).await })
        });
        // before anybody knows that it runs, and may tell it to stop
        let told_to_stop = told_to_stop()?;
        ready(listener.local_addr()?);
        let mut told = stopped;
        let server = axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>())
            .with_graceful_shutdown(async move {
                drop(told.wait_for(|stop| *stop).await);
            });
        let signals = async {
            told_to_stop.await;
            live.stop();
            stop.send_replace(true);
            tokio::time::sleep(STOP_WITHIN).await;
        };
        tokio::select! {
            answered = server.into_future() => answered?,
            () = signals => tracing::warn!("requests that were still under way have been ended"),
        }
        if let Some(views) = views {
            views.await?;
        }
        sending.await?;
        if let Some(exporting) = exporting {
            exporting.await?;
        }
        // whatever they were at is taken up again at the next start
        erasing.abort();
        forgetting.abort();
        signing.abort();
        match signing.await {
            Err(error) if !error.is_cancelled() => Err(error).context("the signer of checkpoints failed"),
            _ => Ok(()),
        }
    }
}
