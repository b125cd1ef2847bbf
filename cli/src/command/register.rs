//! `stele register`: take someone in, from the command line; the first administrator, above all.

use std::{
    io::{BufRead, IsTerminal},
    sync::Arc,
};

use anyhow::Context;
use clap::Args;
use stele_api::account::{Passwords, Registration, register};
use stele_domain::participant::{ParticipantKind, Role};
use stele_ledger::Fingerprint;
use uuid::Uuid;

use crate::{installation, settings::Settings};

/// Take a person in; the password is read from standard input, or from `STELE_PASSWORD`
#[derive(Debug, Args)]
pub(crate) struct Register {
    /// What they sign in with
    #[arg(long)]
    email: String,

    /// What they are called
    #[arg(long)]
    name: String,

    /// What they may do; may be given several times
    #[arg(long = "role", required = true, value_name = "ROLE")]
    roles: Vec<Role>,
}

impl Register {
    pub(crate) async fn run(self, settings: Settings) -> anyhow::Result<()> {
        let password = password()?;
        installation::with(&settings, async |ledger| {
            let passwords = Arc::new(Passwords::new(ledger.mint())?);
            let key = format!("register {}", ledger.mint().fresh::<Uuid>()).try_into()?;
            let registration = Registration {
                kind: ParticipantKind::Human,
                name: self.name,
                email: self.email,
                password,
                roles: self.roles,
            };
            let done =
                register(ledger, &passwords, registration, None, key, Fingerprint::of(b"command line")).await?;
            println!("Registered as {} at position {}.", done.receipt.stream.id, done.receipt.last);
            Ok(())
        })
        .await
    }
}

fn password() -> anyhow::Result<String> {
    if let Ok(password) = std::env::var("STELE_PASSWORD") {
        return Ok(password);
    }
    if std::io::stdin().is_terminal() {
        eprint!("Password (12 characters or more, shown as you type): ");
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).context("the password can't be read")?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
