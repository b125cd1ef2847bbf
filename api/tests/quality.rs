//! What the API tells of quality: of which labels, as of when, and what follows from them.

mod support;

use std::sync::Arc;

use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use stele_domain::{
    Aggregate, ParticipantId, Personal, ProjectId, TaskId, Timestamp,
    form::{Answer, AnswerValue, Form, PreferenceAnswer, PreferenceOutcome},
    participant::{Participant, ParticipantCommand, ParticipantKind, Role},
    project::{Project, Standards},
    task::{ContentField, ContentKind, Response, Routing, Submission, Task, TaskCommand},
};
use stele_ledger::{CommandContext, Fingerprint, Position};
use support::Server;
use uuid::Uuid;

use PreferenceOutcome::{Left, Right, Tie};

const MACHINE: u128 = 9;

struct Campaign {
    server: Server,
    researcher: String,
    project: ProjectId,
    form: Arc<Form>,
}

impl Campaign {
    async fn begin(options: &PgConnectOptions) -> Self {
        let server = Server::start(options).await;
        let manager = server.sign_in("mary", &[Role::Manager]).await;
        let researcher = server.sign_in("rosa", &[Role::Researcher]).await;
        let questions = json!([
            { "key": "better", "title": "Which?", "required": false, "kind": { "preference": { "tie": true } } },
            { "key": "good", "title": "How good?", "required": false, "kind": { "rating": { "min": 1, "max": 5, "eachResponse": true } } },
        ]);
        let input = json!({ "name": "Quality", "questions": questions, "redundancy": 5 });
        let created =
            server.mutate(&manager, "createProject", input, "p", "... on ProjectCreated { projectId }").await;
        let project: Uuid = created["projectId"].as_str().expect("created").parse().expect("an id");
        let (state, _) = server.ledger.load::<Project>(project).await.expect("a project");
        let form = Arc::new(state.form().expect("a form").clone());
        let campaign = Self { server, researcher, project: project.into(), form };
        let machine = ParticipantCommand::Register {
            kind: ParticipantKind::Machine,
            name: Personal::clear(ParticipantId::from(Uuid::from_u128(MACHINE)), "judge".into()),
            email: None,
            roles: Vec::new(),
        };
        campaign.execute::<Participant>(Uuid::from_u128(MACHINE), None, &machine).await;
        campaign
    }

    async fn execute<A: Aggregate>(&self, id: Uuid, at: Option<Timestamp>, command: &A::Command) -> Position {
        let context = CommandContext {
            actor: None,
            key: self.server.ledger.mint().seed().to_string().try_into().expect("a key"),
            fingerprint: Fingerprint::of(b""),
            occurred_at: at,
            correlation_id: None,
        };
        let done =
            self.server.ledger.execute::<A>(id, &context, command).await.unwrap_or_else(|error| panic!("{error}"));
        done.receipt.last
    }

    async fn task(&self, tag: &str) -> TaskId {
        let task: TaskId = self.server.ledger.mint().fresh();
        let response = |model: &str| Response::new(Some(model.to_owned()), format!("{task} by {model}"));
        let create = TaskCommand::Create {
            project: self.project,
            external_key: None,
            content: vec![ContentField::new("prompt", ContentKind::Text, "Say it.")],
            responses: vec![response("alpaca"), response("bard")],
            redundancy: 5.try_into().expect("in range"),
            starts_with: None,
            routing: Routing { tags: [tag.to_owned().try_into().expect("a tag")].into(), ..Routing::default() },
        };
        self.execute::<Task>(task.uuid(), None, &create).await;
        task
    }

