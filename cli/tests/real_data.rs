//! Real judgments with published figures: imported, agreed upon, exported.

mod support;

use std::{collections::HashMap, fs, path::Path};

use serde_json::{Value, json};
use support::{Home, PASSWORD, real_data, repository, text};
use ureq::Agent;

fn manifest(out: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(out.join("manifest.json")).expect("a manifest")).expect("JSON")
}

fn export(home: &Home, project: &str, name: &str, more: &[&str]) -> Value {
    let out = home.path().join(name);
    let arguments = [&["export", "dpo", "--project", project, "--out", out.to_str().expect("text")], more].concat();
    home.succeed(&arguments);
    manifest(&out)
}

/// The alpha that a command printed for a project's only question.
fn alpha(printed: &str) -> f64 {
    let line = printed.lines().find_map(|line| line.trim().strip_prefix("Krippendorff's alpha (nominal)"));
    line.unwrap_or_else(|| panic!("no alpha in\n{printed}")).trim().parse().expect("a number")
}

/// What a server tells a researcher of the quality of a project's question.
fn quality(home: &Home, project: &str, question: &str, fields: &str) -> Value {
    home.register("rosa", &["researcher"]);
    let server = home.serve(&["serve"]);
    let agent: Agent = Agent::config_builder().http_status_as_error(false).build().into();
    let ask = |token: &str, query: &str, variables: Value| -> Value {
        let request = agent.post(&server.url).header("authorization", format!("Bearer {token}"));
        let mut answer = request.send_json(json!({ "query": query, "variables": variables })).expect("an answer");
        answer.body_mut().read_json().expect("JSON")
    };
    let login =
        "mutation($p: String!) { login(email: \"rosa@example.org\", password: $p) { ... on Session { token } } }";
    let mut login = agent
        .post(&server.url)
        .send_json(json!({ "query": login, "variables": { "p": PASSWORD } }))
        .expect("an answer");
    let login: Value = login.body_mut().read_json().expect("JSON");
    let token = login["data"]["login"]["token"].as_str().unwrap_or_else(|| panic!("{login}")).to_owned();
    let projects = ask(&token, "{ projects { nodes { id name } } }", json!({}));
    let projects = projects["data"]["projects"]["nodes"].as_array().expect("projects").clone();
    let found = projects.iter().find(|found| found["name"] == project).expect("imported");
    let query =
        format!("query($id: UUID!, $q: String!) {{ project(id: $id) {{ quality(question: $q) {{ {fields} }} }} }}");
    let told = ask(&token, &query, json!({ "id": found["id"], "q": question }));
    assert!(told["errors"].is_null(), "{told}");
    server.process.interrupt();
    told["data"]["project"]["quality"].clone()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

/// The flags of a rule.
fn flags<'a>(quality: &'a Value, rule: &str) -> Vec<&'a Value> {
    quality["flags"].as_array().expect("flags").iter().filter(|flag| flag["rule"] == rule).collect()
}

fn assert_close(figure: f64, expected: f64) {
    assert!((figure - expected).abs() <= 1e-12, "{figure} is not {expected}");
}

