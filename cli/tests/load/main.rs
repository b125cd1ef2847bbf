//! Many annotators at one server over HTTP, some of them rude: what comes of it, and how fast.
//!
//! Of a hundred claims ten are skipped, five go silent until their lease lapses, five are submitted twice under one key,
//! and five are for the very task that somebody else has just claimed. Whatever they do, every task ends with exactly as
//! many annotations as it asks for, each by another person, and nothing that was acknowledged is lost.
//!
//! `make test` runs it small. `make load` runs it in full, on a release build, and prints how long claims and submissions
//! take; `STELE_LOAD_ANNOTATORS`, `STELE_LOAD_TASKS` and `STELE_LOAD_IDLE_TASKS` say how much of it, and
//! `STELE_LOAD_THINK_MILLISECONDS` how long somebody thinks about a task on average. Every annotator has a socket open as
//! well, over which the console would show how much there is to do.

#[path = "../support/mod.rs"]
mod support;

mod annotator;
mod client;
mod figures;
mod http;
mod listeners;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use self::support::Home;
use self::{
    annotator::{Annotator, Person, Seen},
    client::Client,
    figures::Figures,
    listeners::Listeners,
};

/// How many annotators a task gets.
const REDUNDANCY: usize = 3;

/// How long a lease lasts beyond the longest thought, in seconds: short, so that what goes silent comes back during the run.
const LEASE_SECONDS: u64 = 2;

/// How many people may be silent at a time for each who works, and how many at most: enough that nobody comes back to a lease
/// that has not lapsed, at a thousand annotations a second.
const SILENT: usize = 3;
const MOST_SILENT: usize = 256;

/// How many clients create tasks and register people at a time.
const HELPERS: usize = 16;

/// What the annotators share.
pub(crate) struct Campaign {
    pub(crate) project: String,
    /// How long somebody thinks about a task: as long as twice this, or not at all.
    pub(crate) think: Duration,
    /// The tasks that have to be done; the project may have others, of less priority.
    pub(crate) wanted: BTreeSet<String>,
    /// How many annotations of those are still to be acknowledged.
    pub(crate) missing: AtomicU64,
    /// The task that was claimed last, by anybody.
    pub(crate) hot: Mutex<Option<String>>,
    /// People whose place nobody has taken: whoever goes silent swaps with one of them.
    pub(crate) idle: Mutex<VecDeque<Person>>,
}

fn setting(name: &str, default: usize) -> usize {
    let set = std::env::var(name).ok();
    set.map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number, not {text}")))
}

#[test]
fn every_task_ends_with_as_many_annotations_as_it_asks_for() {
    let annotators = setting("STELE_LOAD_ANNOTATORS", 12);
    let tasks = setting("STELE_LOAD_TASKS", 60);
    let idle_tasks = setting("STELE_LOAD_IDLE_TASKS", 0);
    let think = Duration::from_millis(setting("STELE_LOAD_THINK_MILLISECONDS", 0) as u64);
    let home = Home::new();
    home.register("mary", &["admin", "manager"]);
    let serving = home.serve(&["serve"]);
    let manager = Client::sign_in(&serving.url, "mary@example.org");

    let people = register(&manager, &serving.url, annotators + (SILENT * annotators).min(MOST_SILENT));
    let project = create_project(&manager, LEASE_SECONDS + 2 * think.as_secs());
    create_tasks(&manager, &project, "idle", idle_tasks, -1);
    let (wanted, last) = create_tasks(&manager, &project, "task", tasks, 0);
    manager.wait_for_views(&project, last);

    let (active, idle) = people.split_at(annotators);
    let campaign = Campaign {
        project: project.clone(),
        think,
        wanted,
        missing: AtomicU64::new((tasks * REDUNDANCY) as u64),
        hot: Mutex::new(None),
        idle: Mutex::new(idle.iter().cloned().map(person).collect()),
    };
    let listeners = Listeners::open(&serving.url, active, &project);
    let began = Instant::now();
    let seen: Vec<Seen> = thread::scope(|scope| {
        let working = active.iter().enumerate().map(|(number, client)| {
            let (annotator, campaign) = (Annotator::new(number, person(client.clone())), &campaign);
            scope.spawn(move || annotator.work(campaign))
        });
        let working: Vec<_> = working.collect();
        working.into_iter().map(|working| working.join().expect("no panic")).collect()
    });
    let mut ends: Vec<Instant> = seen.iter().flat_map(|seen| &seen.acknowledged).map(|one| one.at).collect();
    ends.sort_unstable();
    // at the end there is less to do than people, and some of it waits for the leases of those who went silent
    let busy = ends.len() * 9 / 10;
    let rate = |annotations: usize| annotations as f64 / (ends[annotations - 1] - began).as_secs_f64();

    let (claims, submits) = seen.iter().fold(<(Figures, Figures)>::default(), |(claims, submits), seen| {
        (claims.with(&seen.claims), submits.with(&seen.submits))
    });
    println!(
        "{annotators} annotators, {tasks} tasks of {} in the project, redundancy {REDUNDANCY}: {:.0} annotations a second, \
         {:.0} until nine tenths were done",
        tasks + idle_tasks,
        rate(ends.len()),
        rate(busy)
    );
    println!("claimTask         {claims}");
    println!("submitAnnotation  {submits}");
    let left = check(&manager, &campaign, tasks + idle_tasks, &seen);
    println!("sockets           {}", listeners.told_of(left));
    serving.process.interrupt();
}

