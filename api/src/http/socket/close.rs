//! Why a socket is closed.

use axum::extract::ws::{CloseFrame, Message};

/// The longest reason, in bytes: a control frame has 125, two of which are the code (RFC 6455 §5.5).
const LONGEST_REASON: usize = 123;

/// Why a socket is closed, as the codes of graphql-transport-ws and RFC 6455 §7.4 have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Close {
    /// The server stops.
    GoingAway,
    /// More than is allowed.
    Limit(String),
    /// Not a message of the protocol. What was sent is not repeated.
    BadMessage,
    /// An operation before anyone said who they are.
    Unauthorized,
    /// Nobody said who they are in time.
    InitTimeout,
    /// Whoever it was for is not believed, or no longer. A new token opens a new socket.
    Forbidden(String),
    /// An operation under the id of another one.
    Duplicate,
    /// Something is wrong on our side.
    Fault,
    /// As the GraphQL library says.
    Other(u16, String),
}

impl Close {
    /// The code and the reason.
    fn told(self) -> (u16, String) {
        match self {
            Self::GoingAway => (1001, "the server is going away".to_owned()),
            Self::Limit(reason) => (1008, reason),
            Self::BadMessage => (4400, "not a message of graphql-transport-ws".to_owned()),
            Self::Unauthorized => (4401, "say who you are first: connection_init".to_owned()),
            Self::InitTimeout => (4408, "nobody said who they are in time".to_owned()),
            Self::Forbidden(reason) => (4403, reason),
            Self::Duplicate => (4409, "an operation of this id is under way".to_owned()),
            Self::Fault => (4500, "an internal error; the request's id finds it in the server's log".to_owned()),
            Self::Other(code, reason) => (code, reason),
        }
    }

    /// The frame that tells it.
    pub(super) fn into_message(self) -> Message {
        let (code, mut reason) = self.told();
        reason.truncate(reason.floor_char_boundary(LONGEST_REASON));
        Message::Close(Some(CloseFrame { code, reason: reason.into() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_reason_fits_a_frame() {
        let Message::Close(Some(frame)) = Close::Forbidden("ä".repeat(200)).into_message() else {
            panic!("not a frame that closes");
        };
        assert_eq!((frame.code, frame.reason.as_str()), (4403, "ä".repeat(61).as_str()));
    }
}