#[test]
fn pandalm() {
    let Some(data) = real_data("pandalm") else { return };
    let home = Home::new();
    let shipped = repository("examples/pandalm.yaml");
    let data = data.to_str().expect("text");
    let refused = home.run(&["import", "votes", "--map", shipped.to_str().expect("text"), data]);
    let said = text(&refused.stderr);
    assert!(!refused.status.success());
    let named: Vec<&str> = said.lines().filter(|line| line.contains("(a boolean) where text is expected")).collect();
    let lines: Vec<&str> = named.iter().map(|line| line.split(':').nth(1).expect("a line")).collect();
    assert_eq!(lines, ["1886", "1898", "1910", "1934", "1946", "1970"], "{said}");
    assert!(home.succeed(&["status"]).starts_with("Ledger `main`: 0 events"), "nothing was written");

    let mapping = fs::read_to_string(&shipped).expect("readable").replace("coerce: false", "coerce: true");
    let coercing = home.path().join("coerce.yaml");
    fs::write(&coercing, mapping).expect("writable");
    let import = ["import", "votes", "--map", coercing.to_str().expect("text"), data];
    let printed = home.succeed(&import);
    assert!(printed.contains("recorded now: 999 tasks, 3 participants, 2997 annotations, 0 revisions"), "{printed}");
    assert_close(alpha(&printed), 0.864_220_685_196_081_6);
    for share in ["0.9129", "0.9289", "0.9179"] {
        assert!(printed.contains(share), "{share} is not in\n{printed}");
    }
    let again = home.succeed(&import);
    assert!(again.contains("recorded now: 0 tasks, 0 participants, 0 annotations, 0 revisions"), "{again}");

    let told = quality(
        &home,
        "PandaLM testset v1",
        "better",
        "agreement { units labels alpha { value low high } fleissKappa { value } }
        pairs { both percentAgreement { value } kappa { value } kappaStandardError }
        consensus(method: MAJORITY) { unitCount }",
    );
    let agreement = &told["agreement"];
    assert_eq!((&agreement["units"], &agreement["labels"]), (&json!(999), &json!(2997)));
    assert_close(number(&agreement["alpha"]["value"]), 0.864_220_685_196_081_6);
    assert_close(number(&agreement["fleissKappa"]["value"]), 0.864_175_364_997_549);
    let (low, high) = (number(&agreement["alpha"]["low"]), number(&agreement["alpha"]["high"]));
    assert!(low < 0.8642 && 0.8642 < high && high - low < 0.06, "{low} to {high}");
    let mut kappas: Vec<_> = told["pairs"]
        .as_array()
        .expect("pairs")
        .iter()
        .map(|pair| {
            assert_eq!(pair["both"], 999);
            let round = |figure: &Value| format!("{:.4}", number(figure));
            (round(&pair["percentAgreement"]["value"]), round(&pair["kappa"]["value"]))
        })
        .collect();
    kappas.sort_unstable();
    let expected = [("0.9129", "0.8520"), ("0.9179", "0.8617"), ("0.9289", "0.8789")];
    assert_eq!(kappas, expected.map(|(share, kappa)| (share.to_owned(), kappa.to_owned())));
    assert_eq!(told["consensus"]["unitCount"], 999);

    let project = "PandaLM testset v1";
    let dropped = export(&home, project, "dropped", &[]);
    assert_eq!(dropped["rows"], 842);
    assert_eq!(dropped["left_out"]["majority_tie"], 105);
    assert_eq!(dropped["left_out"]["empty_response"], 52);
    let recipe = home.path().join("keep.yaml");
    fs::write(&recipe, "empty_responses: keep\n").expect("writable");
    let kept = export(&home, project, "kept", &["--recipe", recipe.to_str().expect("text")]);
    assert_eq!((&kept["rows"], &kept["left_out"]["empty_response"]), (&Value::from(894), &Value::from(0)));

    export(&home, project, "again", &[]);
    for file in ["train.jsonl", "data/train-00000-of-00001.parquet", "manifest.json"] {
        let read = |folder: &str| fs::read(home.path().join(folder).join(file)).expect("readable");
        assert!(read("dropped") == read("again"), "{file} differs between two exports");
    }
    let rows = fs::read_to_string(home.path().join("dropped/train.jsonl")).expect("readable");
    assert_eq!(rows.lines().count(), 842);
    for row in rows.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON")) {
        assert!(["prompt", "chosen", "rejected"].iter().all(|field| row[field].is_string()), "{row}");
        assert_ne!(row["chosen"], row["rejected"]);
    }
}

