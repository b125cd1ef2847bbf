//! Mappings that load, and the line and field of what is wrong in those that do not.

use std::io::Write;

use stele_domain::form::{ChoiceQuestion, PreferenceQuestion, QuestionKind, RatingQuestion};
use tempfile::NamedTempFile;

use super::*;

const LONG: &str = r#"project: { name: Test, redundancy: 3 }
lookups:
  pairs: { file: pairs.jsonl, by: [id, topic] }
task:
  key: id
  content:
    - { name: prompt, from: { lookup: pairs, key: [id, topic], take: text } }
  responses:
    - { model: left, text: /texts/0 }
    - { text: { column: texts, split: "|", part: 1 } }
annotators: { column: worker }
questions:
  - key: better
    title: Which is better?
    preference:
      from: winner
      labels: { 1: left, "2": right, tie: tie }
  - key: score
    title: How good?
    required: false
    rating: { from: score, min: 1, max: 5 }
time: { from: at, format: "%Y-%m-%d %H:%M", zone: Europe/Berlin }
"#;

fn load(yaml: &[u8]) -> Result<Mapping, String> {
    let mut file = NamedTempFile::new().expect("file");
    file.write_all(yaml).expect("written");
    let name = file.path().display().to_string();
    Mapping::load(file.path()).map_err(|error| error.to_string().replace(&name, "map.yaml"))
}

/// The error of [`LONG`] with one change.
fn refused(from: &str, to: &str) -> String {
    assert!(LONG.contains(from), "{from}");
    load(LONG.replacen(from, to, 1).as_bytes()).expect_err(to)
}

#[test]
fn a_form_is_derived() {
    let questions = load(LONG.as_bytes()).expect("sound").form_questions();
    let kinds: Vec<_> = questions.iter().map(|question| (question.required, &question.kind)).collect();
    let preference = PreferenceQuestion { strengths: 0, tie: true, both_bad: false };
    assert_eq!(
        kinds,
        [
            (true, &QuestionKind::Preference(preference)),
            (false, &QuestionKind::Rating(RatingQuestion { min: 1, max: 5, each_response: false }))
        ]
    );

    let graded = "{ a: { prefer: left, strength: 3 }, b: { prefer: right, strength: 1 }, no: both_bad }";
    let graded = LONG.replace("{ 1: left, \"2\": right, tie: tie }", graded);
    let preference = PreferenceQuestion { strengths: 3, tie: false, both_bad: true };
    let questions = load(graded.as_bytes()).expect("sound").form_questions();
    assert_eq!(questions[0].kind, QuestionKind::Preference(preference));
}

#[test]
fn options_keep_their_order() {
    let choice = "choice: { from: score, options: { z: Bad, a: Good, m: Great } }";
    let mapping = load(LONG.replace("rating: { from: score, min: 1, max: 5 }", choice).as_bytes()).expect("sound");
    let QuestionKind::Choice(ChoiceQuestion { options }) = &mapping.form_questions()[1].kind else {
        panic!("a choice")
    };
    let keys: Vec<_> = options.iter().map(|option| option.key.as_str()).collect();
    assert_eq!(keys, ["z", "a", "m"]);
}

#[test]
fn a_fault_in_the_yaml_is_placed() {
    for (from, to, error) in [
        ("key: better", "kee: better", "map.yaml:13: questions[0]: unknown field `kee`"),
        ("    title: How good?\n", "", "map.yaml:20: questions[1]: missing field `title`"),
        ("max: 5", "max: five", "map.yaml:21: questions[1].rating.max: it should be a whole number in range (i32)"),
        ("by: [id, topic]", "by: [id, $row]", "map.yaml:3: lookups.pairs.by: a lookup is found by $row, by a column"),
        ("redundancy: 3", "redundancy: 0", "map.yaml:1: project.redundancy: a redundancy is 1 to 1000, not 0"),
        ("/texts/0", "/te~xts", "map.yaml:9: task.responses[0].text: /te~xts is not a JSON pointer"),
        ("part: 1", "parts: 1", "map.yaml:10: task.responses[1].text: unknown field `parts`"),
        (", part: 1", "", "map.yaml:10: task.responses[1].text: a source is the name of a column"),
        ("key: id\n", "key: 7.5\n", "map.yaml:5: task.key: invalid type: floating point `7.5`, expected a text"),
        ("key: better", "key: Better", "map.yaml:13: questions[0].key: `Better` can't name a question"),
        ("rating: {", "text: {", "map.yaml:21: questions[1].text: unknown field `min`"),
        ("tie: tie", "tie: draw", "map.yaml:17: questions[0].preference.labels.tie: unknown variant `draw`"),
        ("tie: tie", "1: tie", "map.yaml:17: questions[0].preference.labels: duplicate mapping key: 1"),
        ("column: worker", "column: worker, columns: [a]", "map.yaml:11: annotators: it needs either `column`"),
        ("column: worker", "columns: []", "map.yaml:11: annotators: `columns` is empty"),
        ("column: worker", "columns: [a, a]", "map.yaml:11: annotators: `columns` names a column twice"),
        (", zone: Europe/Berlin", "", "map.yaml:22: time: `zone` is missing"),
        ("Europe/Berlin", "Berlin", "map.yaml:22: time: `zone` is Berlin, which is not a name"),
        ("%H:%M\"", "%H:%M %z\"", "map.yaml:22: time: `zone` must be absent"),
        (" %H:%M\"", "\"", "map.yaml:22: time: `format` does not tell both date and time"),
        ("%H:%M\"", "%Q\"", "map.yaml:22: time: `format` has a specifier that does not exist"),
        ("project: {", "project: [", "map.yaml:1: the mapping: "),
    ] {
        let refused = refused(from, to);
        assert!(refused.starts_with(error), "{to}: {refused}");
    }
    assert_eq!(load(b"votes: a\n# \xff").expect_err("bytes"), "map.yaml:2: the mapping: it is not valid UTF-8");
    let missing = Mapping::load(Path::new("no/such.yaml")).expect_err("missing").to_string();
    assert!(missing.starts_with("no/such.yaml: can't be read: "), "{missing}");
}

