//! Faults: servers, PostgreSQL, the projection worker and rotations of the keys are killed at random moments under the
//! load of 32 or 64 clients, and afterwards nothing acknowledged is lost, nothing is there twice, the history verifies, the
//! views are what the ledger adds up to, and every personal text opens but for those of the erased.
//!
//! A run is decided by its seed, but for what the machine's scheduler does. `STELE_FAULT_RUNS` says how many seeds are
//! run; `STELE_FAULT_SEED` runs one of them alone.

mod client;
mod database;
mod load;
mod people;
mod rotation;
mod schedule;
#[path = "../support/mod.rs"]
mod support;

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, channel},
    },
    thread,
    time::Instant,
};

use serde_json::{Value, json};

use crate::{
    client::{Addresses, Answer, Client, Command, PASSWORD, positions},
    database::Database,
    load::{Accounts, Annotator, Answered},
    schedule::{Blow, Schedule, Victim},
    support::{Home, Running, signal},
};

/// How many accounts the clients claim tasks with: fewer than clients, so that claims under one account meet.
const ANNOTATORS: usize = 12;

/// How many runs `make test` does.
const RUNS: u64 = 10;

#[test]
fn nothing_is_lost_and_nothing_is_there_twice() {
    let number =
        |name| env::var(name).ok().map(|text| text.parse::<u64>().unwrap_or_else(|_| panic!("{name}={text}")));
    let seeds = match (number("STELE_FAULT_SEED"), number("STELE_FAULT_RUNS")) {
        (Some(seed), _) => seed..=seed,
        (None, runs) => 1..=runs.unwrap_or(RUNS),
    };
    let is_whole = seeds.clone().count() as u64 >= RUNS;
    let home = Home::new();
    let mut killed = BTreeSet::new();
    for seed in seeds {
        let schedule = Schedule::of(seed);
        println!("{schedule}");
        let began = Instant::now();
        let commands = run(&home, &schedule);
        println!("  {commands} commands acknowledged, in {:.1} s", began.elapsed().as_secs_f64());
        killed.extend(schedule.blows.into_iter().flat_map(|blow| blow.victims));
    }
    assert!(!is_whole || killed.len() == Victim::ALL.len(), "only {killed:?} were killed");
}

#[test]
fn a_server_without_views_leaves_them_to_a_worker() {
    let home = Home::new();
    let mut system = System::start(&home, "main", 1, false);
    let accounts = system.accounts();
    let project = create_project(&accounts.manager, "alone");
    let mut database = Database::open(home.path(), "main");
    assert!(database.dump_views().values().all(Vec::is_empty), "nobody folds");
    system.start_worker();
    caught_up(&accounts.manager, &project);
    assert_eq!(database.dump_views()["directory_project"].len(), 1);
    system.stop();
}

/// The processes of one ledger.
struct System<'a> {
    home: &'a Home,
    ledger: String,
    addresses: Addresses,
    servers: Vec<Option<Running>>,
    worker: Option<Running>,
    /// The server that is killed next.
    next: usize,
}

impl<'a> System<'a> {
    fn start(home: &'a Home, ledger: &str, servers: usize, with_worker: bool) -> Self {
        let (ledger, addresses) = (ledger.to_owned(), Addresses::default());
        let mut system = Self { home, ledger, addresses, servers: Vec::new(), worker: None, next: 0 };
        for server in 0..servers {
            system.servers.push(None);
            system.start_server(server);
        }
        if with_worker {
            system.start_worker();
        }
        system
    }

    fn start_server(&mut self, server: usize) {
        let running = self.home.serve(&["serve", "--no-views", "--ledger", &self.ledger]);
        self.addresses.set(server, running.url.clone());
        self.servers[server] = Some(running.process);
    }

    fn start_worker(&mut self) {
        self.worker = Some(self.home.start(&["worker", "--ledger", &self.ledger], "current").0);
    }

