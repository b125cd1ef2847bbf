//! Forged access tokens.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{Signer, SigningKey};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::support::Server;

/// How a forged token is signed.
enum Forgery {
    Nothing,
    Ed25519([u8; 32]),
    HmacSha256(Vec<u8>),
}

/// The key of the server under attack.
const REAL: Forgery = Forgery::Ed25519([7; 32]);

fn token(header: &Value, claims: &Value, forgery: &Forgery) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(header), part(claims));
    let signature = match forgery {
        Forgery::Nothing => Vec::new(),
        Forgery::Ed25519(seed) => SigningKey::from_bytes(seed).sign(signed.as_bytes()).to_bytes().to_vec(),
        Forgery::HmacSha256(key) => {
            let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any length");
            mac.update(signed.as_bytes());
            mac.finalize().into_bytes().to_vec()
        }
    };
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn part(token: &str, number: usize) -> Value {
    let part = token.split('.').nth(number).expect("three parts");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
}

fn with(value: &Value, member: &str, new: Value) -> Value {
    let mut changed = value.clone();
    changed[member] = new;
    changed
}

fn without(value: &Value, member: &str) -> Value {
    let mut changed = value.clone();
    changed.as_object_mut().expect("an object").remove(member);
    changed
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_forged_token_is_not_believed(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(&options).await;
    let real = server.sign_in("ada", &[]).await;
    let bob = part(&server.sign_in("bob", &[]).await, 1);
    let (header, claims) = (part(&real, 0), part(&real, 1));
    let status = async |token: &str| server.post(Some(token), "{ viewer { roles } }", Value::Null).await.0.as_u16();
    assert_eq!(status(&token(&header, &claims, &REAL)).await, 200, "what is forged well is believed");

    let public = SigningKey::from_bytes(&[7; 32]).verifying_key().to_bytes().to_vec();
    let x = URL_SAFE_NO_PAD.encode(&public);
    let other_ledger = json!("stele:00000000-0000-0000-0000-000000000001");
    let algorithm = |name: &str| with(&header, "alg", json!(name));
    for (attack, header, claims, forgery) in [
        ("alg none", algorithm("none"), claims.clone(), Forgery::Nothing),
        ("alg None", algorithm("None"), claims.clone(), Forgery::Nothing),
        ("no signature", header.clone(), claims.clone(), Forgery::Nothing),
        ("HS256 with the public key", algorithm("HS256"), claims.clone(), Forgery::HmacSha256(public)),
        ("HS256 with the key as published", algorithm("HS256"), claims.clone(), Forgery::HmacSha256(x.into_bytes())),
        ("another key", header.clone(), claims.clone(), Forgery::Ed25519([8; 32])),
        ("an unknown kid", with(&header, "kid", json!("another")), claims.clone(), REAL),
        ("no kid", without(&header, "kid"), claims.clone(), REAL),
        ("another audience", header.clone(), with(&claims, "aud", other_ledger.clone()), REAL),
        ("no audience", header.clone(), without(&claims, "aud"), REAL),
        ("another ledger", header.clone(), with(&claims, "iss", other_ledger), REAL),
        ("no issuer", header.clone(), without(&claims, "iss"), REAL),
        ("expired", header.clone(), with(&claims, "exp", claims["iat"].clone()), REAL),
        ("without end", header.clone(), without(&claims, "exp"), REAL),
        ("without a session", header.clone(), without(&claims, "sid"), REAL),
        ("somebody else's session", header.clone(), with(&claims, "sid", bob["sid"].clone()), REAL),
    ] {
        assert_eq!(status(&token(&header, &claims, &forgery)).await, 401, "{attack}");
    }
    assert_eq!(status(&real).await, 200);
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_token_names_the_published_key(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(&options).await;
    let real = server.sign_in("ada", &[]).await;
    let (status, keys) = server.get("/.well-known/jwks.json").await;
    assert_eq!(status, 200);
    let keys: Value = serde_json::from_str(&keys).expect("JSON");
    let public = SigningKey::from_bytes(&[7; 32]).verifying_key();
    let expected = json!({
        "kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(public.as_bytes()),
        "kid": part(&real, 0)["kid"], "alg": "EdDSA", "use": "sig",
    });
    assert_eq!(keys, json!({ "keys": [expected] }), "the public key and nothing of the secret");
}