#[test]
fn what_does_not_fit_together_is_placed() {
    for (from, to, error) in [
        ("name: Test", "name: \"  \"", "map.yaml:1: project.name: a project's name has 1 to 200 characters"),
        (
            "lookup: pairs",
            "lookup: pair",
            "map.yaml:7: task.content[0].from: there is no lookup pair; `lookups` has: pairs",
        ),
        (
            "key: [id, topic]",
            "key: id",
            "map.yaml:7: task.content[0].from: its key has 1 values, and the lookup pairs is found by 2",
        ),
        (
            "name: prompt",
            "name: \"\"",
            "map.yaml:7: task.content[0].name: a content field's name has 1 to 64 characters",
        ),
        ("name: prompt", "name: prompt, kind: chat", "map.yaml:7: task.content[0].kind: a chat can't be imported"),
        (
            "rating: { from: score, min: 1, max: 5 }",
            "thumbs: { from: [score], labels: { a: up } }",
            "map.yaml:21: questions[1].thumbs: `from` names 1 places, one a response, and task.responses has 2",
        ),
        (
            "rating: { from: score, min: 1, max: 5 }",
            "thumbs: { from: [score, score], labels: {} }",
            "map.yaml:21: questions[1].thumbs: `labels` is empty: it says which labels in the data are up and which are down",
        ),
        (
            "    - { model: left, text: /texts/0 }\n",
            "",
            "map.yaml:14: questions[0].preference: a preference compares two responses",
        ),
        (
            "  responses:",
            "  order: by_model\n  responses:",
            "map.yaml:8: task.order: only responses that all name their model",
        ),
        ("column: worker", "columns: [a, b]", "map.yaml:15: questions[0].preference: `from` must be absent"),
        ("      from: winner\n", "", "map.yaml:15: questions[0].preference: `from` is missing"),
        ("{ 1: left, \"2\": right, tie: tie }", "{}", "map.yaml:15: questions[0].preference: `labels` is empty"),
        (
            "1: left",
            "1: { prefer: left, strength: 2 }",
            "map.yaml:15: questions[0].preference: the label 2 has no strength",
        ),
        (
            "1: left",
            "1: { prefer: tie, strength: 2 }",
            "map.yaml:17: questions[0].preference.labels.1: tie has no strength",
        ),
        (
            "1: left",
            "1: { prefer: left, strength: 0 }",
            "map.yaml:17: questions[0].preference.labels.1: strengths begin at 1",
        ),
        ("key: score", "key: better", "map.yaml:18: questions[1]: two questions have the key `better`"),
        ("min: 1", "min: 5", "map.yaml:18: questions[1]: question `score`: its scale runs from 5 to 5"),
    ] {
        let refused = refused(from, to);
        assert!(refused.starts_with(error), "{to}: {refused}");
    }
    let wide = LONG.replace("column: worker", "columns: [a, b]").replace("      from: winner\n", "");
    let wide = wide.replace("from: score, ", "");
    assert_eq!(
        load(wide.as_bytes()).expect_err("two questions"),
        "map.yaml:12: questions: \
         in the wide layout (annotators.columns) there is one question, which the cells answer"
    );
}

#[test]
fn the_examples_load() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    for name in ["pandalm", "llmfao", "tulu", "ukpconvarg"] {
        let loaded = Mapping::load(&folder.join(name).with_extension("yaml"));
        assert!(loaded.is_ok(), "{:?}", loaded.map(drop));
    }
}
