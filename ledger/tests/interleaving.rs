//! Random interleavings: several processes append, conflict, retry, give up and crash, while others read. Whatever
//! happens, there is one history, and everybody sees only ever more of it.

mod support;

use std::{
    collections::{BTreeMap, HashMap},
    ops::RangeInclusive,
    pin::pin,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use futures::{StreamExt, future::join_all, poll};
use proptest::{
    prelude::*,
    sample::Index,
    test_runner::{Config, TestRunner},
};
use sqlx::{PgPool, postgres::PgConnectOptions};
use stele_ledger::{Append, AppendError, EventFilter, Expected, Ledger, Position, Receipt, Recorded};
use stele_tlog::{Frontier, Hash};
use support::{append, append_of, audit, event, open_named, stream};
use tokio::{runtime::Runtime, sync::watch, task::yield_now};

const CASES: u32 = 24;
const STREAMS: u128 = 3;

/// How long a command is sent again; a process or a connection is replaced much faster.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a writer does next.
#[derive(Clone, Debug)]
enum Step {
    /// A new command.
    Append(New),
    /// A new command that the caller waits for only so many turns, and then may send to another process.
    GiveUp { new: New, turns: u8, retry: Option<Index> },
    /// An acknowledged command, sent again.
    Retry { of: Index, process: Index },
    /// An acknowledged command's key, with another command.
    Reuse { of: Index, process: Index },
    /// A connection to PostgreSQL is cut, whatever it is doing.
    Cut(Index),
    /// A process dies, and another takes its place.
    Crash(Index),
}

/// A new command.
#[derive(Clone, Debug)]
struct New {
    process: Index,
    stream: u128,
    place: Place,
    events: usize,
}

/// Where a command expects its stream.
#[derive(Clone, Copy, Debug)]
enum Place {
    Anywhere,
    /// Where it was a moment ago; somebody may be faster.
    AsSeen,
    /// Where it never is.
    Nowhere,
}

#[derive(Clone, Debug)]
struct Plan {
    processes: usize,
    writers: Vec<Vec<Step>>,
}

fn plan() -> impl Strategy<Value = Plan> {
    let place = prop_oneof![3 => Just(Place::Anywhere), 3 => Just(Place::AsSeen), 1 => Just(Place::Nowhere)];
    let new = (any::<Index>(), 0..STREAMS, place, 1..5_usize).prop_map(|(process, stream, place, events)| New {
        process,
        stream,
        place,
        events,
    });
    let step = prop_oneof![
        8 => new.clone().prop_map(Step::Append),
        3 => (new, 0..40_u8, any::<Option<Index>>())
            .prop_map(|(new, turns, retry)| Step::GiveUp { new, turns, retry }),
        3 => any::<(Index, Index)>().prop_map(|(of, process)| Step::Retry { of, process }),
        1 => any::<(Index, Index)>().prop_map(|(of, process)| Step::Reuse { of, process }),
        1 => any::<Index>().prop_map(Step::Cut),
        1 => any::<Index>().prop_map(Step::Crash),
    ];
    let writers = prop::collection::vec(prop::collection::vec(step, 1..16), 2..10);
    (1..4_usize, writers).prop_map(|(processes, writers)| Plan { processes, writers })
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn there_is_one_history_and_readers_see_ever_more_of_it(pool: PgPool) {
    let options = pool.connect_options().as_ref().clone();
    // the runner calls its cases one after another, and is not asynchronous
    let cases = std::thread::spawn(move || {
        let config = Config { cases: CASES, failure_persistence: None, max_shrink_iters: 64, ..Config::default() };
        let number = AtomicU64::new(0);
        TestRunner::new(config).run(&plan(), |plan| {
            let ledger = format!("case-{}", number.fetch_add(1, Ordering::Relaxed));
            let runtime = Runtime::new().expect("a runtime");
            runtime.block_on(World::run(&options, &ledger, &plan));
            Ok(())
        })
    });
    if let Err(failure) = cases.join().expect("the runner catches panics") {
        panic!("{failure}");
    }
}

/// A process on its own runtime, with which all that it does can be stopped at once, in the middle of anything.
struct Process {
    runtime: Option<Runtime>,
    ledger: Ledger,
}

impl Process {
    async fn start(options: &PgConnectOptions, name: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let (options, name) = (options.clone(), name.to_owned());
        // a connection may be cut while the ledger is being opened; then a process would be started again
        let opened = runtime.spawn(async move {
            loop {
                if let Ok(ledger) = open_named(&options, &name).await {
                    break ledger;
                }
            }
        });
        let ledger = opened.await.expect("no panic");
        Self { runtime: Some(runtime), ledger }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// What is known to have become of a command.
#[derive(Clone, Debug)]
enum Fate {
    Acknowledged(Receipt),
    /// The stream was said to be at this version.
    Refused(u64),
    /// Its caller gave up.
    Unknown,
}

struct Command {
    append: Append,
    stream: u128,
    events: usize,
    /// What version its stream had, at least, before it was sent.
    seen_version: u64,
    /// What version its first event must give the stream.
    first_version: Option<u64>,
    fate: Fate,
}

/// One ledger with its processes, and everything that anybody knows of it.
struct World<'a> {
    options: &'a PgConnectOptions,
    name: &'a str,
    processes: Vec<Mutex<Process>>,
    /// A process that only reads.
    reader: Ledger,
    control: PgPool,
    /// Every event as it was first seen.
    seen: Mutex<BTreeMap<u64, Recorded>>,
    /// Every head that was ever seen.
    roots: Mutex<HashMap<u64, Hash>>,
}

impl<'a> World<'a> {
    async fn run(options: &'a PgConnectOptions, name: &'a str, plan: &Plan) {
        let processes = join_all((0..plan.processes).map(|_| Process::start(options, name))).await;
        let world = Self {
            options,
            name,
            processes: processes.into_iter().map(Mutex::new).collect(),
            reader: open_named(options, name).await.expect("it opens"),
            control: PgPool::connect_with(options.clone()).await.expect("PostgreSQL runs"),
            seen: Mutex::default(),
            roots: Mutex::default(),
        };
        let (end, ended) = watch::channel(None);
        let writing = async {
            let commands =
                join_all(plan.writers.iter().enumerate().map(|(writer, steps)| world.write(writer, steps)));
            let commands: BTreeMap<String, Command> = commands.await.into_iter().flatten().collect();
            end.send_replace(Some(world.settle().await));
            commands
        };
        let following = [0, 0, 5].map(|after| world.follow(Position::from(after), ended.clone()));
        let (commands, ..) = tokio::join!(writing, join_all(following), world.read(ended.clone()));
        world.check(&commands).await;
        world.control.close().await;
    }

    /// One writer's steps; its commands by their keys.
    async fn write(&self, writer: usize, steps: &[Step]) -> BTreeMap<String, Command> {
        let mut commands = BTreeMap::<String, Command>::new();
        for (number, step) in steps.iter().enumerate() {
            let key = format!("{writer}/{number}");
            match step {
                Step::Append(new) => {
                    let mut command = self.command(new, &key).await;
                    command.fate = self.insist(&command.append, new.process).await;
                    commands.insert(key, command);
                }
                Step::GiveUp { new, turns, retry } => {
                    let mut command = self.command(new, &key).await;
                    let ledger = self.process(new.process);
                    if let Some(fate) = wait_a_little(&ledger, &command.append, *turns).await {
                        command.fate = fate;
                    } else if let Some(process) = retry {
                        command.fate = self.insist(&command.append, *process).await;
                    }
                    commands.insert(key, command);
                }
                Step::Retry { of, process } => {
                    if let Some((command, first)) = acknowledged(&commands, *of) {
                        match self.insist(&command.append, *process).await {
                            Fate::Acknowledged(again) => assert_eq!(again, Receipt { replayed: true, ..first }),
                            other => panic!("an acknowledged command was answered with {other:?}"),
                        }
                    }
                }
                Step::Reuse { of, process } => {
                    if let Some((command, _)) = acknowledged(&commands, *of) {
                        let key =
                            commands.iter().find(|(_, other)| std::ptr::eq(*other, command)).expect("its own").0;
                        let other = append_of(command.stream, Expected::Any, key, "another", vec![event("{}")]);
                        self.refused_as_reused(&other, *process).await;
                    }
                }
                Step::Cut(which) => self.cut(*which).await,
                Step::Crash(which) => {
                    let process = Process::start(self.options, self.name).await;
                    *which.get(&self.processes).lock().expect("no panic") = process;
                }
            }
        }
        commands
    }

    fn process(&self, which: Index) -> Ledger {
        which.get(&self.processes).lock().expect("no panic").ledger.clone()
    }

    async fn command(&self, new: &New, key: &str) -> Command {
        let seen_version = self.version(new.stream).await;
        let expected = match new.place {
            Place::Anywhere => Expected::Any,
            Place::AsSeen => Expected::Exactly(seen_version),
            Place::Nowhere => Expected::Exactly(1_000_000),
        };
        let first_version = match expected {
            Expected::Any => None,
            Expected::Exactly(version) => Some(version + 1),
        };
        let append = append(new.stream, expected, key, new.events);
        Command { append, stream: new.stream, events: new.events, seen_version, first_version, fate: Fate::Unknown }
    }

    async fn version(&self, number: u128) -> u64 {
        loop {
            // the connection may be one that was cut
            if let Ok(events) = self.reader.read_stream(stream(number), 0).await {
                return events.len() as u64;
            }
        }
    }

    /// Sends a command, to one process or another, until it is acknowledged or refused.
    async fn insist(&self, append: &Append, first: Index) -> Fate {
        let (began, mut ledger) = (Instant::now(), self.process(first));
        for attempt in 0.. {
            let answer = ledger.append(append.clone()).await;
            assert!(began.elapsed() < PATIENCE, "no answer for a long time; the last was {answer:?}");
            if let Some(fate) = fate(answer) {
                return fate;
            }
            yield_now().await;
            ledger = self.processes[attempt % self.processes.len()].lock().expect("no panic").ledger.clone();
        }
        unreachable!("the attempts don't end")
    }

    async fn refused_as_reused(&self, append: &Append, process: Index) {
        loop {
            match self.process(process).append(append.clone()).await {
                Err(AppendError::KeyReused) => return,
                Err(AppendError::Database(_) | AppendError::Closed | AppendError::Head(_)) => yield_now().await,
                other => panic!("a key was used again, and the answer was {other:?}"),
            }
        }
    }

    /// Cuts one of the connections to the database, and with it whatever is under way there.
    async fn cut(&self, which: Index) {
        let pids: Vec<i32> = sqlx::query_scalar(
            "select pid from pg_stat_activity where datname = current_database() and application_name = 'stele'
            order by pid",
        )
        .fetch_all(&self.control)
        .await
        .expect("readable");
        if !pids.is_empty() {
            let pid = *which.get(&pids);
            sqlx::query("select pg_terminate_backend($1)").bind(pid).execute(&self.control).await.expect("allowed");
        }
    }

    /// The position beyond which nothing comes any more, once all that was left under way has ended.
    ///
    /// What a caller gave up on may still be in a process's queue, or in the batch that is being written. The first
    /// command after it is at the earliest in the same batch, the second in a later one.
    async fn settle(&self) -> Position {
        for (number, process) in self.processes.iter().enumerate() {
            let ledger = process.lock().expect("no panic").ledger.clone();
            for place in ["first", "second"] {
                let key = format!("last of {number}, {place}");
                let last = append(STREAMS, Expected::Any, &key, 1);
                while fate(ledger.append(last.clone()).await).is_none() {}
            }
        }
        loop {
            if let Ok(head) = self.reader.head().await {
                return head.position();
            }
        }
    }

    /// Follows to the end, and sees each position once and in order.
    async fn follow(&self, after: Position, mut ended: watch::Receiver<Option<Position>>) {
        let mut follower = pin!(self.reader.follow(after, EventFilter::all()));
        let mut reached = after.get();
        loop {
            let batch = tokio::select! {
                batch = follower.next() => batch.expect("never ends"),
                end = ended.wait_for(|end| end.is_some_and(|end| end.get() <= reached)) => {
                    drop(end.expect("there is an end"));
                    return;
                }
            };
            // a cut connection is an error, after which it goes on where it was
            let Ok(batch) = batch else { continue };
            self.see(reached + 1..=batch.through.get(), batch.events);
            reached = batch.through.get();
        }
    }

    /// Reads everything there is, again and again.
    async fn read(&self, ended: watch::Receiver<Option<Position>>) {
        while ended.borrow().is_none() {
            let Ok(head) = self.reader.head().await else { continue };
            let first = *self.roots.lock().expect("no panic").entry(head.position().get()).or_insert(head.root());
            assert_eq!(first, head.root(), "one root for {} events", head.position());
            let read = self.reader.read(Position::START, head.position(), &EventFilter::all()).await;
            let Ok(events) = read else { continue };
            self.see(1..=head.position().get(), events);
        }
    }

    /// Takes notice of events that somebody has seen: of all these positions, in order, as everybody else saw them.
    fn see(&self, positions: RangeInclusive<u64>, events: Vec<Recorded>) {
        let found: Vec<u64> = events.iter().map(|event| event.position.get()).collect();
        assert_eq!(found, positions.collect::<Vec<_>>(), "no gap, no repetition, and in order");
        let mut seen = self.seen.lock().expect("no panic");
        for event in events {
            let first = seen.entry(event.position.get()).or_insert_with(|| event.clone());
            assert_eq!(*first, event, "what a reader has seen never changes");
        }
    }

    /// Holds what everybody was told against what there is in the end.
    async fn check(&self, commands: &BTreeMap<String, Command>) {
        let ledger = open_named(self.options, self.name).await.expect("it opens");
        let events = audit(&ledger).await;
        assert!(self.seen.lock().expect("no panic").values().eq(&events), "the followers have seen all of it");
        let mut frontier = Frontier::default();
        let roots = self.roots.lock().expect("no panic");
        for event in &events {
            frontier.push(event.leaf_hash);
            if let Some(root) = roots.get(&frontier.size()) {
                assert_eq!(*root, frontier.root(), "the head of {} events had their root", frontier.size());
            }
        }
        let mut positions = BTreeMap::<String, Vec<&Recorded>>::new();
        for event in &events {
            let metadata: stele_ledger::Metadata = serde_json::from_str(&event.metadata).expect("metadata");
            positions.entry(metadata.command_id.to_string()).or_default().push(event);
        }
        positions.retain(|key, _| !key.starts_with("last of "));
        for (key, command) in commands {
            let found = positions.remove(key).unwrap_or_default();
            check_command(key, command, &found);
        }
        assert!(positions.is_empty(), "nobody sent {:?}", positions.keys());
    }
}

fn check_command(key: &str, command: &Command, found: &[&Recorded]) {
    match &command.fate {
        Fate::Acknowledged(receipt) => {
            assert_eq!(found.len(), command.events, "{key} is there once, whole");
            assert_eq!(receipt.stream, stream(command.stream));
            let ends = [found[0].position, found[found.len() - 1].position];
            assert_eq!(ends, [receipt.first, receipt.last], "{key} is where its receipt says");
        }
        Fate::Refused(actual) => {
            assert!(found.is_empty(), "{key} was refused, and is there");
            assert!(*actual >= command.seen_version, "{key} was refused for a version of long ago");
        }
        Fate::Unknown => assert!([0, command.events].contains(&found.len()), "{key} is there whole, or not at all"),
    }
    for (place, event) in found.iter().enumerate() {
        assert_eq!(event.stream, stream(command.stream));
        assert_eq!(event.position.get(), found[0].position.get() + place as u64, "{key} is in one piece");
        assert!(event.payload.contains(&format!("{key}/{place} ")), "{key} has its own content: {}", event.payload);
        if let Some(version) = command.first_version {
            assert_eq!(event.stream_version, version + place as u64, "{key} is where it expected its stream");
        }
    }
}

/// One of the commands that have been acknowledged so far.
fn acknowledged(commands: &BTreeMap<String, Command>, which: Index) -> Option<(&Command, Receipt)> {
    let all: Vec<_> = commands
        .values()
        .filter_map(|command| match command.fate {
            Fate::Acknowledged(receipt) => Some((command, receipt)),
            _ => None,
        })
        .collect();
    (!all.is_empty()).then(|| *which.get(&all))
}

/// What an answer says of a command; nothing if the process or its connection failed.
fn fate(answer: Result<Receipt, AppendError>) -> Option<Fate> {
    match answer {
        Ok(receipt) => Some(Fate::Acknowledged(receipt)),
        Err(AppendError::Conflict { expected, actual, .. }) => {
            assert_ne!(expected, actual);
            Some(Fate::Refused(actual))
        }
        Err(AppendError::Database(_) | AppendError::Closed | AppendError::Head(_)) => None,
        Err(other) => panic!("{other}"),
    }
}

/// Sends a command, and gives up on it after so many turns.
async fn wait_a_little(ledger: &Ledger, append: &Append, turns: u8) -> Option<Fate> {
    let mut answer = pin!(ledger.append(append.clone()));
    for _ in 0..turns {
        if let std::task::Poll::Ready(answer) = poll!(answer.as_mut()) {
            return fate(answer);
        }
        yield_now().await;
    }
    None
}