    /// Takes in those whose accounts the clients use.
    fn accounts(&self) -> Accounts {
        let account = |name: &str, roles: &[&str]| {
            let email = format!("{name}@example.org");
            let mut register = self.home.command(&["register", "--ledger", &self.ledger, "--name", name]);
            register.args(["--email", &email]).args(roles.iter().flat_map(|role| ["--role", role]));
            let registered = register.env("STELE_PASSWORD", PASSWORD).output().expect("stele runs");
            assert!(registered.status.success(), "{}", support::text(&registered.stderr));
            Client::sign_in(&self.addresses, &email)
        };
        let officer = account("officer", &["admin", "compliance"]);
        let annotator = |number: usize| {
            let (name, email) = (format!("annotator {number}"), format!("annotator{number}@example.org"));
            let input = json!({ "name": name, "email": email, "password": PASSWORD, "roles": ["ANNOTATOR"] });
            let key = format!("register {name}");
            officer.send(&Command { mutation: "registerParticipant", key, input, fields: "participantId" });
            Client::sign_in(&self.addresses, &email)
        };
        Accounts {
            manager: account("manager", &["manager"]),
            annotators: (0..ANNOTATORS).map(annotator).collect(),
            reviewer: account("reviewer", &["reviewer"]),
            officer,
        }
    }

    /// Kills all the victims, and only then starts what does not start by itself.
    fn strike(&mut self, blow: &Blow) {
        let is_rotating = blow.victims.contains(&Victim::Rotation);
        let mut rotation = is_rotating.then(|| rotation::begin(self.home, &self.ledger));
        thread::sleep(blow.and_then);
        for victim in &blow.victims {
            match victim {
                Victim::Server => self.servers[self.next].take().expect("it runs").kill(),
                Victim::Worker => self.worker.take().expect("it runs").kill(),
                Victim::Rotation => rotation.take().expect("it was begun").kill(),
                // the processes that use it start it again
                Victim::Postmaster => kill_postmaster(self.home),
            }
        }
        if self.servers[self.next].is_none() {
            self.start_server(self.next);
            self.next = (self.next + 1) % self.servers.len();
        }
        if self.worker.is_none() {
            self.start_worker();
        }
        if is_rotating {
            rotation::complete(self.home, &self.ledger, blow.victims.contains(&Victim::Postmaster));
        }
    }

    /// Servers that know no more than what is stored.
    fn renew_servers(&mut self) {
        for server in 0..self.servers.len() {
            self.servers[server].take().expect("it runs").kill();
            self.start_server(server);
        }
    }

    fn stop(self) {
        self.servers.into_iter().flatten().chain(self.worker).for_each(|process| drop(process.interrupt()));
    }
}

fn kill_postmaster(home: &Home) {
    let file = std::fs::read_to_string(home.path().join("postgres/postmaster.pid")).expect("it runs");
    let pid = file.lines().next().expect("a line").trim().parse().expect("a process");
    let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).expect("it lives");
    assert!(name.starts_with("postgres"), "process {pid} is {name}");
    signal(pid, "KILL");
}

/// One run, in a ledger of its own; how many commands were acknowledged.
fn run(home: &Home, schedule: &Schedule) -> usize {
    let ledger = format!("fault-{}", schedule.seed);
    let mut system = System::start(home, &ledger, schedule.servers, true);
    let accounts = system.accounts();
    let project = create_project(&accounts.manager, &schedule.seed.to_string());
    let (sender, answers) = channel();
    let is_over = AtomicBool::new(false);
    let answered: Vec<Answered> = thread::scope(|scope| {
        // set even if striking fails, or the clients would never end
        let over = SetAtEnd(&is_over);
        let clients: Vec<_> = (0..schedule.clients)
            .map(|number| Annotator::new(&accounts, &project, schedule.seed, number, sender.clone()))
            .map(|annotator| scope.spawn(|| annotator.work(&is_over)))
            .collect();
        drop(sender);
        for blow in &schedule.blows {
            wait_for(&answers, blow.after_answers);
            system.strike(blow);
        }
        drop(over);
        clients.into_iter().flat_map(|client| client.join().expect("a client failed")).collect()
    });
    caught_up(&accounts.manager, &project);
    let mut database = Database::open(home.path(), &ledger);
    let acknowledged = check_history(&database.commands(), &answered);
    people::check_keys(home, &mut database, &answered);
    // those of before have keys at hand that they could no longer get
    system.renew_servers();
    people::check_texts(&accounts.manager, &project, &answered);
    check_views(home, &ledger, &mut database);
    check_verifies(home, &ledger, &accounts.manager);
    system.stop();
    acknowledged
}

/// Sets a flag when it is dropped.
struct SetAtEnd<'a>(&'a AtomicBool);

