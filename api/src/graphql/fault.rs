//! Faults: what is nobody's wish, told with a stable code and the request's id, and logged in full.

use std::fmt;

use async_graphql::{Context, Error, ErrorExtensions};
use stele_projections::NotCaughtUp;

/// The request's id, as the caller and the log know it.
pub(crate) struct RequestTag(pub(crate) String);

/// The caller has not signed in.
pub(super) fn unauthenticated(context: &Context<'_>) -> Error {
    coded(context, "UNAUTHENTICATED", "sign in first: this needs an access token")
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