    async fn answer(&self, task: TaskId, who: u128, day: u32, answers: Vec<(&str, AnswerValue)>) -> Position {
        let answer = |(question, value): (&str, AnswerValue)| Answer {
            question: question.to_owned().try_into().expect("a key"),
            value,
        };
        let submission = Submission {
            annotation: Uuid::from_u128(task.uuid().as_u128() ^ who).into(),
            annotator: ParticipantId::from(Uuid::from_u128(who)),
            form: Arc::clone(&self.form),
            guidelines_version: None,
            answers: answers.into_iter().map(answer).collect(),
            standards: Standards::default(),
            draw: 0,
        };
        let at = format!("2026-01-{day:02}T12:00:00Z").parse().expect("a time");
        self.execute::<Task>(task.uuid(), Some(at), &TaskCommand::Record { submission }).await
    }

    async fn prefers(&self, task: TaskId, who: u128, day: u32, outcome: PreferenceOutcome) -> Position {
        let value = AnswerValue::Preference(PreferenceAnswer { outcome, strength: None });
        self.answer(task, who, day, vec![("better", value)]).await
    }

    /// What the API tells of a question.
    async fn quality(&self, question: &str, arguments: &str, fields: &str) -> Value {
        self.server.views_caught_up().await;
        let query = format!(
            "query($id: UUID!) {{ project(id: $id) {{ quality(question: \"{question}\"{arguments}) {{ {fields} }} }} }}"
        );
        let answer = self.server.ask(Some(&self.researcher), &query, json!({ "id": self.project })).await;
        assert!(answer["errors"].is_null(), "{answer}");
        answer["data"]["project"]["quality"].clone()
    }