impl Drop for SetAtEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Waits for so many answers from now on; those of before a restart don't count.
fn wait_for(answers: &Receiver<()>, count: usize) {
    while answers.try_recv().is_ok() {}
    assert_eq!(answers.iter().take(count).count(), count, "the clients have stopped");
}

fn create_project(manager: &Client, name: &str) -> Value {
    let questions = json!([
        { "key": "better", "title": "Which?", "kind": { "preference": {} } },
        { "key": "reason", "title": "Why?", "kind": { "text": {} } },
    ]);
    let command = Command {
        mutation: "createProject",
        key: format!("project {name}"),
        input: json!({ "name": name, "questions": questions }),
        fields: "projectId",
    };
    match manager.send(&command) {
        Answer::Acknowledged(created) => created["projectId"].clone(),
        Answer::Refused(code) => panic!("the project was refused: {code}"),
    }
}

/// Returns once every view includes the whole ledger.
fn caught_up(client: &Client, project: &Value) {
    let head = client.insist("{ ledger { position } }", &Value::Null)["ledger"]["position"].clone();
    // a server that has waited in vain answers with a fault, and is asked again
    let query = "query($id: UUID!, $at: Position) { project(id: $id, atLeast: $at) { id } }";
    client.insist(query, &json!({ "id": project, "at": head }));
}

/// Every acknowledged command is there once, where its receipt says, and a refused one is not there at all.
fn check_history(commands: &BTreeMap<u64, String>, answered: &[Answered]) -> usize {
    let mut positions_of = BTreeMap::<&str, Vec<u64>>::new();
    for (position, key) in commands {
        positions_of.entry(key).or_default().push(*position);
    }
    let mut acknowledged = 0;
    for Answered { command, answer, .. } in answered {
        let found = positions_of.remove(command.key.as_str()).unwrap_or_default();
        let expected = match answer {
            Answer::Acknowledged(answer) => {
                acknowledged += 1;
                let (first, last) = positions(answer);
                (first..=last).collect()
            }
            Answer::Refused(_) => Vec::new(),
        };
        assert_eq!(found, expected, "the positions of {command:?}, which was answered with {answer:?}");
    }
    for participant in people::erased(answered).intersection(&taken_in(answered)) {
        let struck_off = positions_of.remove(format!("erase participant {participant}").as_str());
        assert_eq!(struck_off.map(|positions| positions.len()), Some(1), "{participant} was erased");
    }
    let known = |key: &&str| key.starts_with("project ") || key.starts_with("register ");
    assert_eq!(positions_of.keys().filter(|key| !known(key)).collect::<Vec<_>>(), [&""; 0], "nobody sent these");
    acknowledged
}

/// Who was registered through the API.
fn taken_in(answered: &[Answered]) -> BTreeSet<String> {
    let acknowledged = answered.iter().filter_map(|answered| match &answered.answer {
        Answer::Acknowledged(answer) => answer["participantId"].as_str(),
        Answer::Refused(_) => None,
    });
    acknowledged.map(str::to_owned).collect()
}

/// The views that were folded live are those of a rebuild.
fn check_views(home: &Home, ledger: &str, database: &mut Database) {
    let live = database.dump_views();
    assert!(["task_detail", "task_queue", "quality_label"].iter().all(|view| !live[*view].is_empty()), "{live:?}");
    home.succeed(&["rebuild", "--ledger", ledger]);
    let rebuilt = database.dump_views();
    for (table, rows) in &live {
        assert_eq!(rows, &rebuilt[table], "{table}, as followed live and as rebuilt");
    }
    assert_eq!(live.len(), rebuilt.len());
}

/// The independent verifier finds nothing, in a history that goes on from the last checkpoint outside the database.
fn check_verifies(home: &Home, ledger: &str, client: &Client) {
    let answer = client.insist("{ ledger { verifierKey } }", &Value::Null);
    let key = answer["ledger"]["verifierKey"].as_str().expect("a key");
    let kept = home.path().join(format!("{ledger}.checkpoint"));
    let kept = kept.to_str().expect("text");
    let report = home.succeed(&["verify", "--ledger", ledger, "--key", key, "--checkpoint", kept]);
    assert!(report.starts_with(&format!("valid: ledger {ledger}")), "{report}");
}
