//! Faults: what is nobody's wish, told with a stable code and the request's id, and logged in full.

use std::fmt;

use async_graphql::{Context, Error, ErrorExtensionValues, ErrorExtensions, Response};
use stele_projections::NotCaughtUp;

/// The request's id, as the caller and the log know it.
pub(crate) struct RequestTag(pub(crate) String);

/// The caller has not signed in.
pub(super) fn unauthenticated(context: &Context<'_>) -> Error {
    coded(context, "UNAUTHENTICATED", "sign in first: this needs an access token")
}

/// The caller has not signed in, but calls with a personal access token.
pub(super) fn session_needed(context: &Context<'_>) -> Error {
    coded(context, "SESSION_NEEDED", "sign in first: this takes a session, and not a personal access token")
}

/// The caller may not do this.
pub(super) fn forbidden(context: &Context<'_>, message: &str) -> Error {
    coded(context, "FORBIDDEN", message)
}

/// The arguments don't make sense.
pub(super) fn bad_input(context: &Context<'_>, message: &str) -> Error {
    coded(context, "BAD_INPUT", message)
}

/// The views have not reached the position asked for.
pub(super) fn not_caught_up(context: &Context<'_>, error: NotCaughtUp) -> Error {
    match error {
        NotCaughtUp::Failed(error) => internal(context, &error),
        error => coded(context, "NOT_CAUGHT_UP", &error.to_string()),
    }
}

/// Something is wrong on our side. The caller learns the request's id, and the log the rest.
pub(super) fn internal(context: &Context<'_>, error: &(impl fmt::Display + ?Sized)) -> Error {
    tracing::error!(%error, request = tag(context), "a fault");
    coded(context, "INTERNAL", "an internal error; the request's id finds it in the server's log")
}

fn coded(context: &Context<'_>, code: &'static str, message: &str) -> Error {
    let tag = tag(context).to_owned();
    Error::new(message).extend_with(move |_, extensions| {
        extensions.set("code", code);
        extensions.set("requestId", tag.as_str());
    })
}

fn tag<'a>(context: &Context<'a>) -> &'a str {
    context.data_opt::<RequestTag>().map_or("", |tag| tag.0.as_str())
}

/// How the GraphQL library begins what it says of a request that does not fit the schema, where it repeats names alone.
const OF_NAMES: [&str; 6] = [
    "Unknown field ",
    "Unknown argument ",
    "Unknown type ",
    "Field ",
    "Query is too complex.",
    "Query is nested too deep.",
];

/// Gives the errors that are the GraphQL library's own a code, and takes the values out of them that were sent: they may
/// be personal, and an error ends up in logs.
pub(crate) fn conceal_values(response: &mut Response, tag: &str) {
    for error in &mut response.errors {
        let extensions = error.extensions.get_or_insert_with(ErrorExtensionValues::default);
        if extensions.get("code").is_none() {
            extensions.set("code", "BAD_REQUEST");
            extensions.set("requestId", tag);
            error.message = without_values(&error.message);
        }
    }
}

fn without_values(message: &str) -> String {
    if OF_NAMES.iter().any(|start| message.starts_with(start)) {
        return message.to_owned();
    }
    let argument = message.strip_prefix("Invalid value for argument \"").and_then(|rest| rest.split_once('"'));
    match argument {
        Some((path, _)) => format!("Invalid value for argument \"{path}\"; the schema tells its type"),
        None => {
            "the request is no GraphQL, or a value in it is of another type than the schema says; see `locations`"
                .to_owned()
        }
    }
}
