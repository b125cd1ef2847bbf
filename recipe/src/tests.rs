use stele_domain::form::{PreferenceQuestion, RatingQuestion, TextQuestion, ThumbsQuestion};

use super::*;

fn load(text: &str) -> Result<Recipe, String> {
    let recipe = Recipe::parse("recipe.yaml", text).map_err(|error| error.to_string())?;
    recipe.check().map(|()| recipe).map_err(|error| error.to_string())
}

fn key(text: &str) -> QuestionKey {
    QuestionKey::try_from(text).expect("valid key")
}

fn question(name: &str, kind: QuestionKind) -> Question {
    Question { key: key(name), title: name.to_owned(), required: true, when: None, kind }
}

const PREFERENCE: QuestionKind =
    QuestionKind::Preference(PreferenceQuestion { strengths: 0, tie: true, both_bad: false });

const RATINGS: QuestionKind = QuestionKind::Rating(RatingQuestion { min: 1, max: 5, each_response: true });

#[test]
fn a_mistake_is_named_with_its_line_or_its_field() {
    for (text, said) in [
        ("separator: ' '\nempty_response: keep\n", ["empty_response", "line 2"]),
        ("format: dpo\nsplit:\n  tests: 0.5\n", ["tests", "line 3"]),
        ("format: pairs\n", ["pairs", "line 1"]),
        ("split: { test: 1.5 }\n", ["`split.test`", "between 0 and 1"]),
        ("split: { test: 0.6, validation: 0.5 }\n", ["`split.validation`", "nothing to train with"]),
        ("filters: { min_agreement: 0.5, max_prompt_characters: 0 }\n", ["`filters.max_prompt_characters`", "0"]),
        ("filters: { min_agreement: 80 }\n", ["`filters.min_agreement`", "between 0 and 1"]),
        ("filters: { near_duplicates: 0.2 }\n", ["`filters.near_duplicates`", "between 0.5 and 1"]),
        ("format: steps\nstyle: conversational\n", ["`style`", "steps datasets have texts only"]),
        (
            "format: sft\nfilters: { min_agreement: 0.8 }\n",
            ["`filters.min_agreement`", "sft datasets have no outcome"],
        ),
        ("filters: { flagged: [haste] }\n", ["haste", "line 1"]),
        (
            "filters:\n  judged_from: 2026-02-01T00:00:00Z\n  judged_before: 2026-01-01T00:00:00Z\n",
            ["`filters.judged_before`", "no time"],
        ),
        ("rationale: why\n", ["`rationale`", "dpo datasets don't have each judgment"]),
        ("format: judgments\nrationale: why\n", ["`rationale`", "`personal_text: include`"]),
        ("layout: nemo_rl\nformat: kto\n", ["`layout`", "nemo_rl reads no kto rows"]),
    ] {
        let error = load(text).expect_err(text);
        assert!(said.iter().all(|part| error.contains(part)), "{text}: {error}");
    }
}

#[test]
fn what_was_added_later_does_not_change_the_hash_of_a_recipe_without_it() {
    let canonical = Recipe::default().canonical().expect("JSON");
    let first =
        r#"{"empty_responses":"drop","personal_text":"withhold","prompt":null,"question":null,"separator":"\n\n"}"#;
    assert_eq!(canonical, first);
    let second = "sources: { tags: [a] }\nfilters: { min_judgments: 2 }\n";
    let canonical = load(second).expect("a recipe").canonical().expect("JSON");
    let with_second = r#"{"empty_responses":"drop","filters":{"duplicates":"keep","max_prompt_characters":null,"max_response_characters":null,"min_agreement":null,"min_judgments":2,"review":"unrejected"},"personal_text":"withhold","prompt":null,"question":null,"separator":"\n\n","sources":{"models":null,"tags":["a"]}}"#;
    assert_eq!(canonical, with_second);
}

#[test]
fn a_recipe_is_what_its_canonical_form_says() {
    let all = "format: dpo\nlayout: axolotl\nstyle: conversational\n\
        sources: { tags: [a], models: [m], languages: [de], form_versions: [1, 3], annotators: human }\n\
        aggregation: { method: dawid_skene, ties: split, chosen_probability: true }\n\
        filters: { review: approved, min_judgments: 2, min_probability: 0.9, judged_from: 2026-01-01T00:00:00Z, \
        flagged: [low_agreement], duplicates: drop, near_duplicates: 0.8 }\nsplit: { test: 0.1, key: k }\n";
    let recipe = load(all).expect("a recipe");
    let again: Recipe = serde_json::from_str(&recipe.canonical().expect("JSON")).expect("the same shape");
    assert_eq!(again, recipe);
}

