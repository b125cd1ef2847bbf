//! The cluster with the PostgreSQL that is installed here.

use std::{
    fs::{self, File, Permissions},
    os::unix::{
        fs::{MetadataExt, PermissionsExt, symlink},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use sqlx::{Connection, PgConnection};
use tempfile::TempDir;

use super::{
    binaries::{Binaries, Places, parse_version},
    home::Home,
    home_of,
    owner::{User, look_up, parse},
    *,
};

/// A folder that the user as whom PostgreSQL runs can enter, too.
fn folder() -> TempDir {
    let mode = Permissions::from_mode(0o755);
    tempfile::Builder::new().prefix("stele-cluster.").permissions(mode).tempdir_in("/tmp").unwrap()
}

async fn connect(cluster: &Cluster) -> PgConnection {
    PgConnection::connect_with(&cluster.connect_options()).await.unwrap()
}

async fn number(cluster: &Cluster, query: &'static str) -> i64 {
    let mut connection = connect(cluster).await;
    let number = sqlx::query_scalar(query).fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    number
}

async fn text(cluster: &Cluster, query: &'static str) -> String {
    let mut connection = connect(cluster).await;
    let text = sqlx::query_scalar(query).fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    text
}

async fn run(cluster: &Cluster, statement: &'static str) {
    let mut connection = connect(cluster).await;
    sqlx::query(statement).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

fn postmaster_file(home: &Path) -> PathBuf {
    home.join("postgres/postmaster.pid")
}

fn postmaster(home: &Path) -> u32 {
    fs::read_to_string(postmaster_file(home)).unwrap().lines().next().unwrap().parse().unwrap()
}

/// Kills the postmaster without letting it tidy up. That it is gone shows when its pid no longer takes signals.
fn kill_postmaster(home: &Path) {
    let pid = postmaster(home).to_string();
    // the shell's own `kill`: a program of that name is not on every machine
    let kill = |signal| {
        let script = format!("kill -{signal} {pid}");
        Command::new("sh").args(["-c", &script]).stderr(Stdio::null()).status().unwrap().success()
    };
    assert!(kill(9));
    let alive = || kill(0);
    wait_until(|| !alive() || is_zombie(&pid));
}

fn wait_until(done: impl Fn() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < Duration::from_secs(30), "it never came to that");
        std::thread::yield_now();
    }
}

fn is_zombie(pid: &str) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| stat.contains(") Z "))
}

/// Has `command` run as PostgreSQL does, so that PostgreSQL may send it signals.
fn run_as_owner(command: &mut Command) {
    if owner::is_root() {
        let user = look_up("postgres").unwrap().or(look_up("nobody").unwrap()).unwrap();
        command.uid(user.uid).gid(user.gid);
    }
}

fn places(path: &[&Path], packaged: &Path) -> Places {
    Places { chosen: None, path: env::join_paths(path).unwrap(), packaged: packaged.into() }
}

/// Programs that know nothing but their version.
fn install_fake(folder: &Path, version: &str) {
    fs::create_dir_all(folder).unwrap();
    for name in ["initdb", "pg_ctl"] {
        File::create(folder.join(name)).unwrap();
    }
    // `Command` may not run a file that is still open for writing in a child that was forked meanwhile; a shell that
    // writes it has closed it before it ends
    let program = folder.join("postgres");
    let script = format!("printf '#!/bin/sh\necho \"postgres (PostgreSQL) {version}\"\n' > \"$0\"; chmod 755 \"$0\"");
    assert!(Command::new("sh").arg("-c").arg(script).arg(&program).status().unwrap().success());
}

#[tokio::test]
async fn serves_a_durable_database_on_a_socket_only() {
    let folder = folder();
    let cluster = Cluster::start(folder.path()).await.unwrap();

    assert_eq!(text(&cluster, "select current_user || ' in ' || current_database()").await, "stele in stele");
    run(&cluster, "create table mark (n bigint)").await;
    run(&cluster, "insert into mark values (7)").await;
    assert_eq!(number(&cluster, "select n from mark").await, 7);

    for (setting, value) in [
        ("listen_addresses", ""),
        ("max_connections", "200"),
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("synchronous_commit", "on"),
        ("server_encoding", "UTF8"),
        ("lc_collate", "C"),
    ] {
        let query = match setting {
            "lc_collate" => "select datcollate::text from pg_database where datname = 'stele'".to_owned(),
            _ => format!("select current_setting('{setting}')"),
        };
        let query = sqlx::query_scalar(sqlx::AssertSqlSafe(query));
        let found: String = query.fetch_one(&mut connect(&cluster).await).await.unwrap();
        assert_eq!(found, value, "{setting}");
    }
    assert_eq!(fs::metadata(folder.path().join("run")).unwrap().mode() & 0o777, 0o700);

    cluster.stop().await.unwrap();
    assert!(!postmaster_file(folder.path()).exists());
}

