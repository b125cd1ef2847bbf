//! What is sent to show who we are, and what is said when a server refuses or is none.

mod support;

use std::{
    io::{Read as _, Write as _},
    net::{Ipv4Addr, TcpListener},
    thread::{self, JoinHandle},
};

use stele_publish::mlflow::{Access, EXPERIMENT, Mlflow, MlflowError};
use support::Released;

/// A server that answers one request with what it is given, and hands out the request.
fn answering(status: &str, body: &str) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let address = format!("http://{}/tracking/", listener.local_addr().expect("bound"));
    let answer = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
    let served = thread::spawn(move || {
        let (mut connection, _) = listener.accept().expect("a client");
        let (mut request, mut buffer) = (Vec::new(), [0; 1024]);
        while !request.ends_with(b"\r\n\r\n") {
            let read = connection.read(&mut buffer).expect("a request");
            request.extend_from_slice(&buffer[..read]);
        }
        connection.write_all(answer.as_bytes()).expect("it listens");
        String::from_utf8(request).expect("text")
    });
    (address, served)
}

async fn log(address: &str, access: &Access) -> MlflowError {
    let released = Released::with_shard_of(10);
    let dataset = released.dataset();
    let mlflow = Mlflow::at(address, access, EXPERIMENT).expect("an address");
    let now = "2026-03-01T12:00:00Z".parse().expect("a time");
    mlflow.log(&dataset, &dataset.address(), now).await.expect_err("it is refused")
}

fn access(username: &str, password: &str, token: &str) -> Result<Access, MlflowError> {
    Access::of(Some(username.to_owned()), Some(password.to_owned().into()), Some(token.to_owned().into()))
}

#[tokio::test]
async fn credentials_are_sent_and_the_servers_words_come_back() {
    const BODY: &str = r#"{"error_code": "PERMISSION_DENIED", "message": "not for you"}"#;
    for (access, header) in [
        (access("ada", "s3cret", "t0ken"), Some("authorization: Basic YWRhOnMzY3JldA==")),
        (access("", "", "t0ken"), Some("authorization: Bearer t0ken")),
        (access("", "", ""), None),
    ] {
        let access = access.expect("whole");
        let (address, served) = answering("403 Forbidden", BODY);
        let said = log(&address, &access).await.to_string();
        assert_eq!(said, "experiments/get-by-name: MLflow answered 403 Forbidden, PERMISSION_DENIED: not for you");
        let request = served.join().expect("served");
        assert!(
            request.starts_with("GET /tracking/api/2.0/mlflow/experiments/get-by-name?experiment_name=stele "),
            "{request}"
        );
        let sent = request.lines().find(|line| line.starts_with("authorization"));
        assert_eq!(sent, header);
    }
}

#[tokio::test]
async fn what_is_not_mlflow_is_told_from_it() {
    let (address, _) = answering("502 Bad Gateway", "<html>down</html>");
    let said = log(&address, &Access::Anonymous).await.to_string();
    assert!(said.contains("502 Bad Gateway") && said.contains("nothing of MLflow's: <html>down</html>"), "{said}");
    let (address, _) = answering("200 OK", "<html>hello</html>");
    assert!(matches!(log(&address, &Access::Anonymous).await, MlflowError::Answer { .. }));
    let (address, _) = answering("302 Found", "");
    let said = log(&address, &Access::Anonymous).await.to_string();
    assert!(said.contains("302 Found"), "{said}");
    let closed = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
    let address = format!("http://{}", closed.expect("bound"));
    assert!(matches!(log(&address, &Access::Anonymous).await, MlflowError::Unreachable { .. }));
}

#[test]
fn half_a_user_is_refused_and_secrets_are_not_printed() {
    assert!(matches!(
        access("ada", "", "t0ken"),
        Err(MlflowError::HalfAUser { missing: "MLFLOW_TRACKING_PASSWORD" })
    ));
    assert!(matches!(access("", "s3cret", ""), Err(MlflowError::HalfAUser { missing: "MLFLOW_TRACKING_USERNAME" })));
    for access in [access("ada", "s3cret", ""), access("", "", "t0ken")] {
        let access = access.expect("whole");
        let mlflow = Mlflow::at("https://example.org", &access, EXPERIMENT).expect("an address");
        let printed = format!("{access:?} {mlflow:?}");
        assert!(["s3cret", "t0ken", "YWRhOnMzY3JldA"].iter().all(|secret| !printed.contains(secret)), "{printed}");
    }
    let printed = Mlflow::at("https://example.org", &Access::Bearer("t0ken\n".to_owned().into()), EXPERIMENT);
    assert!(matches!(printed, Err(MlflowError::Token)));
}

#[test]
fn only_servers_are_taken() {
    for address in ["./mlruns", "file:///mlruns", "sqlite:///mlflow.db", "databricks", "databricks://profile"] {
        let refused = Mlflow::at(address, &Access::Anonymous, EXPERIMENT).expect_err(address);
        assert!(matches!(&refused, MlflowError::Address(said) if said == address), "{refused}");
    }
    let refused = Mlflow::at("https://ada:s3cret@example.org", &Access::Anonymous, EXPERIMENT).expect_err("a secret");
    assert!(matches!(refused, MlflowError::SecretInAddress) && !refused.to_string().contains("s3cret"));
}
