//! PostgreSQL's own programs at work on the cluster: `initdb` and `pg_ctl`.

use std::{
    ffi::{OsStr, OsString},
    fs::{self, File},
    io::{self, ErrorKind, Read, Seek, SeekFrom},
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use super::{
    ClusterError,
    binaries::Binaries,
    home::{Home, PORT, create_folder, open_file},
    lock::StartLock,
    owner::Owner,
};

/// How long the processes of a server that was killed may take to notice.
const ORPHANS_LIMIT: Duration = Duration::from_secs(30);

/// What in the environment would change where the server listens or what it serves.
const FOREIGN_SETTINGS: [&str; 5] = ["PGDATA", "PGPORT", "PGHOST", "PGOPTIONS", "PGCTLTIMEOUT"];

/// The cluster's server, running or not.
#[derive(Debug)]
pub(super) struct Server {
    home: Home,
    owner: Owner,
    binaries: Binaries,
}

impl Server {
    pub(super) fn new(home: Home, owner: Owner, binaries: Binaries) -> Self {
        Self { home, owner, binaries }
    }

    pub(super) fn home(&self) -> &Home {
        &self.home
    }

    pub(super) fn owner(&self) -> &Owner {
        &self.owner
    }

    /// Starts PostgreSQL unless it runs, and creates its data if there is none.
    pub(super) fn start(&self, lock: &StartLock) -> Result<(), ClusterError> {
        if self.home.data_version()?.is_none() {
            self.initialise(lock)?;
        }
        if self.runs(lock)? {
            return Ok(());
        }
        self.create_socket_folder()?;
        let mut log = open_file(&self.home.log(), &self.owner)?;
        let began = Instant::now();
        loop {
            let end = log.seek(SeekFrom::End(0)).map_err(ClusterError::file(self.home.log()))?;
            let output = self.finish(
                self.pg_ctl("start", lock)?.arg("--log").arg("postgres.log").arg("--options").arg(self.options()),
            )?;
            if output.status.success() {
                tracing::info!(home = %self.home.path().display(), "PostgreSQL is started");
                return Ok(());
            }
            let said = read_from(&mut log, end).map_err(ClusterError::file(self.home.log()))?;
            // after a postmaster was killed, its other processes hold the shared memory for a moment longer
            if !said.contains("is still in use") || began.elapsed() > ORPHANS_LIMIT {
                return Err(failure("pg_ctl start", &output, Some((&self.home.log(), &said))));
            }
            thread::sleep(Duration::from_millis(200));
        }
    }

    /// Stops PostgreSQL if it runs. Transactions in progress are rolled back.
    pub(super) fn stop(&self, lock: &StartLock) -> Result<(), ClusterError> {
        if !self.runs(lock)? {
            return Ok(());
        }
        let output = self.finish(self.pg_ctl("stop", lock)?.args(["--mode", "fast"]))?;
        if !output.status.success() {
            return Err(failure("pg_ctl stop", &output, None));
        }
        tracing::info!(home = %self.home.path().display(), "PostgreSQL is stopped");
        Ok(())
    }

    /// Creates the data beside its place and moves it there in one step, so that a crash leaves all of it or none.
    fn initialise(&self, lock: &StartLock) -> Result<(), ClusterError> {
        let (new, data) = (self.home.new_data(), self.home.data());
        if !create_folder(&new, &self.owner)? {
            fs::remove_dir_all(&new).map_err(ClusterError::file(&new))?;
            create_folder(&new, &self.owner)?;
        }
        tracing::info!(data = %data.display(), "creating a PostgreSQL cluster");
        let mut command = self.program("initdb", lock)?;
        command.args(["--pgdata", "postgres.new", "--username", "stele", "--auth", "trust"]);
        let output = self.finish(command.args(["--encoding", "UTF8", "--no-locale"]))?;
        if !output.status.success() {
            return Err(failure("initdb", &output, None));
        }
        fs::rename(&new, &data).map_err(ClusterError::file(&data))?;
        let home = self.home.path();
        File::open(home).and_then(|folder| folder.sync_all()).map_err(ClusterError::file(home))
    }

    fn create_socket_folder(&self) -> Result<(), ClusterError> {
        let folder = self.home.run();
        create_folder(&folder, &self.owner)?;
        if self.owner.has_alone(&folder).map_err(ClusterError::file(&folder))? {
            return Ok(());
        }
        Err(ClusterError::OpenSocketFolder { folder, user: self.owner.name().to_owned() })
    }

    /// Whether PostgreSQL is certain to run, as far as a look at its process tells. It costs next to nothing; `pg_ctl`, which
    /// also knows what is less certain, is a process of its own.
    pub(super) fn surely_runs(&self) -> bool {
        postmaster(&self.pid_file()).and_then(lives) == Some(true)
    }

    fn pid_file(&self) -> PathBuf {
        self.home.data().join("postmaster.pid")
    }

    /// Whether PostgreSQL runs.
    fn runs(&self, lock: &StartLock) -> Result<bool, ClusterError> {
        let output = self.finish(&mut self.pg_ctl("status", lock)?)?;
        match output.status.code() {
            Some(0) => Ok(!self.clear_dead_pid()?),
            Some(3) => Ok(false),
            _ => Err(failure("pg_ctl status", &output, None)),
        }
    }

    /// Removes what a killed PostgreSQL left behind if no PostgreSQL has its process id now; `true` if so.
    ///
    /// `pg_ctl` and `postgres` are content if any process has that id. After a restart of the machine or container
    /// it can be another program; in a container whose first process reaps no orphans, the dead postmaster itself.
    /// Should the server's children still live, its shared memory gives them away.
    fn clear_dead_pid(&self) -> Result<bool, ClusterError> {
        let file = self.pid_file();
        let Some(pid) = postmaster(&file) else { return Ok(false) };
        // where nothing can be learnt about the process, `pg_ctl` is believed
        if lives(pid) != Some(false) {
            return Ok(false);
        }
        tracing::warn!(file = %file.display(), pid, "the process named there is not PostgreSQL; the file is removed");
        let mut socket_lock = self.home.socket().into_os_string();
        socket_lock.push(".lock");
        for path in [Path::new(&socket_lock), &file] {
            match fs::remove_file(path) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(ClusterError::file(path)(error)),
                _ => {}
            }
        }
        Ok(true)
    }

    /// `pg_ctl`, which takes the server into a session of its own: a Ctrl-C in the terminal does not reach it.
    fn pg_ctl(&self, action: &str, lock: &StartLock) -> Result<Command, ClusterError> {
        let mut command = self.program("pg_ctl", lock)?;
        command.args([action, "--pgdata", "postgres"]);
        if action != "status" {
            command.args(["--wait", "--timeout", "300"]);
        }
        Ok(command)
    }

    /// A program of PostgreSQL's, run by the cluster's owner in the home.
    ///
    /// Paths are given relative to the home: `pg_ctl` hands them to a shell without escaping them.
    fn program(&self, name: &str, lock: &StartLock) -> Result<Command, ClusterError> {
        let mut command = Command::new(self.binaries.program(name));
        command.current_dir(self.home.path()).env("LC_ALL", "C");
        for name in FOREIGN_SETTINGS {
            command.env_remove(name);
        }
        command.stdin(lock.inherit()?).stdout(Stdio::null()).stderr(Stdio::piped());
        self.owner.run_as(&mut command);
        Ok(command)
    }

    fn finish(&self, command: &mut Command) -> Result<Output, ClusterError> {
        command.output().map_err(|source| {
            let user = self.owner.name().to_owned();
            ClusterError::Run { program: command.get_program().into(), user, source }
        })
    }

    /// The server's settings. All that durability depends on stays as PostgreSQL has it.
    fn options(&self) -> OsString {
        let mut options = OsString::from(format!(
            "-c listen_addresses= -c port={PORT} -c max_connections=200 -c cluster_name=stele \
             -c unix_socket_directories="
        ));
        options.push(for_shell(&for_list(self.home.run().as_os_str())));
        options
    }
}

