//! What the end-to-end tests share: a home of their own, the `stele` binary, and the real data if it is there.
#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

use std::{
    fs::OpenOptions,
    io::{BufRead, BufReader},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use tempfile::TempDir;

/// A home for a private cluster. It is removed with the test, and the cluster in it is stopped.
pub(crate) struct Home {
    folder: TempDir,
    /// Whether the commands log all they can, into a file.
    is_logged: bool,
}

impl Home {
    pub(crate) fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("stele-").tempdir_in("/tmp").expect("a temporary folder");
        // PostgreSQL may have to run as another user, who must be able to get here
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).expect("permissions");
        Self { folder, is_logged: false }
    }

    /// A home in which every command logs all it can, into `stele.log` and not to standard error.
    pub(crate) fn logged() -> Self {
        Self { is_logged: true, ..Self::new() }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The `stele` command, with this home and nothing of the environment's.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stele"));
        command
            .args(arguments)
            .env("STELE_HOME", self.path())
            .env("STELE_LOG", "warn,sqlx=error,stele=info")
            // everybody here signs in from one address
            .env("STELE_LOGINS_PER_ADDRESS", "0")
            // and most are taken in at once
            .env("STELE_REGISTRATION", "direct")
            .env_remove("DATABASE_URL")
            .env_remove("STELE_LEDGER");
        if self.is_logged {
            let log = OpenOptions::new().create(true).append(true).open(self.path().join("stele.log"));
            command.env("STELE_LOG", "trace").stderr(log.expect("a log"));
        }
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("stele runs")
    }

    /// Runs a command that is expected to succeed; what it printed.
    pub(crate) fn succeed(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert!(output.status.success(), "stele {arguments:?}\n{out}\n{err}");
        out
    }

    /// Takes someone in, who signs in with NAME@example.org; their id.
    pub(crate) fn register(&self, name: &str, roles: &[&str]) -> String {
        let email = format!("{name}@example.org");
        let mut register = vec!["register", "--email", &email, "--name", name];
        register.extend(roles.iter().flat_map(|role| ["--role", role]));
        let registered = self.command(&register).env("STELE_PASSWORD", PASSWORD).output().expect("it runs");
        let (out, err) = (text(&registered.stdout), text(&registered.stderr));
        let id = out.strip_prefix("Registered as ").and_then(|rest| rest.split(' ').next());
        id.unwrap_or_else(|| panic!("{name} was not registered: {out}{err}")).to_owned()
    }

    /// The key that verifies the checkpoints of the ledger `main`.
    pub(crate) fn verifier(&self) -> String {
        let key = std::fs::read_to_string(self.path().join("log.key")).expect("kept");
        let key: [u8; 32] = hex::decode(key.trim()).expect("hexadecimal").try_into().expect("32 bytes");
        stele_tlog::Signer::new("main", key).expect("a good name").verifier().to_string()
    }

    /// Starts a command, and leaves it to itself.
    pub(crate) fn spawn(&self, arguments: &[&str]) -> Running {
        let child = self.command(arguments).stdout(Stdio::null()).spawn().expect("stele runs");
        Running { child, printed: String::new(), rest: None }
    }

    /// Starts a command that serves, and waits until it says where.
    pub(crate) fn serve(&self, arguments: &[&str]) -> Serving {
        let (process, line) = self.start(&[arguments, &["--listen", "127.0.0.1:0"]].concat(), "/graphql");
        let address = line.split_once("http://").and_then(|(_, rest)| rest.split_once("/graphql"));
        let url = format!("http://{}/graphql", address.unwrap_or_else(|| panic!("no address in {line}")).0);
        Serving { process, url }
    }

    /// Starts a command that runs until it is told to stop, and waits until it prints `ready`; with the line.
    pub(crate) fn start(&self, arguments: &[&str], ready: &str) -> (Running, String) {
        let mut child = self.command(arguments).stdout(Stdio::piped()).spawn().expect("stele runs");
        let mut printed = String::new();
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let found = loop {
            let line = lines.next().unwrap_or_else(|| panic!("it ended:\n{printed}")).expect("text");
            printed += &line;
            printed.push('\n');
            if line.contains(ready) {
                break line;
            }
        };
        // what is printed later must not fill the pipe
        let rest = std::thread::spawn(move || lines.map_while(Result::ok).collect::<Vec<_>>());
        (Running { child, printed, rest: Some(rest) }, found)
    }
}

/// What everyone who is registered here signs in with.
pub(crate) const PASSWORD: &str = "a long enough password";

/// A running server.
pub(crate) struct Serving {
    pub(crate) process: Running,
    pub(crate) url: String,
}

/// A running process; it is killed with the test, should that fail.
pub(crate) struct Running {
    child: Child,
    pub(crate) printed: String,
    rest: Option<std::thread::JoinHandle<Vec<String>>>,
}

impl Running {
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Kills it at once, as a power failure would.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("SIGKILL");
        self.child.wait().expect("it ends");
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("a child").is_some()
    }

    /// Presses Ctrl-C, and returns what it printed once it has ended.
    pub(crate) fn interrupt(mut self) -> String {
        signal(self.child.id(), "INT");
        let status = self.child.wait().expect("it ends");
        assert!(status.success(), "{status}");
        let rest = self.rest.take().expect("read once").join().expect("no panic");
        format!("{}{}", self.printed, rest.join("\n"))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // it has ended already, unless the test failed
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn signal(pid: u32, name: &str) {
    // the shell's own `kill`: a program of that name is not on every machine
    let sent = Command::new("sh").args(["-c", &format!("kill -{name} {pid}")]).status().expect("a shell");
    assert!(sent.success());
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A file of this repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// The folder of a real data set, or `None` where the data is not at hand: then the test is skipped, and fails where
/// `CI` is true. `scripts/fetch-real-data` says where to get it.
pub(crate) fn real_data(set: &str) -> Option<PathBuf> {
    let root = std::env::var_os("STELE_REAL_DATA").map_or_else(|| repository("../shared/data"), PathBuf::from);
    let folder = root.join(set);
    if folder.is_dir() {
        return Some(folder);
    }
    let ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
    assert!(!ci, "the real data is missing: {}", folder.display());
    eprintln!("skipped: {} is missing; scripts/fetch-real-data says where to get it", folder.display());
    None
}
