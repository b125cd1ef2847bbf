//! Those who run things, one for each role. They are never erased.

use serde_json::json;

use crate::{
    client::{Client, PASSWORD},
    support::{Home, text},
};

/// One account for each role.
pub(crate) struct Staff {
    pub(crate) admin: Client,
    pub(crate) manager: Client,
    pub(crate) researcher: Client,
    pub(crate) service: Client,
    pub(crate) auditor: Client,
    pub(crate) compliance: Client,
    pub(crate) reviewer: Client,
    pub(crate) annotator: Client,
}

impl Staff {
    /// Takes in the first administrator from the command line, and has them take in the others.
    pub(crate) fn hire(home: &Home, nobody: &Client) -> Self {
        let mut register = home.command(&["register", "--email", "admin@example.org", "--name", "Admin"]);
        let registered = register.args(["--role", "admin"]).env("STELE_PASSWORD", PASSWORD).output();
        let registered = registered.expect("stele runs");
        assert!(registered.status.success(), "{}", text(&registered.stderr));
        let admin = nobody.sign_in("admin@example.org");
        let hire = |role: &str| {
            let email = format!("{role}@example.org");
            let person =
                json!({ "name": role, "email": email, "password": PASSWORD, "roles": [role.to_uppercase()] });
            admin.done("registerParticipant", &person, "... on ParticipantRegistered { participantId }");
            nobody.sign_in(&email)
        };
        Self {
            manager: hire("manager"),
            researcher: hire("researcher"),
            service: hire("service"),
            auditor: hire("auditor"),
            compliance: hire("compliance"),
            reviewer: hire("reviewer"),
            annotator: hire("annotator"),
            admin,
        }
    }

    /// The same people, at a server that was started since.
    pub(crate) fn at(&self, graphql: &str) -> Self {
        Self {
            admin: self.admin.at(graphql),
            manager: self.manager.at(graphql),
            researcher: self.researcher.at(graphql),
            service: self.service.at(graphql),
            auditor: self.auditor.at(graphql),
            compliance: self.compliance.at(graphql),
            reviewer: self.reviewer.at(graphql),
            annotator: self.annotator.at(graphql),
        }
    }

    /// Everybody, with what they may do.
    pub(crate) fn everybody(&self) -> [(&'static str, &Client); 8] {
        [
            ("admin", &self.admin),
            ("manager", &self.manager),
            ("researcher", &self.researcher),
            ("service", &self.service),
            ("auditor", &self.auditor),
            ("compliance", &self.compliance),
            ("reviewer", &self.reviewer),
            ("annotator", &self.annotator),
        ]
    }
}
