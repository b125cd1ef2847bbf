//! What may have happened to a data subject's data.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    ParticipantId,
    event::{Payload, events},
};

events! {
    /// What may have happened to a data subject's data.
    SubjectEvent {
        /// It was erased.
        SubjectErased @ 1,
        /// It was shown to someone who audits.
        PersonalDataDisclosed @ 1,
    }
}

/// A data subject was erased: from here on their key is destroyed, and nothing more is written about them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SubjectErased {
    /// On what legal basis.
    pub basis: String,
    /// The request's name where requests are kept.
    pub reference: String,
    /// The SHA-256 of the key, in hexadecimal; absent if the subject had none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_fingerprint: Option<String>,
}

/// Personal data was shown to an auditor or a compliance officer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonalDataDisclosed {
    /// To whom.
    pub to: ParticipantId,
    /// What was shown.
    pub fields: Vec<DisclosedField>,
}

/// A personal field that was shown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DisclosedField {
    /// The event that holds it.
    pub event: Uuid,
    /// Its path within the event's payload.
    pub path: String,
}

impl Payload for SubjectErased {}
impl Payload for PersonalDataDisclosed {}
