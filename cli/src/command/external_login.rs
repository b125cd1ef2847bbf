//! The options of `stele serve` about an external OpenID Connect issuer.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, ensure};
use clap::Args;
use stele_api::account::{Issuer, IssuerSettings};

/// Whose accounts people may sign in with, beside a password.
#[derive(Clone, Debug, Args)]
#[expect(clippy::struct_field_names, reason = "the options are named after the fields")]
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
        let client_secret = self.oidc_client_secret_file.as_deref().map(secret).transpose()?.map(Into::into);
        Ok(Some(Arc::new(Issuer::new(IssuerSettings { issuer, client_id, client_secret, redirect_uri })?)))
    }
}

/// What a file has but for spaces and the end of the line.
fn secret(file: &Path) -> anyhow::Result<String> {
    let secret = fs::read_to_string(file).with_context(|| file.display().to_string())?;
    ensure!(!secret.trim().is_empty(), "{} is empty", file.display());
    Ok(secret.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Options {
        #[command(flatten)]
        external_login: ExternalLogin,
    }

    const ISSUER: &str = "--oidc-issuer=https://id.example.org";
    const CLIENT: &str = "--oidc-client-id=stele";
    const BACK: &str = "--oidc-redirect-uri=https://stele.example.org/back";

    fn refusal(options: &[&str]) -> String {
        match Options::try_parse_from([&["stele"], options].concat()) {
            Ok(options) => options.external_login.issuer().expect_err("it is refused").to_string(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn all_options_are_needed_or_none() {
        let parsed =
            |options: &[&str]| Options::try_parse_from(options).map(|options| options.external_login.issuer());
        assert!(matches!(parsed(&["stele"]), Ok(Ok(None))));
        assert!(matches!(parsed(&["stele", ISSUER, CLIENT, BACK]), Ok(Ok(Some(_)))));
        let incomplete: [(&[&str], &str); 6] = [
            (&[ISSUER], "--oidc-client-id"),
            (&[ISSUER, CLIENT], "--oidc-redirect-uri"),
            (&[ISSUER, BACK], "--oidc-client-id"),
            (&[CLIENT, BACK], "--oidc-issuer"),
            (&[BACK], "--oidc-issuer"),
            (&["--oidc-client-secret-file=secret"], "--oidc-issuer"),
        ];
        for (options, missing) in incomplete {
            let refusal = refusal(options);
            assert!(refusal.contains("required") && refusal.contains(missing), "{options:?}: {refusal}");
        }
    }

    #[test]
    fn only_this_machine_needs_no_tls() {
        for host in ["localhost:9400", "127.0.0.1:9400", "[::1]:9400"] {
            let (issuer, back) =
                (format!("--oidc-issuer=http://{host}"), format!("--oidc-redirect-uri=http://{host}/back"));
            let options = Options::try_parse_from(["stele", &issuer, CLIENT, &back]).expect("parsed");
            assert!(options.external_login.issuer().is_ok(), "{host}");
        }
        for (address, reason) in [
            ("http://id.example.org", "https://"),
            ("http://localhost.example.org", "https://"),
            ("http://10.0.0.1", "https://"),
            ("ftp://id.example.org", "https://"),
            ("id.example.org", "no address"),
            ("https://id.example.org/#there", "no fragment"),
            ("https://ada:secret@id.example.org", "no password"),
        ] {
            let issuer = refusal(&[&format!("--oidc-issuer={address}"), CLIENT, BACK]);
            assert!(issuer.contains("the issuer") && issuer.contains(reason), "{address}: {issuer}");
            let back = refusal(&[ISSUER, CLIENT, &format!("--oidc-redirect-uri={address}")]);
            assert!(back.contains("the redirect URI") && back.contains(reason), "{address}: {back}");
        }
    }

    #[test]
    fn a_secret_is_in_a_file() {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        let option = format!("--oidc-client-secret-file={}", file.path().display());
        let options = [ISSUER, CLIENT, BACK, &option];
        assert!(refusal(&options).contains("is empty"));
        writeln!(file, "a secret").expect("written");
        let parsed = Options::try_parse_from([&["stele"], &options[..]].concat()).expect("parsed").external_login;
        let issuer = format!("{:?}", parsed.issuer().expect("an issuer"));
        assert!(!issuer.contains("a secret"), "{issuer}");
        let missing = refusal(&[ISSUER, CLIENT, BACK, "--oidc-client-secret-file=/nowhere/at/all"]);
        assert!(missing.contains("/nowhere/at/all"), "{missing}");
    }
}