#[test]
fn the_question_is_chosen_only_where_there_is_one() {
    let asks = |questions: &[&str]| questions.iter().map(|key| question(key, PREFERENCE)).collect::<Vec<_>>();
    let (resolved, found) = Recipe::default().resolve(&asks(&["better"])).expect("one question");
    assert_eq!((resolved.question, found), (Some(key("better")), Some(question("better", PREFERENCE))));
    for known in [&[][..], &["better", "safer"]] {
        assert!(Recipe::default().resolve(&asks(known)).is_err());
    }
    let other = Recipe { question: Some(key("other")), ..Recipe::default() };
    let error = other.resolve(&asks(&["better"])).expect_err("not asked").to_string();
    assert_eq!(error, "`question`: the project does not ask `other`; dpo datasets can be made of better");
}

#[test]
fn a_format_uses_the_questions_that_it_can() {
    let questions = [
        question("better", PREFERENCE),
        question("good", QuestionKind::Thumbs(ThumbsQuestion {})),
        question("quality", RATINGS),
    ];
    let resolve = |format, asked: Option<&str>| {
        let recipe = Recipe { format, question: asked.map(key), ..Recipe::default() };
        recipe.resolve(&questions).map(|(resolved, found)| (resolved.question, found.map(|found| found.key)))
    };
    for (format, asked, found) in [
        (DatasetFormat::Dpo, None, Some("better")),
        (DatasetFormat::Dpo, Some("quality"), Some("quality")),
        (DatasetFormat::Kto, Some("good"), Some("good")),
        (DatasetFormat::Sft, Some("quality"), Some("quality")),
        (DatasetFormat::Scores, None, Some("quality")),
        (DatasetFormat::Prompts, None, None),
    ] {
        let found = found.map(key);
        assert_eq!(resolve(format, asked).expect("it can"), (found.clone(), found), "{format:?}");
    }
    let error = resolve(DatasetFormat::Dpo, Some("good")).expect_err("no comparison").to_string();
    assert_eq!(error, "`question`: `good` is of another kind; dpo datasets can be made of better, quality");
    let error = resolve(DatasetFormat::Classification, None).expect_err("no choice").to_string();
    assert!(error.ends_with("can be made of none"), "{error}");
}

#[test]
fn a_rule_must_fit_the_answers() {
    let questions = [question("better", PREFERENCE), question("quality", RATINGS)];
    let resolve =
        |text: &str| load(text).and_then(|recipe| recipe.resolve(&questions).map_err(|error| error.to_string()));
    for fitting in ["aggregation: { method: bradley_terry }", "aggregation: { ties: split }", "question: quality"] {
        assert!(resolve(fitting).is_ok(), "{fitting}");
    }
    for (text, field) in [
        ("question: better\naggregation: { method: mean }", "`aggregation.method`"),
        ("question: quality\naggregation: { method: weighted }", "`aggregation.method`"),
        ("question: quality\naggregation: { ties: split }", "`aggregation.ties`"),
        ("aggregation: { method: bradley_terry, ties: split }", "`aggregation.ties`"),
        ("question: quality\naggregation: { chosen_probability: true }", "`aggregation.chosen_probability`"),
        (
            "format: sft\nquestion: better\naggregation: { chosen_probability: true }",
            "`aggregation.chosen_probability`",
        ),
        ("format: scores\naggregation: { method: mean }", "`aggregation`"),
    ] {
        let error = resolve(text).expect_err(text);
        assert!(error.starts_with(field), "{text}: {error}");
    }
    let method = |kind| Recipe::default().method(kind);
    assert_eq!((method(&PREFERENCE), method(&RATINGS)), (Method::Majority, Method::Mean));
}

#[test]
fn what_people_wrote_leaves_only_where_the_recipe_includes_it() {
    let text = QuestionKind::Text(TextQuestion { max_length: 100 });
    let questions = [question("better", PREFERENCE), question("why", text)];
    let resolve =
        |text: &str| load(text).and_then(|recipe| recipe.resolve(&questions).map_err(|error| error.to_string()));
    let error = resolve("format: sft\nquestion: why").expect_err("personal");
    assert!(error.starts_with("`question`: what is answered to `why` is personal text"), "{error}");
    assert!(resolve("format: sft\nquestion: why\npersonal_text: include").is_ok());
    let judgments = "format: judgments\nquestion: better\npersonal_text: include\n";
    assert!(resolve(&format!("{judgments}rationale: why")).is_ok());
    let error = resolve(&format!("{judgments}rationale: better")).expect_err("no text");
    assert_eq!(error, "`rationale`: the project asks for no text by the name of `better`");
}
