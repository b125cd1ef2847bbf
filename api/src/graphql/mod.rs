//! The GraphQL schema.
//!
//! One mutation a file. A refusal that a user can cause is data: every mutation answers with a union of what was
//! done and [`Refusal`](refusal::Refusal). A fault is a GraphQL error with a stable code and the request's id.

#![expect(clippy::unused_async, reason = "resolvers are async, whether or not they wait")]

mod access;
mod answer;
mod caught_up;
mod command;
mod content;
mod disclosure;
mod documents;
mod fault;
mod form;
mod mutation;
mod object;
mod position;
mod query;
mod recipe;
mod refusal;
mod routing;
mod shape;
mod subscription;
mod workflow;

pub use access::{Unclassified, authorisation};
pub(crate) use access::{is_watched, may_create_tasks};
pub(crate) use disclosure::Disclosures;
pub(crate) use documents::Documents;
pub(crate) use fault::{RequestTag, conceal_values};

use std::sync::Arc;

use async_graphql::SchemaBuilder;

use crate::{
    Api,
    account::{Attempts, Issuer, RegistrationMode},
};

/// The deepest query that is answered.
const MAX_DEPTH: usize = 12;
/// The most that a query may ask for: a field counts one, a list as many times as it may have items.
const MAX_COMPLEXITY: usize = 5_000;

/// The whole schema.
pub type Schema = async_graphql::Schema<query::Query, mutation::Mutation, subscription::Subscription>;

/// The most directives that a field may have.
const MAX_DIRECTIVES: usize = 4;

pub(crate) fn build(
    api: &Api,
    introspection: bool,
    attempts: Attempts,
    registration: RegistrationMode,
    issuer: Option<Arc<Issuer>>,
) -> Schema {
    let schema = schema()
        .limit_depth(MAX_DEPTH)
        .limit_complexity(MAX_COMPLEXITY)
        .limit_directives(MAX_DIRECTIVES)
        .data(api.clone())
        .data(attempts)
        .data(registration)
        .data(issuer);
    if introspection { schema.finish() } else { schema.disable_introspection().finish() }
}

/// The schema in the schema definition language, as committed under `schemas/`.
#[must_use]
pub fn sdl() -> String {
    schema().finish().sdl()
}

fn schema() -> SchemaBuilder<query::Query, mutation::Mutation, subscription::Subscription> {
    let (query, mutation) = (query::Query::default(), mutation::Mutation::default());
    Schema::build(query, mutation, subscription::Subscription::default())
}