/// The process that a `postmaster.pid` names.
fn postmaster(file: &Path) -> Option<u32> {
    let text = fs::read_to_string(file).ok()?;
    text.lines().next()?.trim().parse().ok()
}

/// Whether a process is a PostgreSQL that lives; `None` where nothing can be learnt about it.
fn lives(pid: u32) -> Option<bool> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    Some(is_live_postgres(&stat))
}

/// Reads `pid (name) state ...` of `/proc/PID/stat`, proc(5).
fn is_live_postgres(stat: &str) -> bool {
    let Some((name, rest)) = stat.rsplit_once(')') else { return true };
    (name.contains("postgres") || name.contains("postmaster")) && !rest.trim_start().starts_with(['Z', 'X'])
}

/// Quotes an element of a setting that is a list.
fn for_list(text: &OsStr) -> OsString {
    quoted(text, b'"', b"\"\"")
}

/// Quotes a word for the shell.
fn for_shell(text: &OsStr) -> OsString {
    quoted(text, b'\'', b"'\\''")
}

fn quoted(text: &OsStr, mark: u8, escaped: &[u8]) -> OsString {
    let parts: Vec<&[u8]> = text.as_bytes().split(|byte| *byte == mark).collect();
    OsString::from_vec([&[mark], parts.join(escaped).as_slice(), &[mark]].concat())
}

/// Reads what the log has gained since it was `start` bytes long.
fn read_from(log: &mut File, start: u64) -> io::Result<String> {
    let mut text = Vec::new();
    log.seek(SeekFrom::Start(start))?;
    log.read_to_end(&mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// Tells what a program said, and the last that the server wrote to its log.
fn failure(program: &str, output: &Output, log: Option<(&Path, &str)>) -> ClusterError {
    let mut report = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    if report.is_empty() {
        report = output.status.to_string();
    }
    if let Some((path, text)) = log {
        let lines: Vec<&str> = text.trim().lines().collect();
        let tail = lines[lines.len().saturating_sub(10)..].join("\n");
        report = format!("{report}\n{}:\n{tail}", path.display());
    }
    ClusterError::Failed { program: program.into(), report }
}
