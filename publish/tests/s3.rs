//! Uploads to a bucket. The bucket is moto's, a fake S3 which `scripts/with-consumers` installs: it speaks the protocol, and
//! proves nothing of Amazon's own service.

mod support;

use std::process::Command;

use futures::StreamExt as _;

use object_store::{ObjectStore, ObjectStoreExt as _, aws::AmazonS3Builder, path::Path as ObjectPath};
use stele_publish::{Target, UploadError, Uploaded, upload};
use support::{Released, consumers, server::Server};
use url::Url;

/// Larger than what goes in one piece.
const LARGE: usize = (20 << 20) + 7;
const SHARD: &str = "data/train-00000-of-00001.parquet";

fn bucket(server: &Server) -> AmazonS3Builder {
    let builder =
        AmazonS3Builder::new().with_endpoint(&server.address).with_allow_http(true).with_region("us-east-1");
    builder.with_access_key_id("a").with_secret_access_key("b")
}

fn start(python: &str) -> Server {
    let server = Server::start("/moto-api/", |port| {
        let mut command = Command::new(python);
        command.args(["-m", "moto.server", "--host", "127.0.0.1", "--port", &port.to_string()]);
        command
    });
    // moto takes a request without a signature
    server.put("/datasets");
    server
}

#[tokio::test]
async fn a_release_goes_to_a_bucket_once_and_to_the_byte() {
    let Some(python) = consumers() else { return };
    let server = start(&python);
    let url = Url::parse("s3://datasets/of/ours/").expect("an address");
    let target = Target::in_bucket(&url, bucket(&server)).expect("a place");
    let store = bucket(&server).with_bucket_name("datasets").build().expect("a bucket");
    let place = |path: &str| ObjectPath::from(format!("of/ours/helpfulness/1.2.0/{path}"));

    let released = Released::with_shard_of(LARGE);
    let shard = released.read(SHARD);
    released.write(SHARD, &[&shard[..LARGE - 1], b"x"].concat());
    let refused = upload(&released.dataset(), &target).await.expect_err("it has changed");
    assert!(matches!(&refused, UploadError::Differs(path) if path.ends_with(SHARD)), "{refused}");
    assert!(store.list(None).collect::<Vec<_>>().await.is_empty(), "nothing of it appears");
    released.write(SHARD, &shard);

    let uploaded = upload(&released.dataset(), &target).await.expect("uploads");
    let files = released.files();
    let bytes: usize = files.values().map(Vec::len).sum();
    let address = "s3://datasets/of/ours/helpfulness/1.2.0".to_owned();
    assert_eq!(uploaded, Uploaded { address: address.clone(), sent: 5, bytes_sent: bytes as u64, left: 0 });
    for (path, content) in &files {
        let stored = store.get(&place(path)).await.expect("there").bytes().await.expect("readable");
        assert!(stored == content, "{path}");
    }
    let again = upload(&released.dataset(), &target).await.expect("uploads");
    assert_eq!(again, Uploaded { address, sent: 0, bytes_sent: 0, left: 5 });

    store.put(&place("train.jsonl"), vec![b'x'; files["train.jsonl"].len()].into()).await.expect("stored");
    let refused = upload(&released.dataset(), &target).await.expect_err("it is another");
    let said = refused.to_string();
    assert!(said.starts_with("s3://datasets/of/ours/helpfulness/1.2.0/train.jsonl is there already"), "{said}");
}
