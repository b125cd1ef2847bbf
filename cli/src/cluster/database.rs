//! The cluster's one database.

use std::io::ErrorKind;

use sqlx::{
    Connection, PgConnection,
    error::DatabaseError,
    postgres::{PgConnectOptions, PgSslMode},
};

use super::home::{Home, PORT};

/// How to connect, whatever `PGHOST` and its like say.
pub(super) fn connect_options(home: &Home) -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass()
        .socket(home.run())
        .port(PORT)
        .username("stele")
        .database("stele")
        .ssl_mode(PgSslMode::Disable)
}

/// Creates the database unless it exists.
pub(super) async fn create(home: &Home) -> Result<(), sqlx::Error> {
    let options = connect_options(home);
    match PgConnection::connect_with(&options).await {
        Ok(connection) => connection.close().await,
        Err(error) if has_code(&error, "3D000") => {
            let mut connection = PgConnection::connect_with(&options.database("postgres")).await?;
            sqlx::query("create database stele").execute(&mut connection).await?;
            connection.close().await
        }
        Err(error) => Err(error),
    }
}

/// Whether the server is only on its way up or down.
pub(super) fn is_passing(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(error) => matches!(
            error.kind(),
            ErrorKind::NotFound
                | ErrorKind::ConnectionRefused
                | ErrorKind::ConnectionReset
                | ErrorKind::BrokenPipe
                | ErrorKind::UnexpectedEof
        ),
        // cannot_connect_now, admin_shutdown
        error => has_code(error, "57P03") || has_code(error, "57P01"),
    }
}

/// Whether PostgreSQL answered with this SQLSTATE.
fn has_code(error: &sqlx::Error, code: &str) -> bool {
    error.as_database_error().and_then(DatabaseError::code).is_some_and(|found| found == code)
}
