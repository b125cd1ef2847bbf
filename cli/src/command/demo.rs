//! `stele demo`: a small project with simulated annotators, served.

use clap::Args;

use super::{export::print_manifest, serve::Server, status::print_project};
use crate::{demo, installation::Installation, settings::Settings};

/// Start with demonstration data: a small project, simulated annotators, a dataset, and the API
#[derive(Debug, Args)]
pub(crate) struct Demo {
    #[command(flatten)]
    server: Server,
}

impl Demo {
    pub(crate) async fn run(self, mut settings: Settings) -> anyhow::Result<()> {
        "demo".clone_into(&mut settings.ledger);
        let installation = Installation::open(&settings).await?;
        let shown = async {
            let out = settings.home().join("datasets").join("demo-dpo");
            let made = demo::make(&installation.ledger, &out).await?;
            println!();
            println!(
                "{}",
                if made.found {
                    "The demonstration's data was found again."
                } else {
                    "The demonstration's data was made."
                }
            );
            print_project(&installation.ledger, &made.project).await?;
            println!("DPO dataset:");
            print_manifest(&made.manifest, &out);
            let mut server = self.server;
            // a demonstration is there to be looked at
            server.edge.introspection = true;
            server.serve(&installation.ledger, &settings, |address| print_login(&address.to_string())).await
        };
        let shown = shown.await;
        installation.close().await?;
        shown
    }
}

fn print_login(address: &str) {
    let (email, password) = (demo::ADMIN_EMAIL, demo::PASSWORD);
    let query = r#"{"query":"mutation($e:String!,$p:String!){login(email:$e,password:$p){...on Session{token roles}...on Refusal{code message}}}","#;
    println!();
    println!("GraphQL endpoint: http://{address}/graphql");
    println!("Sign in as {email} with the password {password}:");
    println!();
    println!(
        r#"  curl -s http://{address}/graphql -H 'content-type: application/json' -d '{query}"variables":{{"e":"{email}","p":"{password}"}}}}'"#
    );
    println!();
    println!("Ctrl-C stops everything; `make run` finds its data again.");
}