/// 83 of the 996 instances were shown to some evaluators with one model as A and to others with the other, so a
/// judgment is about a model and not about a letter. By the response that was preferred there are 643 rows. Taken by
/// letter, the same file gives 632, as the second half shows; but then doubly annotated instances of `ChatGPT` against
/// Tulu 65B agree in .4286 of the cases, where the data set's own figure is .5556: that reading is wrong.
#[test]
fn tulu() {
    let Some(data) = real_data("tulu1-human-eval") else { return };
    let home = Home::new();
    let mapping = repository("examples/tulu.yaml");
    let data = data.to_str().expect("text");
    let printed = home.succeed(&["import", "votes", "--map", mapping.to_str().expect("text"), data]);
    assert!(printed.contains("recorded now: 996 tasks, 16 participants, 1141 annotations, 9 revisions"), "{printed}");
    let all = export(&home, "Tulu 1 human evaluation", "all", &[]);
    assert_eq!((&all["judgments"], &all["tasks"], &all["rows"]), (&1141.into(), &996.into(), &643.into()));
    let by = ["--happened-by", "2023-05-25T00:00:00Z"];
    let early = export(&home, "Tulu 1 human evaluation", "early", &by);
    let judged =
        early["tasks"].as_u64().expect("a count") - early["left_out"]["not_judged"].as_u64().expect("a count");
    assert_eq!((&early["judgments"], judged, &early["rows"]), (&980.into(), 866, &546.into()));

    let judgments = Judged::of(&home);
    assert_eq!(judgments.0.len(), 1_141);
    // acceptance of both, clear and slight wins of both, and ties, as the authors count them: the first judgment of each instance
    for (models, expected) in [
        (["chatgpt", "tulu_65B"], [0.9006, 0.7922, 0.1988, 0.1928, 0.0723, 0.2048, 0.3313]),
        (["tulu_65B", "tulu_7B"], [0.7892, 0.6867, 0.2410, 0.2108, 0.1114, 0.1175, 0.3193]),
        (["tulu_65B", "tulu_human_only_65B"], [0.8133, 0.7229, 0.2681, 0.2319, 0.0783, 0.1235, 0.2982]),
    ] {
        let first: Vec<_> = judgments.by_instance(Some(models)).into_iter().map(|judged| judged[0]).collect();
        let share = |is: &dyn Fn(&Judgment) -> bool| {
            first.iter().filter(|judgment| is(judgment)).count() as f64 / first.len() as f64
        };
        let won = |side, strength| share(&|judgment| judgment.better == (side, strength));
        let accepted = |place: usize| share(&|judgment| judgment.acceptable[place]);
        let told = [accepted(0), accepted(1), won(1, 2), won(1, 1), won(-1, 2), won(-1, 1), won(0, 0)];
        assert_eq!(
            told.map(|share| format!("{share:.4}")),
            expected.map(|share| format!("{share:.4}")),
            "{models:?}"
        );
    }
    // of the first two judgments: the same acceptance, the same winner, and a tie beside a winner as half of that
    for (models, expected) in [
        (Some(["chatgpt", "tulu_65B"]), (63, [0.904_76, 0.555_56, 0.682_54])),
        (Some(["tulu_65B", "tulu_7B"]), (56, [0.785_71, 0.607_14, 0.75])),
        (None, (121, [0.851_24, 0.578_51, 0.714_88])),
    ] {
        let twice = judgments.by_instance(models).into_iter().filter_map(|judged| Some([judged[0], *judged.get(1)?]));
        let twice: Vec<[&Judgment; 2]> = twice.collect();
        let mean = |agreement: &dyn Fn(&Judgment, &Judgment) -> f64| {
            twice.iter().map(|[one, other]| agreement(one, other)).sum::<f64>() / twice.len() as f64
        };
        let same = |is: bool| if is { 1.0 } else { 0.0 };
        let acceptance = mean(&|one, other| {
            (0..2).map(|place| same(one.acceptable[place] == other.acceptable[place])).sum::<f64>() / 2.0
        });
        let comparison = mean(&|one, other| same(one.better.0 == other.better.0));
        let relaxed = mean(&|one, other| match (one.better.0, other.better.0) {
            (one, other) if one == other => 1.0,
            (0, _) | (_, 0) => 0.5,
            _ => 0.0,
        });
        let told = [acceptance, comparison, relaxed].map(|share| format!("{share:.5}"));
        assert_eq!(
            (twice.len(), told),
            (expected.0, expected.1.map(|share: f64| format!("{share:.5}"))),
            "{models:?}"
        );
    }

    let by_letter = repository("examples/tulu-by-letter.yaml");
    let printed = home.succeed(&["import", "votes", "--map", by_letter.to_str().expect("text"), data]);
    assert!(printed.contains("1141 annotations, 9 revisions"), "{printed}");
    let all = export(&home, "Tulu 1 human evaluation, by letter", "letters", &[]);
    assert_eq!((&all["judgments"], &all["tasks"], &all["rows"]), (&1141.into(), &996.into(), &632.into()));
    let early = export(&home, "Tulu 1 human evaluation, by letter", "letters-early", &by);
    let judged =
        early["tasks"].as_u64().expect("a count") - early["left_out"]["not_judged"].as_u64().expect("a count");
    assert_eq!((&early["judgments"], judged, &early["rows"]), (&980.into(), 866, &530.into()));
}

/// A judgment of Tulu's, put together from two datasets.
struct Judgment {
    task: String,
    at: String,
    models: [String; 2],
    /// 1 for the first response, -1 for the second, 0 for neither; and how strongly.
    better: (i64, i64),
    acceptable: [bool; 2],
}

