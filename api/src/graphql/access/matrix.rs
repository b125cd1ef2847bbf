//! The rules as a table for people: every guarded field against everyone who may call it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use async_graphql::{
    Positioned,
    parser::{
        parse_schema,
        types::{BaseType, FieldDefinition, ObjectType, TypeKind, TypeSystemDefinition},
    },
};
use stele_domain::participant::Role;

use super::rules::{GUARDED, IN_ALL_PROJECTS, IN_SESSION, OPEN, Rule};

/// What stands above the table.
const ABOUT: &str = "# Who may do what

Written by `stele schema` from `api/src/graphql/access/rules.rs`; `api/tests/matrix.rs` calls each field as everybody in it.

- `yes`: allowed. `own`: allowed, and tells of the caller's projects alone. `no`: `FORBIDDEN`. `sign in`: `UNAUTHENTICATED`.
- A role stands for who holds it in the whole workspace; `here` for who holds it in the project that the call is about and
  nowhere else; `elsewhere` for who holds it in another project and nowhere else.

";

/// Fields of the schema that no rule tells of, or rules about fields that are no more.
#[derive(Debug, thiserror::Error)]
#[error(
    "`api/src/graphql/access/rules.rs` does not tell who may call {}; it tells of {}, which the schema does not have",
    listed(.missing), listed(.gone)
)]
pub struct Unclassified {
    missing: Vec<String>,
    gone: Vec<String>,
}

fn listed(fields: &[String]) -> String {
    if fields.is_empty() { "nothing".to_owned() } else { fields.join(", ") }
}

/// Who calls.
#[derive(Clone, Copy)]
enum Caller {
    Stranger,
    Powerless,
    Workspace(Role),
    Here(Role),
    Elsewhere(Role),
}

impl Caller {
    fn all() -> impl Iterator<Item = Self> {
        let in_projects = || Role::ALL.into_iter().filter(|role| role.is_for_projects());
        [Self::Stranger, Self::Powerless]
            .into_iter()
            .chain(Role::ALL.map(Self::Workspace))
            .chain(in_projects().map(Self::Here))
            .chain(in_projects().map(Self::Elsewhere))
    }

    fn title(self) -> String {
        match self {
            Self::Stranger => "not signed in".to_owned(),
            Self::Powerless => "no role".to_owned(),
            Self::Workspace(role) => role.to_string(),
            Self::Here(role) => format!("{role} here"),
            Self::Elsewhere(role) => format!("{role} elsewhere"),
        }
    }

    fn answer(self, field: Rule) -> &'static str {
        let yes_if = |allowed: bool| if allowed { "yes" } else { "no" };
        match (self, field) {
            (_, Rule::Public) => "yes",
            (Self::Stranger, _) => "sign in",
            (_, Rule::SignedIn) => "yes",
            (Self::Workspace(role), Rule::Workspace(roles) | Rule::Project(roles) | Rule::List(roles))
            | (Self::Here(role), Rule::Project(roles)) => yes_if(roles.contains(&role)),
            (Self::Here(role) | Self::Elsewhere(role), Rule::List(roles)) if roles.contains(&role) => "own",
            (Self::Powerless | Self::Here(_) | Self::Elsewhere(_), _) => "no",
        }
    }
}

/// The table, as Markdown. It fails if a field of the schema is in no rule, or in two.
pub fn authorisation() -> Result<String, Unclassified> {
    check(&SchemaFields::of(&crate::graphql::sdl()))?;
    let mut text = ABOUT.to_owned();
    let callers: Vec<Caller> = Caller::all().collect();
    let mut rows = vec![vec!["field".to_owned()], vec!["---".to_owned()]];
    rows[0].extend(callers.iter().map(|caller| caller.title()));
    rows[1].extend(callers.iter().map(|_| "---".to_owned()));
    for (parent, field, rule) in GUARDED {
        let answers = callers.iter().map(|caller| caller.answer(*rule).to_owned());
        rows.push(std::iter::once(format!("`{parent}.{field}`")).chain(answers).collect());
    }
    write_table(&mut text, &rows);
    let (in_session, in_all) = (IN_SESSION.join(", "), IN_ALL_PROJECTS.join(", "));
    let _ = writeln!(
        text,
        "\nA personal access token does what its owner may, but for these (`SESSION_NEEDED`): {in_session}."
    );
    let _ = writeln!(text, "\nOne for a single project does not do these either (`FORBIDDEN`): {in_all}.");
    text.push_str("\nWhoever is given one of these objects may read these of its fields:\n\n");
    for (parent, fields) in OPEN {
        let _ = writeln!(text, "- `{parent}`: {}", fields.join(", "));
    }
    Ok(text)
}

