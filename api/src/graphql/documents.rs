//! Requests that were parsed before. Clients send the same few documents over and over, with other variables, and parsing
//! one costs more than anything else about it.

use std::{fmt, sync::Arc};

use async_graphql::{
    Request,
    parser::{parse_query, types::ExecutableDocument},
};
use quick_cache::sync::Cache;

/// How many documents are remembered.
const REMEMBERED: usize = 1_000;
/// The longest document that is remembered, in bytes.
const LONGEST: usize = 16 << 10;

/// Documents by their text.
pub(crate) struct Documents {
    parsed: Cache<String, Arc<ExecutableDocument>>,
}

impl Default for Documents {
    fn default() -> Self {
        Self { parsed: Cache::new(REMEMBERED) }
    }
}

impl fmt::Debug for Documents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Documents").field("remembered", &self.parsed.len()).finish()
    }
}

impl Documents {
    /// The request with its document parsed. One that can't be parsed is left as it is: whoever executes it says why.
    pub(crate) fn parse(&self, mut request: Request) -> Request {
        if let Some(document) = self.parsed.get(request.query.as_str()) {
            request.set_parsed_query(ExecutableDocument::clone(&document));
        } else if let Ok(document) = parse_query(&request.query) {
            if request.query.len() <= LONGEST {
                self.parsed.insert(request.query.clone(), Arc::new(document.clone()));
            }
            request.set_parsed_query(document);
        }
        request
    }
}