struct Judged(Vec<Judgment>);

impl Judged {
    fn of(home: &Home) -> Self {
        let acceptable: HashMap<(String, String), Value> =
            Self::rows(home, "acceptable").into_iter().map(|row| (Self::key(&row), row["answer"].clone())).collect();
        let judgment = |row: Value| {
            let better: Value = serde_json::from_str(row["answer"].as_str().expect("text")).expect("JSON");
            let better = &better["preference"];
            let side = match better["outcome"].as_str().expect("an outcome") {
                "left" => 1,
                "right" => -1,
                _ => 0,
            };
            let thumbs = acceptable[&Self::key(&row)].as_str().expect("text");
            let thumbs: Value = serde_json::from_str(thumbs).expect("JSON");
            let text = |value: &Value| value.as_str().expect("text").to_owned();
            Judgment {
                task: text(&row["task_id"]),
                at: text(&row["happened_at"]),
                models: [0, 1].map(|place| text(&row["models"][place])),
                better: (side, better["strength"].as_i64().unwrap_or(0)),
                acceptable: [0, 1].map(|place| thumbs["thumbs"][place] == "up"),
            }
        };
        Self(Self::rows(home, "better").into_iter().map(judgment).collect())
    }

    /// The rows of a dataset of all judgments of a question.
    fn rows(home: &Home, question: &str) -> Vec<Value> {
        let (recipe, out) = (home.path().join("judgments.yaml"), home.path().join(question));
        fs::write(&recipe, format!("format: judgments\nquestion: {question}\nempty_responses: keep\n"))
            .expect("written");
        let [recipe, folder] = [&recipe, &out].map(|path| path.to_str().expect("text"));
        let project = "Tulu 1 human evaluation";
        home.succeed(&["export", "judgments", "--project", project, "--recipe", recipe, "--out", folder]);
        let lines = fs::read_to_string(out.join("train.jsonl")).expect("rows");
        lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    fn key(row: &Value) -> (String, String) {
        let text = |name: &str| row[name].as_str().expect("text").to_owned();
        (text("task_id"), text("annotator"))
    }

    /// The judgments of each instance of two models, or of any, in the order in which they were made.
    fn by_instance(&self, models: Option<[&str; 2]>) -> Vec<Vec<&Judgment>> {
        let mut by_instance: HashMap<&str, Vec<&Judgment>> = HashMap::new();
        let of = self.0.iter().filter(|judgment| models.is_none_or(|models| judgment.models == models));
        of.for_each(|judgment| by_instance.entry(&judgment.task).or_default().push(judgment));
        by_instance.values_mut().for_each(|judged| judged.sort_by(|one, other| one.at.cmp(&other.at)));
        by_instance.into_values().collect()
    }
}

#[test]
fn llmfao() {
    let Some(data) = real_data("llmfao") else { return };
    let home = Home::new();
    let mapping = repository("examples/llmfao.yaml");
    let printed =
        home.succeed(&["import", "votes", "--map", mapping.to_str().expect("text"), data.to_str().expect("text")]);
    assert!(
        printed.contains("recorded now: 2139 tasks, 124 participants, 8931 annotations, 0 revisions"),
        "{printed}"
    );
    assert!((alpha(&printed) - 0.290_595_103_91).abs() < 1e-11, "{printed}");

    let told = quality(
        &home,
        "LLMFAO crowd comparisons",
        "better",
        "agreement { alpha { value } } position { first second leftShare { value } pValue { value } }
        flags { annotatorId rule evidence pValue adjustedPValue }
        annotators(first: 100) { annotatorId labels modalShare { value } }
        leaderboard { comparisons isConnected logLikelihood models { model strength low high } }",
    );
    assert!((number(&told["agreement"]["alpha"]["value"]) - 0.290_595_103_91).abs() < 1e-11);
    let position = &told["position"];
    assert_eq!((&position["first"], &position["second"]), (&json!(2911), &json!(2549)));
    assert_eq!(format!("{:.5}", number(&position["leftShare"]["value"])), "0.53315");
    assert_eq!(format!("{:.2e}", number(&position["pValue"]["value"])), "1.02e-6");
    // worker 32 gave one answer 21 times, and nobody else did such a thing
    let straight = flags(&told, "STRAIGHT_LINING");
    assert_eq!(straight.len(), 1, "{straight:?}");
    assert_eq!(straight[0]["evidence"], "21 of 21 answers are the same");
    let worker = home.succeed(&["subject", "--project", "LLMFAO crowd comparisons", "32"]);
    assert!(worker.contains(straight[0]["annotatorId"].as_str().expect("an id")), "{worker}");

    let board = &told["leaderboard"];
    assert_eq!((&board["comparisons"], &board["isConnected"]), (&json!(8931), &json!(true)));
    assert!((number(&board["logLikelihood"]) - -5_743.381_723_882_94).abs() < 1e-6, "{board}");
    let reference = fs::read_to_string(data.join("reference_bt_half_tie_geomean1.csv")).expect("readable");
    let reference: HashMap<&str, f64> = reference
        .lines()
        .skip(1)
        .filter_map(|line| line.rsplit_once(','))
        .map(|(model, strength)| (model.trim_matches('"'), strength.parse().expect("a number")))
        .collect();
    let models = board["models"].as_array().expect("models");
    assert_eq!((models.len(), reference.len()), (59, 59));
    for model in models {
        let (name, strength) = (model["model"].as_str().expect("a name"), number(&model["strength"]));
        let expected = reference[name];
        assert!((strength - expected).abs() <= 1e-6 * expected, "{name}: {strength} is not {expected}");
        assert!(number(&model["low"]) < strength && strength < number(&model["high"]), "{model}");
    }
}

#[test]
fn ukpconvarg() {
    let Some(data) = real_data("ukpconvarg1") else { return };
    let home = Home::new();
    let mapping = repository("examples/ukpconvarg.yaml");
    let import = ["import", "votes", "--map", mapping.to_str().expect("text"), data.to_str().expect("text")];
    let mut importing = home.command(&import).stdout(std::process::Stdio::piped()).spawn().expect("stele runs");
    let most = most_memory(&mut importing);
    let output = importing.wait_with_output().expect("it ends");
    let printed = text(&output.stdout);
    assert!(output.status.success(), "{printed}");
    let expected = "recorded now: 16927 tasks, 3815 participants, 84445 annotations, 0 revisions";
    assert!(printed.contains(expected), "{printed}");
    assert_close(alpha(&printed), 0.266_757_818_275_81);
    assert!(most < 200 * 1024, "the import took {most} KiB of memory");
    assert!(printed.contains("the right answers to 16081 tasks are known"), "{printed}");

    let told = quality(
        &home,
        "UKPConvArg1",
        "more_convincing",
        "agreement { alpha { value } } position { leftShare { value } pValue { value } } flags { rule }
        majority: consensus(method: MAJORITY) { goldUnits goldAccuracy }
        first: consensus(method: MAJORITY, ties: FIRST) { goldAccuracy }
        model: consensus(method: DAWID_SKENE, rounds: 5) { goldUnits goldAccuracy }",
    );
    assert_close(number(&told["agreement"]["alpha"]["value"]), 0.266_757_818_275_81);
    assert_eq!(format!("{:.5}", number(&told["position"]["leftShare"]["value"])), "0.50274");
    assert!(number(&told["position"]["pValue"]["value"]) > 0.05, "no side is preferred: {}", told["position"]);
    assert_eq!(flags(&told, "POSITION_BIAS").len(), 0);
    assert_eq!((&told["majority"]["goldUnits"], &told["model"]["goldUnits"]), (&json!(16_081), &json!(16_081)));
    assert_eq!(format!("{:.4}", number(&told["first"]["goldAccuracy"])), "0.8896");
    // what lots would give on average where several categories lead
    assert_eq!(format!("{:.5}", number(&told["majority"]["goldAccuracy"])), "0.89027");
    // the package's figure after the five rounds that it made
    assert_close(number(&told["model"]["goldAccuracy"]), 0.905_789_440_955_164_4);
}

/// The most memory that a process has held by the time it ends, in KiB.
fn most_memory(process: &mut std::process::Child) -> u64 {
    let status = format!("/proc/{}/status", process.id());
    let mut most = 0;
    while process.try_wait().expect("a process").is_none() {
        let status = fs::read_to_string(&status).unwrap_or_default();
        let fields: HashMap<&str, &str> = status.lines().filter_map(|line| line.split_once(':')).collect();
        let peak = fields.get("VmHWM").and_then(|peak| peak.trim().strip_suffix(" kB")?.parse().ok());
        most = most.max(peak.unwrap_or(0));
        std::thread::park_timeout(std::time::Duration::from_millis(50));
    }
    most
}
