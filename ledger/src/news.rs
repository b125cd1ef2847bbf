//! What streams hold that is not known yet: nothing, most of the time.

use std::time::Duration;

use sqlx::PgConnection;
use uuid::Uuid;

use crate::{Statement, StreamKey};

/// How often streams are asked about at most. Nearly every request asks, so it must not wait long.
pub(crate) const PACE: Duration = Duration::from_millis(2);

/// Asks for the events of streams after the versions that are known.
pub(crate) struct News {
    ledger_id: Uuid,
}

/// An event that is news, as much of it as an aggregate needs.
pub(crate) struct NewsItem {
    pub(crate) version: u64,
    pub(crate) name: String,
    pub(crate) schema_version: u16,
    pub(crate) payload: String,
}

impl News {
    pub(crate) const fn of(ledger_id: Uuid) -> Self {
        Self { ledger_id }
    }
}

impl Statement for News {
    /// A stream, and the version of it that is known; 0 if none is.
    type Input = (StreamKey, u64);
    /// What comes after, in order.
    type Output = Vec<NewsItem>;

    async fn run(
        &self,
        connection: &mut PgConnection,
        keys: &[(StreamKey, u64)],
    ) -> Result<Vec<Vec<NewsItem>>, sqlx::Error> {
        let types: Vec<&str> = keys.iter().map(|(stream, _)| stream.stream_type.as_str()).collect();
        let ids: Vec<Uuid> = keys.iter().map(|(stream, _)| stream.id).collect();
        let versions: Vec<i64> = keys.iter().map(|(_, version)| version.cast_signed()).collect();
        let rows = sqlx::query_file!("src/news.sql", self.ledger_id, &types as &[&str], &ids, &versions)
            .fetch_all(connection)
            .await?;
        let mut found: Vec<Vec<NewsItem>> = keys.iter().map(|_| Vec::new()).collect();
        for row in rows {
            let item = NewsItem {
                version: row.stream_version.cast_unsigned(),
                name: row.name,
                schema_version: row
                    .schema_version
                    .try_into()
                    .map_err(|error| sqlx::Error::Decode(Box::new(error)))?,
                payload: row.payload,
            };
            // places count from 1
            if let Some(news) = usize::try_from(row.place - 1).ok().and_then(|place| found.get_mut(place)) {
                news.push(item);
            }
        }
        Ok(found)
    }
}
