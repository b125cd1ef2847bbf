//! What is carried out over a socket: subscriptions, and nothing else.

use std::sync::Arc;

use async_graphql::{
    Data, Executor, PathSegment, Request, Response, ServerError,
    futures_util::stream::{self, BoxStream, StreamExt},
    parser::types::{DocumentOperations, OperationType},
};

use crate::{
    Schema,
    graphql::{RequestTag, conceal_values},
};

/// Carries out subscriptions. Queries and mutations go to `POST /graphql`, which keeps account of what it shows.
#[derive(Clone)]
pub(super) struct Subscriptions {
    pub(super) schema: Schema,
    pub(super) tag: String,
}

impl Executor for Subscriptions {
    async fn execute(&self, _: Request) -> Response {
        self.refusal()
    }

    fn execute_stream(&self, mut request: Request, session: Option<Arc<Data>>) -> BoxStream<'static, Response> {
        if names_no_subscription(&mut request) {
            return stream::iter([self.refusal()]).boxed();
        }
        let tag = self.tag.clone();
        let request = request.data(RequestTag(tag.clone()));
        let answers = self.schema.execute_stream_with_session_data(request, session.unwrap_or_default());
        answers
            .map(move |mut answer| {
                conceal_values(&mut answer, &tag);
                answer
            })
            .boxed()
    }
}

impl Subscriptions {
    fn refusal(&self) -> Response {
        let message = "only subscriptions go over a socket; the others go to `POST /graphql`";
        let mut error = ServerError::new(message, None);
        error.path = Vec::<PathSegment>::new();
        let extensions = error.extensions.get_or_insert_default();
        extensions.set("code", "BAD_REQUEST");
        extensions.set("requestId", self.tag.as_str());
        Response::from_errors(vec![error])
    }
}

/// Whether a request that can be read asks for something else than a subscription.
fn names_no_subscription(request: &mut Request) -> bool {
    let name = request.operation_name.clone();
    let Ok(document) = request.parsed_query() else { return false };
    let chosen = match (&document.operations, name) {
        (DocumentOperations::Single(operation), _) => Some(operation),
        (DocumentOperations::Multiple(operations), Some(name)) => operations.get(name.as_str()),
        (DocumentOperations::Multiple(_), None) => None,
    };
    chosen.is_some_and(|operation| operation.node.ty != OperationType::Subscription)
}
