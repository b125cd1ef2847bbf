//! Recipes as they are sent, checked before anything is recorded.

use async_graphql::{Context, Result};
use stele_domain::{
    ProjectId, StreamType,
    form::{Form, Question},
    project::{ProjectEvent, ProjectRefusal},
};
use stele_ledger::{Position, StreamKey};
use stele_recipe::{PersonalText, Recipe};

use super::{
    access::{DISCLOSERS, viewer},
    command::Outcome,
    fault,
    refusal::Refusal,
};
use crate::Api;

/// The longest recipe, in bytes.
const MAX_LENGTH: usize = 65_536;

/// What a recipe is to be followed for.
pub(super) struct Of {
    pub(super) project: ProjectId,
    /// What the ledger is to have known.
    pub(super) known_at: Position,
}

/// A recipe in YAML or JSON as canonical JSON, with its question named; or what is wrong with it, and where.
pub(super) async fn checked(context: &Context<'_>, text: &str, of: Of) -> Result<Outcome<String>> {
    if text.len() > MAX_LENGTH {
        return Ok(Err(bad(&format!("a recipe has at most {MAX_LENGTH} bytes"))));
    }
    let recipe = match Recipe::parse("recipe", text) {
        Ok(recipe) => recipe,
        Err(error) => return Ok(Err(bad(&error))),
    };
    if recipe.personal_text == PersonalText::Include && !viewer(context)?.roles.allow(DISCLOSERS) {
        let reason = "`personal_text: include` lets personal text leave the ledger: it takes a compliance officer or an \
                      administrator";
        return Ok(Err(Refusal::new("PERSONAL_TEXT", &reason)));
    }
    let Some(questions) = questions(context, &of).await? else { return Ok(Err(ProjectRefusal::NotFound.into())) };
    let recipe = match recipe.resolve(&questions) {
        Ok((recipe, _)) => recipe,
        Err(error) => return Ok(Err(bad(&error))),
    };
    recipe.canonical().map(Ok).map_err(|error| fault::internal(context, &error))
}

fn bad(reason: &impl ToString) -> Refusal {
    Refusal::new("BAD_RECIPE", reason)
}

/// Every question that a project had asked by a position, each as it was first asked; `None` if there was no such project.
async fn questions(context: &Context<'_>, of: &Of) -> Result<Option<Vec<Question>>> {
    let ledger = &context.data::<Api>()?.ledger;
    let stream = StreamKey { stream_type: StreamType::Project, id: of.project.uuid() };
    let mut questions: Option<Vec<Question>> = None;
    let events = ledger.read_stream(stream, 0).await.map_err(|error| fault::internal(context, &error))?;
    for event in events {
        if event.position > of.known_at {
            break;
        }
        match event.decode().map_err(|error| fault::internal(context, &error))? {
            ProjectEvent::ProjectCreated(created) => add(questions.get_or_insert_default(), created.form),
            ProjectEvent::FormRevised(revised) => add(questions.get_or_insert_default(), revised.form),
            _ => {}
        }
    }
    Ok(questions)
}

fn add(questions: &mut Vec<Question>, form: Form) {
    for question in form.questions {
        if questions.iter().all(|known| known.key != question.key) {
            questions.push(question);
        }
    }
}
