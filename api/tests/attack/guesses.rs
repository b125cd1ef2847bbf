//! Guessing who has an account.

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::support::{PASSWORD, Server};

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn neither_the_answer_nor_the_work_tells_whether_an_account_exists(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let server = Server::start(&options).await;
    server.register("ada", &[]).await;
    let attempt = async |email: &str, password: &str| {
        let before = server.passwords.worked();
        let answer = server.login(email, password).await;
        (answer, server.passwords.worked() - before)
    };
    let (wrong, work) = attempt("ada@example.org", "not the password").await;
    assert_eq!((wrong["code"].as_str(), work), (Some("WRONG_CREDENTIALS"), 1));
    for (email, password) in [("nobody@example.org", PASSWORD), ("", PASSWORD), ("nobody@example.org", "")] {
        assert_eq!(attempt(email, password).await, (wrong.clone(), work), "`{email}` and `{password}`");
    }
    let (right, work) = attempt("ada@example.org", PASSWORD).await;
    assert_eq!((right["__typename"].as_str(), work), (Some("Session"), 1));
}
