//! `POST /graphql`.

use async_graphql_axum::{GraphQLRequest, GraphQLResponse};
use axum::{
    Json,
    extract::{FromRef, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::{Api, Schema, account::Viewer, graphql::RequestTag};

#[derive(Clone)]
pub(super) struct GraphqlState {
    pub(super) api: Api,
    pub(super) schema: Schema,
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
    request: GraphQLRequest,
) -> Response {
    let tag = headers.get("x-request-id").and_then(|id| id.to_str().ok()).unwrap_or_default();
    let viewer = match bearer(&state.api, &headers) {
        Ok(viewer) => viewer,
        Err(reason) => {
            let error = json!({
                "message": reason,
                "extensions": { "code": "UNAUTHENTICATED", "requestId": tag },
            });
            return (StatusCode::UNAUTHORIZED, Json(json!({ "data": null, "errors": [error] }))).into_response();
        }
    };
    let mut request = request.into_inner().data(RequestTag(tag.to_owned()));
    if let Some(viewer) = viewer {
        request = request.data(viewer);
    }
    GraphQLResponse::from(state.schema.execute(request).await).into_response()
}

fn bearer(api: &Api, headers: &HeaderMap) -> Result<Option<Viewer>, String> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let token = value.to_str().ok().and_then(|value| value.strip_prefix("Bearer "));
    let token = token.ok_or("the header `Authorization` must be `Bearer` and an access token")?;
    api.tokens.check(token.trim(), api.ledger.clock().now()).map(Some).map_err(|error| error.to_string())
}
