//! Requests over kept connections, each in one piece: what is measured is the server, on a machine that the clients share.

use std::{
    io::{self, BufRead, BufReader, ErrorKind, Read, Write},
    net::TcpStream,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde_json::Value;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where requests go, and the connections that are free.
#[derive(Clone)]
pub(crate) struct Endpoint {
    /// Host and port.
    authority: String,
    path: String,
    free: Arc<Mutex<Vec<BufReader<TcpStream>>>>,
}

impl Endpoint {
    /// Of an `http` address with a port.
    pub(crate) fn new(url: &str) -> Self {
        let rest = url.strip_prefix("http://").expect("an http address");
        let (authority, path) = rest.split_once('/').expect("a path");
        Self { authority: authority.into(), path: format!("/{path}"), free: Arc::default() }
    }

    /// What answers a request that may be sent twice.
    pub(crate) fn post(&self, token: &str, body: &Value) -> io::Result<Value> {
        let body = body.to_string();
        let authorization =
            if token.is_empty() { String::new() } else { format!("authorization: Bearer {token}\r\n") };
        let request = format!(
            "POST {} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\naccept: application/json\r\n\
             {authorization}content-length: {}\r\n\r\n{body}",
            self.path,
            self.authority,
            body.len()
        );
        let kept = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let (connection, answer) = match kept.map(|kept| exchange(kept, &request)) {
            Some(Ok(done)) => done,
            // the server may have closed it in the meantime
            Some(Err(error)) if is_closed(&error) => exchange(self.connect()?, &request)?,
            Some(Err(error)) => return Err(error),
            None => exchange(self.connect()?, &request)?,
        };
        self.free.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        Ok(serde_json::from_slice(&answer)?)
    }

    fn connect(&self) -> io::Result<BufReader<TcpStream>> {
        let stream = TcpStream::connect(&self.authority)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(BufReader::new(stream))
    }
}

fn is_closed(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe)
}

/// Sends a request and reads the body that answers it.
fn exchange(mut connection: BufReader<TcpStream>, request: &str) -> io::Result<(BufReader<TcpStream>, Vec<u8>)> {
    connection.get_mut().write_all(request.as_bytes())?;
    let mut length = None;
    let mut line = String::new();
    loop {
        line.clear();
        if connection.read_line(&mut line)? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        match line.trim_end().split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => length = value.trim().parse().ok(),
            None if line == "\r\n" => break,
            _ => {}
        }
    }
    let length: usize = length.ok_or_else(|| io::Error::new(ErrorKind::InvalidData, "no content-length"))?;
    let mut body = vec![0; length];
    connection.read_exact(&mut body)?;
    Ok((connection, body))
}