    async fn labels(&self, arguments: &str) -> Value {
        self.quality("better", arguments, "agreement { labels }").await["agreement"]["labels"].clone()
    }
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn figures_are_of_the_labels_that_are_asked_for(_: PgPoolOptions, options: PgConnectOptions) {
    let campaign = Campaign::begin(&options).await;
    let (german, english) = (campaign.task("lang:de").await, campaign.task("lang:en").await);
    campaign.prefers(german, 1, 5, Left).await;
    let two = campaign.prefers(german, 2, 6, Right).await;
    campaign.prefers(english, 1, 6, Tie).await;
    let four = campaign.prefers(english, MACHINE, 20, Tie).await;
    let revised = campaign.prefers(german, 2, 21, Left).await;
    for (arguments, labels) in [
        (String::new(), 4),
        (", only: { tag: \"lang:de\" }".into(), 2),
        (", only: { tag: \"lang:fr\" }".into(), 0),
        (", only: { model: \"bard\", annotators: HUMAN }".into(), 3),
        (", only: { annotators: MACHINE }".into(), 1),
        (", only: { model: \"claude\" }".into(), 0),
        (", only: { formVersion: 1 }".into(), 4),
        (", only: { formVersion: 2 }".into(), 0),
        (", only: { saidFrom: \"2026-01-06T00:00:00Z\", saidBefore: \"2026-01-20T12:00:00Z\" }".into(), 1),
        (format!(", knownAt: {two}"), 2),
        (format!(", knownAt: {four}, only: {{ saidBefore: \"2026-01-07T00:00:00Z\" }}"), 3),
        (", knownAt: 0".into(), 0),
    ] {
        assert_eq!(campaign.labels(&arguments).await, labels, "{arguments}");
    }
    let percent = async |arguments: &str| {
        let told = campaign.quality("better", arguments, "knownAt agreement { percentAgreement { value } }").await;
        (told["knownAt"].clone(), told["agreement"]["percentAgreement"]["value"].clone())
    };
    assert_eq!(percent(&format!(", knownAt: {four}")).await, (json!(four.get()), json!(0.5)));
    assert_eq!(percent("").await, (Value::Null, json!(1.0)));
    assert_eq!(percent(&format!(", knownAt: {revised}")).await.1, json!(1.0));
    let series = campaign.quality("better", "", "series(every: WEEK) { from labels annotators }").await;
    assert_eq!(
        series["series"],
        json!([
            { "from": "2026-01-05T00:00:00+00:00", "labels": 2, "annotators": 1 },
            { "from": "2026-01-19T00:00:00+00:00", "labels": 2, "annotators": 2 },
        ])
    );
    // more at once than may look at every label
    let each = |name: u32| {
        format!(
            "q{name}: quality(question: \"better\", knownAt: {four}) {{ agreement {{ labels }} flags {{ rule }} }}"
        )
    };
    let query = format!("query($id: UUID!) {{ project(id: $id) {{ {} }} }}", (0..6).map(each).collect::<String>());
    let many = campaign.server.ask(Some(&campaign.researcher), &query, json!({ "id": campaign.project })).await;
    for name in 0..6 {
        assert_eq!(many["data"]["project"][format!("q{name}")]["agreement"]["labels"], 4, "{many}");
    }
    let absent = campaign.quality("none", "", "question").await;
    assert_eq!(absent, Value::Null);
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn what_annotators_say_together_is_told_and_who_could_stand_in(_: PgPoolOptions, options: PgConnectOptions) {
    let campaign = Campaign::begin(&options).await;
    for number in 0..40 {
        let task = campaign.task("lang:de").await;
        let right = if number % 2 == 0 { Left } else { Right };
        let wrong = if number % 2 == 0 { Right } else { Left };
        for who in 1..=3 {
            let errs = number % 10 == u32::try_from(who).expect("small");
            campaign.prefers(task, who, 3, if errs { wrong } else { right }).await;
        }
        campaign.prefers(task, MACHINE, 3, right).await;
        if number < 10 {
            let value = AnswerValue::Preference(PreferenceAnswer { outcome: right, strength: None });
            let question = "better".to_owned().try_into().expect("a key");
            let command =
                TaskCommand::SetGold { form: Arc::clone(&campaign.form), answers: vec![Answer { question, value }] };
            campaign.execute::<Task>(task.uuid(), None, &command).await;
        }
    }
    let told = campaign
        .quality(
            "better",
            "",
            "consensus(method: MAJORITY) { unitCount goldUnits goldAccuracy units(first: 1) { part labels category } }
            model: consensus(method: SMOOTHED_DAWID_SKENE) { goldAccuracy logLikelihood annotators { accuracy confusion { probability } } }
            mace: consensus(method: MACE) { goldAccuracy logLikelihood annotators { accuracy competence confusion { said category probability } } }
            reliabilityLeaderboard { models { model strength elo } annotators { annotatorId skill takesFirst } converged undefinedBecause }
            crowd: reliabilityLeaderboard(noise: REVERSAL) { annotators { skill takesFirst } }
            annotators { annotatorId labels goldAccuracy { successes trials mean } leftShare { value } }
            flags { rule } distribution { category labels share }
            position { first second neither }
            leaderboard { comparisons models { model wins losses ties } }
            standIns { annotatorId passes winningRate duels { units won } }",
        )
        .await;
    let consensus = &told["consensus"];
    assert_eq!((&consensus["unitCount"], &consensus["goldUnits"]), (&json!(40), &json!(10)));
    assert_eq!((&consensus["goldAccuracy"], &told["model"]["goldAccuracy"]), (&json!(1.0), &json!(1.0)));
    assert_eq!(consensus["units"][0]["part"], "0:1");
    assert_eq!(told["model"]["annotators"].as_array().map(Vec::len), Some(4));
    assert!(told["model"]["annotators"][0]["confusion"].as_array().is_some_and(|cells| cells.len() == 4));
    // whoever never errs is the most competent, and what people say where something is right adds up to 1
    let mace = told["mace"]["annotators"].as_array().expect("annotators");
    let figure = |annotator: &Value, name: &str| annotator[name].as_f64().expect("a number");
    let [humans @ .., machine] = mace.as_slice() else { panic!("{told}") };
    for human in humans {
        assert!(figure(human, "competence") < figure(machine, "competence"), "{mace:?}");
        assert!((figure(human, "accuracy") - 0.9).abs() < 0.05, "{mace:?}");
        let said = human["confusion"].as_array().expect("cells").iter().filter(|cell| cell["category"] == "left");
        assert!((said.map(|cell| figure(cell, "probability")).sum::<f64>() - 1.0).abs() < 1e-9, "{human}");
    }
    assert_eq!((&told["mace"]["goldAccuracy"], &told["mace"]["logLikelihood"]), (&json!(1.0), &Value::Null));
    assert_eq!(told["model"]["annotators"][0]["competence"], Value::Null);
    let weighted = &told["reliabilityLeaderboard"];
    assert_eq!((&weighted["converged"], &weighted["undefinedBecause"]), (&json!(true), &Value::Null));
    assert_eq!(weighted["models"].as_array().map(Vec::len), Some(2));
    assert_eq!(weighted["annotators"].as_array().map(Vec::len), Some(4));
    let strengths = weighted["models"].as_array().expect("models").iter().map(|model| figure(model, "strength"));
    assert!((strengths.product::<f64>() - 1.0).abs() < 1e-9, "{weighted}");
    assert!(weighted["annotators"][0]["takesFirst"].is_number(), "{weighted}");
    assert_eq!(told["crowd"]["annotators"][0]["takesFirst"], Value::Null);
    let of = |who: u128| {
        let id = json!(Uuid::from_u128(who));
        told["annotators"]
            .as_array()
            .expect("a list")
            .iter()
            .find(|profile| profile["annotatorId"] == id)
            .expect("known")
    };
    assert_eq!((&of(1)["goldAccuracy"]["successes"], &of(1)["goldAccuracy"]["trials"]), (&json!(9.0), &json!(10.0)));
    assert_eq!(of(MACHINE)["goldAccuracy"]["successes"], 10.0);
    assert_eq!(told["flags"], json!([]));
    // each of the three errs four times, twice of them for the left where it is wrong
    assert_eq!(told["distribution"][0]["labels"], 84);
    let board = &told["leaderboard"];
    assert_eq!((&board["comparisons"], board["models"].as_array().map(Vec::len)), (&json!(160), Some(2)));
    let stand_in = &told["standIns"][0];
    assert_eq!(stand_in["annotatorId"], json!(Uuid::from_u128(MACHINE)));
    assert_eq!((&stand_in["passes"], &stand_in["winningRate"]), (&json!(true), &json!(1.0)));
    let drift =
        format!("drift(annotatorId: \"{}\") {{ points {{ below }} alarm {{ upwards }} }}", Uuid::from_u128(1));
    let drift = campaign.quality("better", "", &drift).await;
    assert_eq!(
        (drift["drift"]["points"].as_array().map(Vec::len), &drift["drift"]["alarm"]),
        (Some(40), &Value::Null)
    );
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_tie_is_shared_or_goes_to_what_was_said_first(_: PgPoolOptions, options: PgConnectOptions) {
    let campaign = Campaign::begin(&options).await;
    let task = campaign.task("lang:de").await;
    // first is neither the lower id nor the lower category
    campaign.prefers(task, 2, 3, Right).await;
    campaign.prefers(task, 1, 3, Left).await;
    let told = campaign
        .quality(
            "better",
            "",
            "consensus(method: MAJORITY) { units { category } }
            first: consensus(method: MAJORITY, ties: FIRST) { units { category } }",
        )
        .await;
    assert_eq!(told["consensus"]["units"][0]["category"], Value::Null);
    assert_eq!(told["first"]["units"][0]["category"], "right");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn ratings_of_each_response_are_of_its_model(_: PgPoolOptions, options: PgConnectOptions) {
    let campaign = Campaign::begin(&options).await;
    for (place, ratings) in [[[5, 1], [4, 2]], [[3, 2], [3, 1]]].into_iter().enumerate() {
        let task = campaign.task("lang:de").await;
        for (who, given) in (1..).zip(ratings) {
            campaign
                .answer(
                    task,
                    who,
                    2 + u32::try_from(place).expect("small"),
                    vec![("good", AnswerValue::Ratings(given.to_vec()))],
                )
                .await;
        }
    }
    let told = campaign
        .quality(
            "good",
            "",
            "agreement { units alpha { value } nominal: alpha(level: NOMINAL) { value } ratio: alpha(level: RATIO) { value }
                ac1: gwetAc1 { value } ac2: gwetAc2 { value } linear: gwetAc2(weights: LINEAR) { value } }
            models { model labels mean } leaderboard { comparisons }",
        )
        .await;
    assert_eq!(told["agreement"]["units"], 4);
    // ordinal unless another level is asked for, and that is more than by categories alone
    let figure = |name: &str| told["agreement"][name]["value"].as_f64().expect("defined");
    assert!(figure("alpha") > 0.7 && figure("nominal") < 0.2 && figure("ratio") > 0.5, "{told}");
    // numbers that are near each other agree in part
    assert!(figure("ac1") < figure("linear") && figure("linear") < figure("ac2") && figure("ac2") < 1.0, "{told}");
    assert_eq!(
        told["models"],
        json!([{ "model": "alpaca", "labels": 4, "mean": 3.75 }, { "model": "bard", "labels": 4, "mean": 1.5 }])
    );
    assert_eq!(told["leaderboard"], Value::Null);
    let words = campaign.quality(
        "better",
        "",
        "agreement { ac2: gwetAc2 { value undefinedBecause } } reliabilityLeaderboard { converged }",
    );
    let words = words.await;
    assert_eq!((&words["agreement"]["ac2"]["value"], &words["reliabilityLeaderboard"]), (&Value::Null, &Value::Null));
    assert!(words["agreement"]["ac2"]["undefinedBecause"].is_string(), "{words}");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn groups_are_told_apart_from_outliers(_: PgPoolOptions, options: PgConnectOptions) {
    let campaign = Campaign::begin(&options).await;
    for (who, skills) in [(1, vec!["nurse"]), (2, vec!["nurse", "doctor"]), (3, vec!["doctor"]), (4, vec!["doctor"])]
    {
        let id = Uuid::from_u128(who);
        let register = ParticipantCommand::Register {
            kind: ParticipantKind::Human,
            name: Personal::clear(ParticipantId::from(id), "somebody".into()),
            email: None,
            roles: Vec::new(),
        };
        campaign.execute::<Participant>(id, None, &register).await;
        for skill in skills {
            let skill = skill.to_owned().try_into().expect("a skill");
            campaign.execute::<Participant>(id, None, &ParticipantCommand::GrantSkill { skill }).await;
        }
    }
    for number in 0..20 {
        let task = campaign.task("lang:de").await;
        let side = if number % 2 == 0 { Left } else { Right };
        for who in 1..=5 {
            // two doctors see something in every fourth task, and 5 is of no group
            let said = if who > 2 && number % 4 == 0 { Tie } else { side };
            campaign.prefers(task, who, 3, said).await;
        }
    }
    let fields = "within { skill annotators percentAgreement { value } alpha { value } }
        across { skillA skillB percentAgreement { value } kappa { value } normalised { value } }";
    let asked = format!("groups(skills: [\"nurse\", \"doctor\"]) {{ {fields} }}");
    let groups = campaign.quality("better", "", &asked).await["groups"].clone();
    let itself = |skill: &str| json!({ "skill": skill, "annotators": 2, "percentAgreement": { "value": 1.0 }, "alpha": { "value": 1.0 } });
    assert_eq!(groups["within"], json!([itself("doctor"), itself("nurse")]));
    let across = &groups["across"][0];
    assert_eq!((&across["skillA"], &across["skillB"]), (&json!("doctor"), &json!("nurse")));
    assert_eq!(across["percentAgreement"]["value"], 0.75);
    let kappa = across["kappa"]["value"].as_f64().expect("defined");
    assert!(kappa > 0.5 && kappa < 0.7, "{across}");
    assert_eq!(across["normalised"]["value"], across["kappa"]["value"]);
    // the order of the skills decides where somebody belongs who has both
    let other = campaign.quality("better", "", &format!("groups(skills: [\"doctor\"]) {{ {fields} }}")).await;
    assert_eq!((&other["groups"]["within"][0]["annotators"], &other["groups"]["across"]), (&json!(3), &json!([])));
}
