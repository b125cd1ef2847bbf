//! The options of `stele serve` about an external OpenID Connect issuer.

use std::{fs, path::PathBuf, sync::Arc};

use anyhow::Context;
use clap::Args;
use stele_api::account::{Issuer, IssuerSettings};

/// Whose accounts people may sign in with, beside a password.
#[derive(Clone, Debug, Args)]
pub(crate) struct ExternalLogin {
    /// The OpenID Connect issuer that people may sign in with, exactly as it calls itself
    #[arg(long, env = "STELE_OIDC_ISSUER", value_name = "URL", requires_all = ["oidc_client_id", "oidc_redirect_uri"])]
    oidc_issuer: Option<String>,

    /// What the issuer calls this server
    #[arg(long, env = "STELE_OIDC_CLIENT_ID", value_name = "ID", requires = "oidc_issuer")]
    oidc_client_id: Option<String>,

    /// The file with the client's secret; without it, this is a public client
    #[arg(long, env = "STELE_OIDC_CLIENT_SECRET_FILE", value_name = "FILE", requires = "oidc_issuer")]
    oidc_client_secret_file: Option<PathBuf>,

    /// The page that the issuer sends people back to
    #[arg(long, env = "STELE_OIDC_REDIRECT_URI", value_name = "URL", requires = "oidc_issuer")]
    oidc_redirect_uri: Option<String>,
}

impl ExternalLogin {
    /// The issuer, if one is named.
    pub(crate) fn issuer(&self) -> anyhow::Result<Option<Arc<Issuer>>> {
        let (Some(issuer), Some(client_id), Some(redirect_uri)) =
            (self.oidc_issuer.clone(), self.oidc_client_id.clone(), self.oidc_redirect_uri.clone())
        else {
            return Ok(None);
        };
        let read = |file: &PathBuf| fs::read_to_string(file).with_context(|| file.display().to_string());
        let secret = self.oidc_client_secret_file.as_ref().map(read).transpose()?;
        let client_secret = secret.map(|secret| secret.trim().to_owned().into());
        Ok(Some(Arc::new(Issuer::new(IssuerSettings { issuer, client_id, client_secret, redirect_uri })?)))
    }
}
