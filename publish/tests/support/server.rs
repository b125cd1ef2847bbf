//! Other people's servers, as processes of their own.

use std::{
    fs,
    io::{self, Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    os::unix::process::CommandExt as _,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use tempfile::NamedTempFile;

/// How often a server is asked whether it is there, and how long it pauses in between.
const ATTEMPTS: u32 = 1_500;
const PAUSE: Duration = Duration::from_millis(200);

/// A server on a port of its own; it ends with the test, and so does everything that it started.
pub(crate) struct Server {
    child: Child,
    port: u16,
    /// What the server says, for when it does not start.
    log: NamedTempFile,
    pub(crate) address: String,
}

impl Server {
    /// Starts one, and waits until it answers at `ready`. The port is free when it is given to the command.
    pub(crate) fn start(ready: &str, command: impl FnOnce(u16) -> Command) -> Self {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
        let port = port.expect("a free port").port();
        let log = NamedTempFile::new().expect("a file");
        let errors = log.reopen().expect("writable");
        let mut command = command(port);
        // a group of its own, as servers start workers
        let command = command.process_group(0).stdin(Stdio::null()).stdout(Stdio::null()).stderr(errors);
        let child = command.spawn().expect("it starts");
        let mut server = Self { child, port, log, address: format!("http://127.0.0.1:{port}") };
        server.wait(ready);
        server
    }

    /// Puts nothing at a path.
    pub(crate) fn put(&self, path: &str) {
        assert!(answers(self.port, "PUT", path).expect("it answers"), "{path}");
    }

    fn wait(&mut self, path: &str) {
        for _ in 0..ATTEMPTS {
            if answers(self.port, "GET", path).is_ok_and(|answers| answers) {
                return;
            }
            let ended = self.child.try_wait().expect("a child");
            assert!(ended.is_none(), "the server ended: {}", self.said());
            thread::sleep(PAUSE);
        }
        panic!("{}{path} never answered: {}", self.address, self.said());
    }

    fn said(&self) -> String {
        fs::read_to_string(self.log.path()).expect("readable")
    }
}

/// Whether there is a good answer to be had.
fn answers(port: u16, method: &str, path: &str) -> io::Result<bool> {
    let mut connection = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
    connection.set_read_timeout(Some(Duration::from_secs(10)))?;
    write!(
        connection,
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )?;
    let mut status = [0; 12];
    connection.read_exact(&mut status)?;
    Ok(status.ends_with(b" 200"))
}

impl Drop for Server {
    fn drop(&mut self) {
        // the shell's own `kill`: a program of that name is not on every machine
        let end = format!("kill -s KILL -- -{}", self.child.id());
        let _ = Command::new("sh").args(["-c", &end]).status();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