#[tokio::test]
async fn finds_its_data_on_the_second_start() {
    let folder = folder();
    let first = Cluster::start(folder.path()).await.unwrap();
    run(&first, "create table mark as select 7::bigint n").await;
    first.stop().await.unwrap();

    let second = Cluster::start(folder.path()).await.unwrap();
    assert_eq!(number(&second, "select n from mark").await, 7);
    second.stop().await.unwrap();
}

#[tokio::test]
async fn the_last_to_leave_stops_it() {
    let folder = folder();
    let (first, second) = tokio::join!(Cluster::start(folder.path()), Cluster::start(folder.path()));
    let (first, second) = (first.unwrap(), second.unwrap());
    let pid = postmaster(folder.path());

    run(&first, "create table mark as select 7::bigint n").await;
    first.stop().await.unwrap();
    assert_eq!(number(&second, "select n from mark").await, 7);

    let third = Cluster::start(folder.path()).await.unwrap();
    second.stop().await.unwrap();
    assert_eq!(number(&third, "select n from mark").await, 7);
    assert_eq!(postmaster(folder.path()), pid, "it never was restarted");

    third.stop().await.unwrap();
    assert!(!postmaster_file(folder.path()).exists());
}

#[tokio::test]
async fn stopping_and_starting_at_once_leaves_a_running_one() {
    let folder = folder();
    let mut cluster = Cluster::start(folder.path()).await.unwrap();
    for _ in 0..5 {
        let (stopped, next) = tokio::join!(cluster.stop(), Cluster::start(folder.path()));
        stopped.unwrap();
        cluster = next.unwrap();
        assert_eq!(number(&cluster, "select 1::bigint").await, 1);
    }
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn joins_the_one_that_a_killed_process_left_running() {
    let folder = folder();
    // the kernel closes the files of a process that is killed; nothing else is left of its locks
    drop(Cluster::start(folder.path()).await.unwrap());
    let pid = postmaster(folder.path());

    let next = Cluster::start(folder.path()).await.unwrap();
    assert_eq!(postmaster(folder.path()), pid);
    next.stop().await.unwrap();
    assert!(!postmaster_file(folder.path()).exists(), "the last to leave stops what another started");
}

#[tokio::test]
async fn recovers_after_the_postmaster_was_killed() {
    let folder = folder();
    let first = Cluster::start(folder.path()).await.unwrap();
    run(&first, "create table mark as select 7::bigint n").await;
    drop(first);
    kill_postmaster(folder.path());
    assert!(postmaster_file(folder.path()).exists(), "a stale file is left");

    let next = Cluster::start(folder.path()).await.unwrap();
    assert_eq!(number(&next, "select n from mark").await, 7);
    next.stop().await.unwrap();
}

#[tokio::test]
async fn ensure_running_restarts_what_died_under_its_users() {
    let folder = folder();
    let first = Cluster::start(folder.path()).await.unwrap();
    let second = Cluster::start(folder.path()).await.unwrap();
    run(&first, "create table mark as select 7::bigint n").await;
    // a backend that is busy outlives its postmaster for a moment, and holds its memory
    let mut busy = connect(&first).await;
    let busy = tokio::spawn(async move {
        let busy_loop = "do $$ begin for i in 1..50000000 loop null; end loop; end $$";
        sqlx::query(busy_loop).execute(&mut busy).await.map(|_| ())
    });
    while number(&first, "select count(*) from pg_stat_activity where query like 'do %' and state = 'active'").await
        == 0
    {}
    kill_postmaster(folder.path());

    let (one, other) = tokio::join!(first.ensure_running(), second.ensure_running());
    one.unwrap();
    other.unwrap();
    assert_eq!(number(&first, "select n from mark").await, 7);
    let log = fs::read_to_string(folder.path().join("postgres.log")).unwrap();
    assert!(log.contains("is still in use"), "the backend was waited for");
    let pid = postmaster(folder.path());
    first.ensure_running().await.unwrap();
    assert_eq!(postmaster(folder.path()), pid, "what runs is left alone");

    let _ = busy.await.unwrap();
    first.stop().await.unwrap();
    second.stop().await.unwrap();
}

#[tokio::test]
async fn is_not_fooled_by_another_program_with_the_postmasters_pid() {
    let folder = folder();
    Cluster::start(folder.path()).await.unwrap().stop().await.unwrap();
    let mut sleep = Command::new("sleep");
    sleep.arg("600");
    run_as_owner(&mut sleep);
    let mut sleep = sleep.spawn().unwrap();
    fs::write(postmaster_file(folder.path()), format!("{}\n", sleep.id())).unwrap();

    let next = Cluster::start(folder.path()).await;
    sleep.kill().unwrap();
    sleep.wait().unwrap();
    next.unwrap().stop().await.unwrap();
}

#[tokio::test]
async fn is_not_fooled_by_a_dead_postmaster_that_nobody_reaped() {
    let folder = folder();
    Cluster::start(folder.path()).await.unwrap().stop().await.unwrap();
    let program = folder.path().join("postgres-that-ends");
    symlink("/bin/true", &program).unwrap();
    let mut dead = Command::new(program);
    run_as_owner(&mut dead);
    let mut dead = dead.spawn().unwrap();
    let pid = dead.id().to_string();
    wait_until(|| is_zombie(&pid));
    fs::write(postmaster_file(folder.path()), format!("{pid}\n")).unwrap();

    let next = Cluster::start(folder.path()).await;
    dead.wait().unwrap();
    next.unwrap().stop().await.unwrap();
}

#[tokio::test]
async fn initialises_again_what_was_left_half_done() {
    let folder = folder();
    let half = folder.path().join("postgres.new/base");
    fs::create_dir_all(&half).unwrap();
    fs::write(half.parent().unwrap().join("PG_VERSION"), "15\n").unwrap();

    let cluster = Cluster::start(folder.path()).await.unwrap();
    assert_eq!(number(&cluster, "select 1::bigint").await, 1);
    assert!(!folder.path().join("postgres.new").exists());
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn refuses_a_socket_folder_that_others_may_enter() {
    let folder = folder();
    let run = folder.path().join("run");
    fs::create_dir(&run).unwrap();
    fs::set_permissions(&run, Permissions::from_mode(0o755)).unwrap();
    let error = Cluster::start(folder.path()).await.unwrap_err();
    assert!(matches!(&error, ClusterError::OpenSocketFolder { folder, .. } if *folder == run), "{error}");

    fs::remove_dir(&run).unwrap();
    Cluster::start(folder.path()).await.unwrap().stop().await.unwrap();
}

#[tokio::test]
async fn takes_any_characters_in_its_path() {
    let folder = folder();
    let home = folder.path().join("a, \"b\" $(c) 'd' `e` \\ é");
    let cluster = Cluster::start(&home).await.unwrap();
    assert_eq!(number(&cluster, "select 1::bigint").await, 1);
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn refuses_a_path_too_long_for_the_socket() {
    let folder = folder();
    let home = folder.path().join("x".repeat(100));
    let error = Cluster::start(&home).await.unwrap_err();
    assert!(matches!(&error, ClusterError::SocketPathTooLong { length, .. } if *length > 107), "{error}");
    assert!(error.to_string().contains("choose a shorter STELE_HOME"), "{error}");
    assert!(!home.exists(), "nothing is left behind");

    // 107 bytes are fine, and so is a short way to a long path
    let rest = "/run/.s.PGSQL.5432".len();
    let longest = folder.path().join("y".repeat(107 - rest - folder.path().as_os_str().len() - 1));
    let cluster = Cluster::start(&longest).await.unwrap();
    assert_eq!(number(&cluster, "select 1::bigint").await, 1);
    cluster.stop().await.unwrap();
    fs::create_dir(&home).unwrap();
    let short = folder.path().join("short");
    symlink(&home, &short).unwrap();
    assert!(Home::at(&short).is_ok());
}

#[tokio::test]
async fn tells_why_it_does_not_start() {
    let folder = folder();
    Cluster::start(folder.path()).await.unwrap().stop().await.unwrap();
    let settings = folder.path().join("postgres/postgresql.conf");
    fs::write(&settings, "shared_buffers = 'none'\n").unwrap();
    let error = Cluster::start(folder.path()).await.unwrap_err().to_string();
    assert!(error.starts_with("pg_ctl start failed") && error.contains("shared_buffers"), "{error}");
}

#[tokio::test]
async fn names_the_version_that_its_data_needs() {
    let folder = folder();
    fs::create_dir(folder.path().join("postgres")).unwrap();
    fs::write(folder.path().join("postgres/PG_VERSION"), "14\n").unwrap();
    let error = Cluster::start(folder.path()).await.unwrap_err();
    assert!(matches!(error, ClusterError::NoBinariesForData { major: 14, .. }), "{error}");
    assert!(error.to_string().contains("apt-get install postgresql-14"), "{error}");
}

#[tokio::test]
async fn names_the_folder_that_the_owner_cannot_enter() {
    let folder = folder();
    let closed = folder.path().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, Permissions::from_mode(0o700)).unwrap();
    let started = Cluster::start(&closed.join("home")).await;
    if !owner::is_root() {
        started.unwrap().stop().await.unwrap();
        return;
    }
    let error = started.unwrap_err();
    assert!(matches!(&error, ClusterError::Unreachable { folder, .. } if *folder == closed), "{error}");
    assert!(error.to_string().contains(&format!("chmod o+x {}", closed.display())), "{error}");
    assert!(!closed.join("home").exists(), "nothing is left behind");
}

#[test]
fn reads_users_and_versions() {
    let user = User { name: "postgres".into(), uid: 101, gid: 104 };
    let line = "postgres:x:101:104:PostgreSQL administrator,,,:/var/lib/postgresql:/bin/bash\n";
    assert_eq!(parse(line), Some(user));
    assert_eq!(parse(""), None);

    assert_eq!(parse_version("postgres (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)\n"), Some(15));
    assert_eq!(parse_version("postgres (PostgreSQL) 18beta1\n"), Some(18));
    assert_eq!(parse_version("something else"), None);
}

#[test]
fn prefers_the_chosen_then_path_then_the_latest_packaged() {
    let folder = folder();
    let (old, here, packaged) =
        (folder.path().join("old"), folder.path().join("here"), folder.path().join("packaged"));
    install_fake(&old, "14.2");
    install_fake(&here, "16.1");
    for version in ["9", "15", "17"] {
        install_fake(&packaged.join(version).join("bin"), &format!("{version}.3"));
    }
    let found = |places: &Places, wanted| Binaries::find_in(places, wanted).map(|found| found.program("initdb"));

    let all = places(&[&old, &here], &packaged);
    assert_eq!(found(&all, None), Ok(here.join("initdb")));
    assert_eq!(found(&all, Some(15)), Ok(packaged.join("15/bin/initdb")));
    assert_eq!(found(&all, Some(14)), Ok(old.join("initdb")), "data of an older one can still be opened");
    assert!(found(&all, Some(18)).unwrap_err().contains("has version 17"));

    let installed = places(&[&old], &packaged);
    assert_eq!(found(&installed, None), Ok(packaged.join("17/bin/initdb")));

    let chosen = Places { chosen: Some(old.clone()), ..places(&[&here], &packaged) };
    assert_eq!(found(&chosen, None), Err(format!("{} has version 14", old.display())));

    let none = places(&[folder.path()], &folder.path().join("missing"));
    assert!(found(&none, None).unwrap_err().contains("neither in PATH nor in"));
}

#[test]
fn knows_where_its_home_is() {
    let user = || Some(PathBuf::from("/home/ada"));
    assert_eq!(home_of(true, Some("/data".into()), user()), Path::new("/var/lib/stele"));
    assert_eq!(home_of(false, Some("/data".into()), user()), Path::new("/data/stele"));
    assert_eq!(home_of(false, Some("data".into()), user()), Path::new("/home/ada/.local/share/stele"));
    assert_eq!(home_of(false, None, user()), Path::new("/home/ada/.local/share/stele"));
    assert_eq!(home_of(false, None, None), Path::new(".stele"));
}
