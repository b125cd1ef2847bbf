//! Who may do what, said once for all fields.
//!
//! The guards at the fields are what counts; this is what they are held against (`api/tests/matrix.rs`), and what
//! `schemas/authorisation.md` is made of. A field of the schema that is not in here fails the check of the schemas.

use stele_domain::participant::Role;

use super::{
    ADMINS, ANNOTATORS, COMPLIANCE, CONTACTS, FEEDERS, HISTORY, MANAGERS, MEMBERS, OVERSIGHT, PEOPLE, RESULTS,
    REVIEWERS, ROSTER,
};

/// Who may call a field.
#[derive(Clone, Copy, Debug)]
pub(super) enum Rule {
    /// Everybody, signed in or not.
    Public,
    /// Everybody who has signed in.
    SignedIn,
    /// Who has one of these roles in the whole workspace.
    Workspace(&'static [Role]),
    /// They, and who has one of these roles in the project that it is about.
    Project(&'static [Role]),
    /// They, and who has one of these roles in any project, who is told of those projects alone.
    List(&'static [Role]),
}

use Rule::{List, Project, Public, SignedIn, Workspace};

/// The fields that have a guard, those of the roots first.
pub(super) const GUARDED: &[(&str, &str, Rule)] = &[
    ("Query", "viewer", SignedIn),
    ("Query", "project", Project(MEMBERS)),
    ("Query", "projects", List(MEMBERS)),
    ("Query", "task", Project(OVERSIGHT)),
    ("Query", "participant", Project(ROSTER)),
    ("Query", "participants", List(PEOPLE)),
    ("Query", "ledger", Workspace(OVERSIGHT)),
    ("Query", "events", Workspace(HISTORY)),
    ("Query", "activity", Workspace(HISTORY)),
    ("Query", "erasurePreview", Workspace(COMPLIANCE)),
    ("Query", "inclusionProof", Workspace(OVERSIGHT)),
    ("Query", "consistencyProof", Workspace(OVERSIGHT)),
    ("Query", "datasetReleases", List(OVERSIGHT)),
    ("Mutation", "login", Public),
    ("Mutation", "registerParticipant", Workspace(ADMINS)),
    ("Mutation", "grantRole", Workspace(ADMINS)),
    ("Mutation", "revokeRole", Workspace(ADMINS)),
    ("Mutation", "grantSkill", Workspace(MANAGERS)),
    ("Mutation", "revokeSkill", Workspace(MANAGERS)),
    ("Mutation", "eraseSubject", Workspace(COMPLIANCE)),
    ("Mutation", "createProject", Workspace(MANAGERS)),
    ("Mutation", "reviseForm", Project(MANAGERS)),
    ("Mutation", "reviseGuidelines", Project(MANAGERS)),
    ("Mutation", "changeRedundancy", Project(MANAGERS)),
    ("Mutation", "createTask", Project(FEEDERS)),
    ("Mutation", "routeTask", Project(FEEDERS)),
    ("Mutation", "claimTask", Project(ANNOTATORS)),
    ("Mutation", "extendLease", Project(ANNOTATORS)),
    ("Mutation", "releaseTask", Project(ANNOTATORS)),
    ("Mutation", "skipTask", Project(ANNOTATORS)),
    ("Mutation", "submitAnnotation", Project(ANNOTATORS)),
    ("Mutation", "reviseAnnotation", Project(ANNOTATORS)),
    ("Mutation", "withdrawAnnotation", Project(ANNOTATORS)),
    ("Mutation", "reviewAnnotation", Project(REVIEWERS)),
    ("Mutation", "closeTask", Project(FEEDERS)),
    ("Project", "taskCount", Project(OVERSIGHT)),
    ("Project", "annotationCount", Project(OVERSIGHT)),
    ("Project", "annotatorCount", Project(OVERSIGHT)),
    ("Project", "tasks", Project(OVERSIGHT)),
    ("Project", "agreement", Project(RESULTS)),
    ("Project", "history", Workspace(HISTORY)),
    ("Task", "annotations", Project(RESULTS)),
    ("Task", "history", Workspace(HISTORY)),
    ("Response", "model", Project(RESULTS)),
    ("Participant", "name", Project(PEOPLE)),
    ("Participant", "email", Workspace(CONTACTS)),
    ("Participant", "history", Workspace(HISTORY)),
];

/// The fields without a guard: whoever is given the object may read them. What a mutation alone answers with, and the
/// pages of lists, are found in the schema and need no line here.
pub(super) const OPEN: &[(&str, &[&str])] = &[
    ("Activity", &["position", "name", "streamType", "streamId", "recordedAt", "involved", "event"]),
    ("Agreement", &["question", "labels", "units", "pairableUnits", "nominalAlpha", "percentAgreement", "pairs"]),
    (
        "Annotation",
        &[
            "id",
            "annotatorId",
            "status",
            "formVersion",
            "guidelinesVersion",
            "revision",
            "answeredAt",
            "answers",
            "reviewerId",
            "reviewComment",
        ],
    ),
    ("AnnotatorPair", &["annotatorA", "annotatorB", "both", "same", "percentAgreement"]),
    (
        "Answer",
        &[
            "question",
            "preference",
            "strength",
            "ranking",
            "rating",
            "ratings",
            "scalar",
            "scalars",
            "thumbs",
            "choice",
            "choices",
            "text",
            "spans",
            "steps",
        ],
    ),
    ("ChoiceKind", &["options"]),
    ("ChoiceOption", &["key", "label"]),
    ("ChoicesKind", &["options", "min", "max"]),
    ("Coefficient", &["value", "undefinedBecause"]),
    ("Condition", &["question", "given", "oneOf", "atLeast", "atMost"]),
    ("ConsistencyProof", &["oldSize", "newSize", "hashes"]),
    ("ContentField", &["name", "kind", "value", "erased"]),
    (
        "DatasetRelease",
        &[
            "datasetId",
            "dataset",
            "version",
            "position",
            "releasedAt",
            "format",
            "projectId",
            "recipe",
            "knownAt",
            "rows",
            "digest",
            "withdrawn",
        ],
    ),
    (
        "Erasure",
        &[
            "subjectId",
            "position",
            "erasedAt",
            "basis",
            "reference",
            "keyFingerprint",
            "keyDestroyedAt",
            "beyondBackupsSince",
            "releases",
            "certificate",
        ],
    ),
    ("ErasurePreview", &["participant", "events", "tasks", "releases", "erasure"]),
    (
        "Event",
        &[
            "position",
            "id",
            "streamType",
            "streamId",
            "streamVersion",
            "name",
            "schemaVersion",
            "payload",
            "metadata",
            "occurredAt",
            "recordedAt",
            "leafHash",
        ],
    ),
    ("Form", &["version", "questions"]),
    ("InclusionProof", &["position", "size", "leafHash", "hashes"]),
    ("Involved", &["participantId", "actor", "personalFields"]),
    ("Ledger", &["name", "position", "root", "checkpoint", "verifierKey", "views"]),
    ("Participant", &["id", "machine", "roles", "projectRoles", "skills"]),
    ("PersonalRelease", &["release", "rows"]),
    ("PersonalText", &["text", "erased"]),
    ("PreferenceKind", &["strengths", "outcomes"]),
    ("Project", &["id", "name", "guidelines", "guidelinesVersion", "form", "redundancy", "openTaskCount"]),
    ("ProjectRole", &["projectId", "role"]),
    ("Question", &["key", "title", "required", "when", "kind"]),
    ("RankingKind", &["ties"]),
    ("RatingKind", &["min", "max", "eachResponse"]),
    ("Receipt", &["first", "last", "replayed"]),
    ("Response", &["index", "text", "stepEnds"]),
    ("Routing", &["priority", "tags", "skills"]),
    ("ScalarKind", &["min", "max", "eachResponse"]),
    ("Span", &["response", "start", "end", "label"]),
    ("SpansKind", &["content", "labels", "overlapping"]),
    ("StepsKind", &["untilIncorrect"]),
    ("Task", &["id", "projectId", "externalKey", "content", "responses", "routing", "redundancy", "closed"]),
    ("TextKind", &["maxLength"]),
    ("ThumbsKind", &["of"]),
    ("ViewPosition", &["view", "position"]),
    ("Viewer", &["participantId", "roles", "projectRoles"]),
];