/// Writes rows of cells, each column as wide as its widest cell.
fn write_table(text: &mut String, rows: &[Vec<String>]) {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in rows {
        for (cell, width) in row.iter().zip(&widths) {
            let _ = write!(text, "| {cell:width$} ");
        }
        text.push_str("|\n");
    }
}

/// The fields of the schema's objects that a rule must tell of.
struct SchemaFields(BTreeSet<(String, String)>);

impl SchemaFields {
    fn of(sdl: &str) -> Self {
        let definitions = parse_schema(sdl).map(|document| document.definitions).unwrap_or_default();
        let (mut objects, mut answers) = (BTreeMap::<String, ObjectType>::new(), BTreeSet::new());
        for definition in definitions {
            let TypeSystemDefinition::Type(definition) = definition else { continue };
            let name = definition.node.name.node.to_string();
            match definition.node.kind {
                TypeKind::Object(object) => {
                    objects.insert(name, object);
                }
                TypeKind::Union(union) if name.ends_with("Payload") => {
                    answers.extend(union.members.iter().map(|member| member.node.to_string()));
                }
                _ => {}
            }
        }
        // what a mutation answers with is its caller's, unless a field gives it to others as well
        let given: BTreeSet<String> = objects.values().flat_map(|object| &object.fields).map(result).collect();
        objects.retain(|name, object| (given.contains(name) || !answers.contains(name)) && !is_page(name, object));
        let fields = objects.into_iter().flat_map(|(name, object)| {
            object.fields.into_iter().map(move |field| (name.clone(), field.node.name.node.to_string()))
        });
        Self(fields.collect())
    }
}

/// The name of the type that a field has, or a list of.
fn result(field: &Positioned<FieldDefinition>) -> String {
    let mut of = &field.node.ty.node.base;
    loop {
        match of {
            BaseType::Named(name) => return name.to_string(),
            BaseType::List(item) => of = &item.base,
        }
    }
}

/// Whether an object is a page of a list, or a part of one (the Relay connection specification).
fn is_page(name: &str, object: &ObjectType) -> bool {
    let has = |wanted: &str| object.fields.iter().any(|field| field.node.name.node == wanted);
    name == "PageInfo" || (has("pageInfo") && has("edges")) || (has("cursor") && has("node"))
}

fn check(schema: &SchemaFields) -> Result<(), Unclassified> {
    let guarded = GUARDED.iter().map(|(parent, field, _)| (*parent, *field));
    let open = OPEN.iter().flat_map(|(parent, fields)| fields.iter().map(|field| (*parent, *field)));
    let (mut told, mut gone) = (BTreeSet::new(), Vec::new());
    for (parent, field) in guarded.chain(open) {
        let of = (parent.to_owned(), field.to_owned());
        if !schema.0.contains(&of) || !told.insert(of) {
            gone.push(format!("{parent}.{field}"));
        }
    }
    let missing = schema.0.difference(&told).map(|(parent, field)| format!("{parent}.{field}"));
    let missing: Vec<String> = missing.collect();
    if missing.is_empty() && gone.is_empty() { Ok(()) } else { Err(Unclassified { missing, gone }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_root_is_open() {
        assert!(OPEN.iter().all(|(parent, _)| !["Query", "Mutation", "Subscription"].contains(parent)));
    }

    #[test]
    fn a_field_that_no_rule_tells_of_is_found() {
        let sdl = crate::graphql::sdl();
        check(&SchemaFields::of(&sdl)).expect("every field has its rule");
        let more = format!("{sdl}\ntype Secret {{ word: String! }}");
        let error = check(&SchemaFields::of(&more)).expect_err("a field without a rule");
        assert_eq!(error.missing, ["Secret.word"]);
        let told = "union TellPayload = Secret | Refusal";
        check(&SchemaFields::of(&format!("{more}\n{told}"))).expect("what a mutation answers with is its caller's");
        let given = format!("{more}\n{told}\ntype SecretsPayload {{ all: [Secret!]! }}");
        let error = check(&SchemaFields::of(&given)).expect_err("a field gives it to others");
        assert_eq!(error.missing, ["Secret.word", "SecretsPayload.all"]);
        let less = sdl.replace("\ttaskCount:", "\tcount:");
        let error = check(&SchemaFields::of(&less)).expect_err("a rule without a field");
        assert_eq!((error.missing, error.gone), (vec!["Project.count".into()], vec!["Project.taskCount".into()]));
    }
}