const fn person(client: Client) -> Person {
    Person { client, finished: BTreeSet::new() }
}

/// Takes so many annotators in, and signs them in.
fn register(manager: &Client, url: &str, people: usize) -> Vec<Client> {
    let signed_in = Mutex::new(BTreeMap::new());
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..HELPERS {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= people {
                        break;
                    }
                    let email = format!("annotator{number}@example.org");
                    let input = json!({
                        "name": format!("Annotator {number}"),
                        "email": email,
                        "password": support::PASSWORD,
                        "roles": ["ANNOTATOR"],
                    });
                    let fields = "... on ParticipantRegistered { participantId }";
                    manager.done("registerParticipant", &input, &format!("register {number}"), fields);
                    let client = Client::sign_in(url, &email);
                    signed_in.lock().unwrap_or_else(PoisonError::into_inner).insert(number, client);
                }
            });
        }
    });
    signed_in.into_inner().unwrap_or_else(PoisonError::into_inner).into_values().collect()
}

fn create_project(manager: &Client, lease_seconds: u64) -> String {
    let input = json!({
        "name": "Load",
        "redundancy": REDUNDANCY,
        "workflow": { "leaseSeconds": lease_seconds },
        "questions": [
            { "key": "better", "title": "Which is better?", "kind": { "preference": { "tie": true } } },
            { "key": "reason", "title": "Why?", "required": false, "kind": { "text": {} } },
        ],
    });
    let created = manager.done("createProject", &input, "project", "... on ProjectCreated { projectId }");
    created["projectId"].as_str().expect("an id").to_owned()
}

/// Creates so many tasks, and gives their ids and the last position that tells of one.
fn create_tasks(manager: &Client, project: &str, name: &str, tasks: usize, priority: i16) -> (BTreeSet<String>, u64) {
    let (next, last, ids) = (AtomicUsize::new(0), AtomicU64::new(0), Mutex::new(BTreeSet::new()));
    thread::scope(|scope| {
        for _ in 0..HELPERS {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= tasks {
                        break;
                    }
                    let input = json!({
                        "projectId": project,
                        "externalKey": format!("{name}-{number}"),
                        "content": [{ "name": "prompt", "value": format!("Explain the number {number}.") }],
                        "responses": [{ "text": "It is a number." }, { "text": "It comes after another." }],
                        "routing": { "priority": priority },
                    });
                    let fields = "... on TaskCreated { taskId receipt { last } }";
                    let created = manager.done("createTask", &input, &format!("{name} {number}"), fields);
                    last.fetch_max(created["receipt"]["last"].as_u64().expect("a position"), Ordering::Relaxed);
                    let id = created["taskId"].as_str().expect("an id").to_owned();
                    ids.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
                }
            });
        }
    });
    (ids.into_inner().unwrap_or_else(PoisonError::into_inner), last.into_inner())
}

/// Holds what the ledger has against what the annotators saw; how many tasks are left.
fn check(manager: &Client, campaign: &Campaign, tasks: usize, seen: &[Seen]) -> u64 {
    let acknowledged: BTreeMap<&str, (&str, u64)> = seen
        .iter()
        .flat_map(|seen| &seen.acknowledged)
        .map(|one| (one.id.as_str(), (one.task.as_str(), one.last)))
        .collect();
    let last = acknowledged.values().map(|(_, last)| *last).max().expect("something was acknowledged");
    manager.wait_for_views(&campaign.project, last);
    let mut found = BTreeSet::new();
    let (mut after, mut number, mut left) = (Value::Null, 0, 0);
    loop {
        let query =
            "query($project: UUID!, $after: String) { project(id: $project) { tasks(after: $after, first: 50) {
            nodes { id annotations { id annotatorId status } } pageInfo { hasNextPage endCursor } } } }";
        let page = manager.ask(query, &json!({ "project": campaign.project, "after": after }));
        let page = &page["project"]["tasks"];
        for task in page["nodes"].as_array().expect("tasks") {
            let annotations = task["annotations"].as_array().expect("annotations");
            let people: BTreeSet<&str> =
                annotations.iter().map(|annotation| annotation["annotatorId"].as_str().expect("an id")).collect();
            number += 1;
            assert_eq!(annotations.len(), people.len(), "{task}");
            assert!(people.len() <= REDUNDANCY, "{task}");
            if people.len() < REDUNDANCY {
                assert!(!campaign.wanted.contains(task["id"].as_str().expect("an id")), "{task}");
                left += 1;
            }
            for annotation in annotations {
                assert_eq!(annotation["status"], "submitted");
                let id = annotation["id"].as_str().expect("an id").to_owned();
                let (of, _) = acknowledged.get(id.as_str()).unwrap_or_else(|| panic!("{id} was never acknowledged"));
                assert_eq!(task["id"], *of);
                found.insert(id);
            }
        }
        after = page["pageInfo"]["endCursor"].clone();
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    assert_eq!(number, tasks);
    let gone: Vec<_> = acknowledged.keys().filter(|id| !found.contains(**id)).collect();
    assert!(gone.is_empty(), "acknowledged, and gone: {gone:?}");
    for seen in seen {
        assert!(seen.again.is_empty(), "shown again after it was answered or skipped: {:?}", seen.again);
    }
    left
}
