//! `POST /graphql`.

use std::sync::Arc;

use async_graphql::{Request, parser::types::OperationType};
use async_graphql_axum::{GraphQLRequest, GraphQLResponse};
use axum::{
    Json,
    extract::{FromRef, State},
    http::{Extensions, HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use ipnet::IpNet;
use serde_json::json;

use super::{
    ClientAddress,
    bearer::{Unbelieved, bearer},
};
use crate::{
    Api, Schema,
    graphql::{Disclosures, Documents, RequestTag, conceal_values, is_watched},
};

#[derive(Clone)]
pub(super) struct GraphqlState {
    pub(super) api: Api,
    pub(super) schema: Schema,
    pub(super) documents: Arc<Documents>,
    pub(super) trusted_proxies: Arc<[IpNet]>,
}

impl FromRef<GraphqlState> for Api {
    fn from_ref(state: &GraphqlState) -> Self {
        state.api.clone()
    }
}

/// Answers a GraphQL request; one that bears a token that is not believed is refused as a whole.
pub(super) async fn answer(
    State(state): State<GraphqlState>,
    headers: HeaderMap,
    extensions: Extensions,
    request: GraphQLRequest,
) -> Response {
    let tag = headers.get("x-request-id").and_then(|id| id.to_str().ok()).unwrap_or_default();
    let viewer = match bearer(&state.api, &headers).await {
        Ok(viewer) => viewer,
        Err(Unbelieved::Refused(reason)) => return whole(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", &reason, tag),
        Err(Unbelieved::Failed(error)) => return failed(&error, tag),
    };
    let mut request = state.documents.parse(request.into_inner()).data(RequestTag(tag.to_owned()));
    if viewer.as_ref().is_some_and(|viewer| !viewer.may_write()) && has_mutation(&mut request) {
        return whole(
            StatusCode::OK,
            "FORBIDDEN",
            "this access token is for reading: it carries out no mutation",
            tag,
        );
    }
    if let Some(address) = ClientAddress::of(&extensions, &headers, &state.trusted_proxies) {
        request = request.data(address);
    }
    let disclosures = viewer.as_ref().filter(|viewer| is_watched(viewer)).map(Disclosures::to);
    if let Some(viewer) = viewer {
        request = request.data(viewer);
    }
    if let Some(disclosures) = &disclosures {
        request = request.data(disclosures.clone());
    }
    let mut response = state.schema.execute(request).await;
    conceal_values(&mut response, tag);
    // recorded before it is answered: what can't be recorded is not shown
    if let Some(disclosures) = disclosures
        && let Err(error) = disclosures.record(&state.api.ledger).await
    {
        return failed(&error, tag);
    }
    GraphQLResponse::from(response).into_response()
}

/// An answer to the request as a whole, in the shape of a GraphQL error.
fn whole(status: StatusCode, code: &'static str, message: &str, tag: &str) -> Response {
    let error = json!({ "message": message, "extensions": { "code": code, "requestId": tag } });
    (status, Json(json!({ "data": null, "errors": [error] }))).into_response()
}

fn failed(error: &dyn std::error::Error, tag: &str) -> Response {
    tracing::error!(%error, request = tag, "a fault");
    let message = "an internal error; the request's id finds it in the server's log";
    whole(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", message, tag)
}

/// Whether a request has a mutation in it, even if it names another of its operations. What can't be read is not carried
/// out.
fn has_mutation(request: &mut Request) -> bool {
    let document = request.parsed_query();
    document.is_ok_and(|document| {
        document.operations.iter().any(|(_, operation)| operation.node.ty == OperationType::Mutation)
    })
}
