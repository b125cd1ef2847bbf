//! An erasure's certificate is believed only as it was issued.

use std::sync::Arc;

use sqlx::{PgPool, postgres::PgConnectOptions};
use stele_domain::{
    ParticipantId, Personal,
    participant::{Participant, ParticipantCommand, ParticipantKind},
};
use stele_ledger::{
    Anchor, CertificateError as Uncertified, CommandContext, Database, Fingerprint, KeyStore, Ledger, LogSigner,
    SystemClock,
};
use stele_tlog::{Note, Signer};
use stele_verify::{CertificateError, ErasureCertificate, verify_certificate};

fn key(name: &str) -> Signer {
    Signer::new(name, [7; 32]).expect("a good name")
}

fn context(key: &str) -> CommandContext {
    CommandContext {
        actor: None,
        key: key.to_owned().try_into().expect("a valid key"),
        fingerprint: Fingerprint::of(b""),
        occurred_at: None,
        correlation_id: None,
    }
}

async fn open(options: &PgConnectOptions) -> Ledger {
    let database = Database::connect(options.clone(), 6).await.expect("the test database is migrated");
    let keys = KeyStore::in_process(options).await.expect("a key store");
    Ledger::open(database, "test", Arc::new(SystemClock), keys).await.expect("the ledger opens")
}

async fn register(ledger: &Ledger, name: &str) -> ParticipantId {
    let id: ParticipantId = ledger.mint().fresh();
    let command = ParticipantCommand::Register {
        kind: ParticipantKind::Human,
        name: Personal::clear(id, name.to_owned()),
        email: None,
        roles: Vec::new(),
    };
    ledger.execute::<Participant>(id.uuid(), &context(name), &command).await.expect("recorded");
    id
}

async fn erase(ledger: &Ledger, id: ParticipantId) {
    let context = context(&format!("erase {id}"));
    ledger.erase(id.into(), &context, "Art. 17".to_owned(), "DSR-17".to_owned()).await.expect("erased");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_certificate_holds_as_it_was_issued_and_no_other_way(pool: PgPool) {
    let ledger = open(&pool.connect_options()).await;
    let folder = tempfile::tempdir().expect("a folder");
    let mut signer = LogSigner::new(ledger.clone(), key("test"), Anchor::at(folder.path().join("checkpoint")));
    let (ada, bob) = (register(&ledger, "Ada Lovelace").await, register(&ledger, "Bob").await);
    signer.sign().await.expect("signed");

    let certify = async |id: ParticipantId| ledger.erasure_certificate(id.into(), &key("test")).await;
    assert!(matches!(certify(ada).await, Err(Uncertified::NotErased(_))));
    erase(&ledger, ada).await;
    assert!(matches!(certify(ada).await, Err(Uncertified::NotSigned(_))));
    signer.sign().await.expect("signed");
    let issued = certify(ada).await.expect("certified");
    assert!(!issued.contains("Ada"), "{issued}");

    let read = verify_certificate(&issued, key("test").verifier()).expect("valid");
    let erasure = ledger.erasure(ada.into()).await.expect("readable").expect("an erasure");
    let expected = ErasureCertificate {
        issued_at: read.issued_at.clone(),
        ledger: "test".to_owned(),
        subject_id: ada.uuid(),
        position: erasure.event.position.get(),
        erased_at: erasure.event.recorded_at.to_string(),
        basis: "Art. 17".to_owned(),
        reference: "DSR-17".to_owned(),
        key_fingerprint: erasure.erased.key_fingerprint.clone(),
        key_destroyed_at: read.key_destroyed_at.clone(),
        beyond_backups_since: None,
    };
    assert_eq!(read, expected);

    // after a rotation, the next one names the horizon, and the first holds as before
    ledger.rotate_keys(|_, _| {}).await.expect("rotated");
    erase(&ledger, bob).await;
    signer.sign().await.expect("signed");
    let later = verify_certificate(&certify(ada).await.expect("certified"), key("test").verifier()).expect("valid");
    assert!(later.beyond_backups_since.is_some());
    verify_certificate(&issued, key("test").verifier()).expect("still valid");

    // whoever changes a single byte, or signs with another key
    for place in 0..issued.len() {
        let mut forged = issued.clone().into_bytes();
        forged[place] ^= 1;
        let Ok(forged) = String::from_utf8(forged) else { continue };
        assert!(verify_certificate(&forged, key("test").verifier()).is_err(), "byte {place}");
    }
    let stranger = Signer::new("test", [8; 32]).expect("a good name");
    let refused = verify_certificate(&issued, stranger.verifier());
    assert!(matches!(refused, Err(CertificateError::Signature(_))), "{refused:?}");

    // and the issuer can't certify what the history does not have
    let bobs = certify(bob).await.expect("certified");
    let text = |note: &str| note.parse::<Note>().expect("a note").text().to_owned();
    let swaps = [
        (ada.to_string(), bob.to_string()),
        ("DSR-17".to_owned(), "DSR-18".to_owned()),
        (format!(r#""position":{}"#, read.position), format!(r#""position":{}"#, read.position - 1)),
        ("SubjectErased".to_owned(), "SubjectSpared".to_owned()),
        (read.key_fingerprint.clone().expect("a key"), "0".repeat(64)),
    ];
    for (from, to) in swaps {
        let changed = text(&issued).replacen(&from, &to, 1);
        assert_ne!(changed, text(&issued), "{from}");
        let signed = Note::new(&changed).expect("a text").sign(&key("test")).to_string();
        let refused = verify_certificate(&signed, key("test").verifier());
        assert!(refused.is_err(), "{from} became {to}: {refused:?}");
    }
    verify_certificate(&bobs, key("test").verifier()).expect("valid");
}
