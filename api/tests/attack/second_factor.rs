//! Second factors: codes that are guessed, used twice, or missing.

use serde_json::{Value, json};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use stele_ledger::{Clock, CommandContext, Fingerprint};
use totp_rs::{Builder, Secret, Totp};

use crate::support::{PASSWORD, Server};

const EMAIL: &str = "ada@example.org";

/// Somebody with an authenticator.
pub(crate) struct Owner<'a> {
    server: &'a Server,
    name: &'a str,
    /// The access token of the session in which they enrolled.
    pub(crate) token: String,
    authenticator: Totp,
    recovery_codes: Vec<String>,
}

impl<'a> Owner<'a> {
    async fn begin(server: &'a Server, name: &'a str) -> Self {
        let token = server.sign_in(name, &[]).await;
        let begun = change(server, &token, "beginSecondFactor", json!({ "password": PASSWORD })).await;
        let secret = begun["secret"].as_str().unwrap_or_else(|| panic!("no secret in {begun}"));
        assert!(begun["uri"].as_str().expect("a URI").contains(&format!("secret={secret}")), "{begun}");
        let secret = Secret::try_from_base32(secret).expect("base32");
        let authenticator = Builder::new().with_secret(secret).build().expect("an authenticator");
        Self { server, name, token, authenticator, recovery_codes: Vec::new() }
    }

    async fn confirm(&mut self) -> Value {
        let confirmed = self.change("confirmSecondFactor", json!({ "code": self.code() })).await;
        self.recovery_codes = texts(&confirmed["codes"]);
        confirmed
    }

    pub(crate) async fn enrol(server: &'a Server, name: &'a str) -> Self {
        let mut owner = Self::begin(server, name).await;
        assert_eq!(owner.confirm().await["__typename"], "RecoveryCodes");
        server.clock.advance(30);
        owner
    }

    /// The code at a number of steps from now.
    fn code_at(&self, steps: i64) -> String {
        let seconds = self.server.clock.now().to_utc().timestamp() + 30 * steps;
        self.authenticator.generate(seconds.cast_unsigned()).to_string()
    }

    pub(crate) fn code(&self) -> String {
        self.code_at(0)
    }

    /// A code that is right neither now nor a step away.
    pub(crate) fn wrong_code(&self) -> String {
        let right = [-1, 0, 1].map(|steps| self.code_at(steps));
        let codes = ["000000", "111111", "222222", "333333"].map(str::to_owned);
        codes.into_iter().find(|code| !right.contains(code)).expect("three are right at most")
    }

    async fn login(&self, password: &str, code: Option<&str>) -> Value {
        login(self.server, &format!("{}@example.org", self.name), password, code).await
    }

    async fn change(&self, mutation: &str, arguments: Value) -> Value {
        change(self.server, &self.token, mutation, arguments).await
    }
}

async fn login(server: &Server, email: &str, password: &str, code: Option<&str>) -> Value {
    let query = "mutation($email: String!, $password: String!, $code: String) {
        login(email: $email, password: $password, code: $code) {
            __typename ... on Session { token } ... on Refusal { code message } } }";
    let variables = json!({ "email": email, "password": password, "code": code });
    server.ask(None, query, variables).await["data"]["login"].clone()
}

/// Calls one of the mutations about second factors.
async fn change(server: &Server, token: &str, mutation: &str, arguments: Value) -> Value {
    let arguments = arguments.as_object().expect("arguments").clone();
    let declared: Vec<String> = arguments.keys().map(|name| format!("${name}: String!")).collect();
    let passed: Vec<String> = arguments.keys().map(|name| format!("{name}: ${name}")).collect();
    let done = match mutation {
        "beginSecondFactor" => "... on SecondFactorBegun { uri secret }",
        "removeSecondFactor" => "",
        _ => "... on RecoveryCodes { codes }",
    };
    let query = format!(
        "mutation({}) {{ {mutation}({}) {{ __typename {done} ... on Refusal {{ code }} }} }}",
        declared.join(", "),
        passed.join(", ")
    );
    server.ask(Some(token), &query, json!(arguments)).await["data"][mutation].clone()
}

async fn is_believed(server: &Server, token: &Value) -> bool {
    server.post(token.as_str(), "{ viewer { roles } }", Value::Null).await.0 == 200
}

fn texts(list: &Value) -> Vec<String> {
    let texts = list.as_array().unwrap_or_else(|| panic!("no list: {list}")).iter();
    texts.map(|text| text.as_str().expect("a text").to_owned()).collect()
}

async fn count(pool: &PgPool, table: &str) -> i64 {
    let query = sqlx::AssertSqlSafe(format!("select count(*) from {table}"));
    sqlx::query_scalar(query).fetch_one(pool).await.expect("counted")
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_factor_counts_once_it_is_confirmed(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(&options).await;
    let mut ada = Owner::begin(&server, "ada").await;
    let told = async |token: &str| {
        let query = "{ viewer { secondFactor { confirmedAt recoveryCodes } } }";
        server.ask(Some(token), query, Value::Null).await["data"]["viewer"]["secondFactor"].clone()
    };
    assert_eq!(told(&ada.token).await, Value::Null);
    let other = ada.login(PASSWORD, None).await;
    assert_eq!(other["__typename"], "Session", "it is not asked for yet");
    assert_eq!(
        ada.change("confirmSecondFactor", json!({ "code": ada.wrong_code() })).await["code"],
        "WRONG_CREDENTIALS"
    );
    assert!(is_believed(&server, &other["token"]).await, "nothing has changed");
    ada.confirm().await;
    assert_eq!(ada.recovery_codes.len(), 10);
    assert!(ada.recovery_codes.iter().all(|code| code.len() == 19), "{:?}", ada.recovery_codes);
    assert_eq!(told(&ada.token).await, json!({ "confirmedAt": "2026-01-01T00:00:00+00:00", "recoveryCodes": 10 }));
    assert!(!is_believed(&server, &other["token"]).await, "what was begun without it ends");
    assert!(is_believed(&server, &json!(ada.token)).await);
    let twice = ada.change("confirmSecondFactor", json!({ "code": ada.code_at(1) })).await;
    assert_eq!(twice["code"], "SECOND_FACTOR_NOT_BEGUN");
    let again = ada.change("beginSecondFactor", json!({ "password": PASSWORD })).await;
    assert_eq!(again["code"], "SECOND_FACTOR_EXISTS");
    assert_eq!(ada.login(PASSWORD, None).await["code"], "SECOND_FACTOR_NEEDED");
    assert_eq!(ada.login(PASSWORD, Some("")).await["code"], "SECOND_FACTOR_NEEDED");
    assert_eq!(ada.login(PASSWORD, Some(&ada.code())).await["code"], "WRONG_CREDENTIALS", "it confirmed the factor");
    server.clock.advance(60);
    let code = ada.code();
    let spaced = format!("{} {}", &code[..3], &code[3..]);
    assert_eq!(ada.login(PASSWORD, Some(&spaced)).await["__typename"], "Session");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_code_works_once_and_no_earlier_one_after_it(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(&options).await;
    let ada = Owner::enrol(&server, "ada").await;
    server.clock.advance(60);
    let (early, now, late, too_late) = (ada.code_at(-1), ada.code(), ada.code_at(1), ada.code_at(2));
    let signs_in = async |code: &str| ada.login(PASSWORD, Some(code)).await["__typename"] == "Session";
    assert!(!signs_in(&too_late).await);
    assert!(signs_in(&early).await, "a clock may be a step behind");
    assert!(!signs_in(&early).await);
    assert!(signs_in(&now).await);
    assert!(!signs_in(&now).await && !signs_in(&early).await);
    assert!(signs_in(&late).await, "or a step ahead");
    assert!(!signs_in(&now).await);
    server.clock.advance(30);
    assert!(!signs_in(&late).await, "it is the code of this step");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn of_many_who_sign_in_with_one_code_at_once_one_gets_a_session(
    pool_options: PgPoolOptions,
    options: PgConnectOptions,
) {
    let server = Server::start(&options).await;
    let ada = Owner::enrol(&server, "ada").await;
    let pool = pool_options.connect_with(options).await.expect("a connection");
    let mut sessions = count(&pool, "session").await;
    for round in 0..8 {
        // beyond what was tried in the hour before
        server.clock.advance(3_600);
        let code = if round < 4 { ada.code() } else { ada.recovery_codes[round].clone() };
        let answers = tokio::join!(
            ada.login(PASSWORD, Some(&code)),
            ada.login(PASSWORD, Some(&code)),
            ada.login(PASSWORD, Some(&code)),
            ada.login(PASSWORD, Some(&code)),
        );
        let answers = [answers.0, answers.1, answers.2, answers.3];
        let begun = answers.iter().filter(|answer| answer["__typename"] == "Session").count();
        let refused = answers.iter().filter(|answer| answer["code"] == "WRONG_CREDENTIALS").count();
        assert_eq!((begun, refused), (1, 3), "{answers:?}");
        sessions += 1;
        assert_eq!(count(&pool, "session").await, sessions);
    }
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn no_sign_in_without_a_code_outlives_a_confirmation_that_it_races(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let server = Server::start(&options).await;
    for name in ["ada", "bob", "cyd", "dan", "eve", "fay"] {
        let mut owner = Owner::begin(&server, name).await;
        let email = format!("{name}@example.org");
        let (confirmed, answer) = tokio::join!(owner.confirm(), login(&server, &email, PASSWORD, None));
        assert_eq!(confirmed["__typename"], "RecoveryCodes");
        assert!(
            !is_believed(&server, &answer["token"]).await || answer["code"] == "SECOND_FACTOR_NEEDED",
            "{answer}"
        );
    }
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn before_the_password_is_right_nothing_tells_of_a_factor(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(&options).await;
    let ada = Owner::enrol(&server, "ada").await;
    server.register("bob", &[]).await;
    server.clock.advance(60);
    let attempt = async |email: &str, password: &str, code: Option<&str>| {
        let before = server.passwords.worked();
        let answer = login(&server, email, password, code).await;
        (answer, server.passwords.worked() - before)
    };
    let (code, wrong_code) = (ada.code(), ada.wrong_code());
    let codes = [None, Some(code.as_str()), Some(wrong_code.as_str()), Some(ada.recovery_codes[0].as_str())];
    let wrong = attempt(EMAIL, "not the password", None).await;
    assert_eq!((wrong.0["code"].as_str(), wrong.1), (Some("WRONG_CREDENTIALS"), 1));
    for email in [EMAIL, "bob@example.org", "nobody@example.org"] {
        for code in codes {
            assert_eq!(attempt(email, "not the password", code).await, wrong, "{email} {code:?}");
        }
    }
    assert_eq!(attempt(EMAIL, PASSWORD, Some(&wrong_code)).await, wrong, "a wrong code is like a wrong password");
    server.clock.advance(60);
    assert_eq!(ada.login(PASSWORD, Some(&ada.code())).await["__typename"], "Session", "no code has been used up");
    assert_eq!(ada.login(PASSWORD, Some(&ada.recovery_codes[0])).await["__typename"], "Session");
    let unasked = login(&server, "bob@example.org", PASSWORD, Some("123456")).await;
    assert_eq!(unasked["__typename"], "Session", "who has no factor needs no code");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn codes_can_be_guessed_ten_times_an_hour(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(&options).await;
    let ada = Owner::enrol(&server, "ada").await;
    for guess in 0..10 {
        // not more than ten attempts of any kind a minute
        server.clock.advance(if guess == 5 { 60 } else { 0 });
        assert_eq!(ada.login(PASSWORD, Some(&ada.wrong_code())).await["code"], "WRONG_CREDENTIALS");
    }
    server.clock.advance(60);
    let right = ada.login(PASSWORD, Some(&ada.code())).await;
    assert_eq!(right["code"], "RATE_LIMITED", "{right}");
    let remove = json!({ "password": PASSWORD, "code": ada.code() });
    assert_eq!(ada.change("removeSecondFactor", remove).await["code"], "RATE_LIMITED");
    let recovered = ada.login(PASSWORD, Some(&ada.recovery_codes[0])).await;
    assert_eq!(recovered["__typename"], "Session", "nobody guesses these");
    server.clock.advance(3_600);
    assert_eq!(ada.login(PASSWORD, Some(&ada.code())).await["__typename"], "Session");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_recovery_code_works_once_and_until_there_are_new_ones(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(&options).await;
    let ada = Owner::enrol(&server, "ada").await;
    let bob = Owner::enrol(&server, "bob").await;
    let [first, second, third] = [0, 1, 2].map(|number| ada.recovery_codes[number].as_str());
    assert_eq!(ada.login(PASSWORD, Some(first)).await["__typename"], "Session");
    assert_eq!(ada.login(PASSWORD, Some(first)).await["code"], "WRONG_CREDENTIALS");
    assert_eq!(bob.login(PASSWORD, Some(second)).await["code"], "WRONG_CREDENTIALS", "it is somebody else's");
    let sloppy = format!(" {} ", second.replace('-', " ").to_lowercase());
    assert_eq!(ada.login(PASSWORD, Some(&sloppy)).await["__typename"], "Session");
    for (password, code, refusal) in [
        ("not the password", third, "WRONG_CREDENTIALS"),
        (PASSWORD, first, "WRONG_CREDENTIALS"),
        (PASSWORD, "", "WRONG_CREDENTIALS"),
    ] {
        let arguments = json!({ "password": password, "code": code });
        assert_eq!(ada.change("regenerateRecoveryCodes", arguments).await["code"], refusal, "{password} {code}");
    }
    let new = ada.change("regenerateRecoveryCodes", json!({ "password": PASSWORD, "code": ada.code() })).await;
    let new = texts(&new["codes"]);
    assert_eq!(new.len(), 10);
    assert!(new.iter().all(|code| !ada.recovery_codes.contains(code)));
    assert_eq!(ada.login(PASSWORD, Some(third)).await["code"], "WRONG_CREDENTIALS", "there are others now");
    assert_eq!(ada.login(PASSWORD, Some(&new[0])).await["__typename"], "Session");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_stolen_session_neither_enrols_nor_removes_a_factor(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(&options).await;
    let bob = server.sign_in("bob", &[]).await;
    let begun = change(&server, &bob, "beginSecondFactor", json!({ "password": "not the password" })).await;
    assert_eq!(begun["code"], "WRONG_CREDENTIALS");
    for mutation in ["removeSecondFactor", "regenerateRecoveryCodes"] {
        let arguments = json!({ "password": PASSWORD, "code": "123456" });
        assert_eq!(change(&server, &bob, mutation, arguments).await["code"], "SECOND_FACTOR_NOT_FOUND");
    }
    let ada = Owner::enrol(&server, "ada").await;
    server.clock.advance(60);
    for (password, code) in [("not the password", ada.code()), (PASSWORD, ada.wrong_code()), (PASSWORD, "A".into())] {
        let arguments = json!({ "password": password, "code": code });
        assert_eq!(ada.change("removeSecondFactor", arguments).await["code"], "WRONG_CREDENTIALS");
    }
    for _ in 3..10 {
        let arguments = json!({ "password": "a guess at the password", "code": "A" });
        assert_eq!(ada.change("removeSecondFactor", arguments).await["code"], "WRONG_CREDENTIALS");
    }
    let right = json!({ "password": PASSWORD, "code": ada.code() });
    assert_eq!(ada.change("removeSecondFactor", right.clone()).await["code"], "RATE_LIMITED");
    assert_eq!(ada.login(PASSWORD, None).await["code"], "SECOND_FACTOR_NEEDED");
    server.clock.advance(60);
    let right = json!({ "password": PASSWORD, "code": ada.code() });
    assert_eq!(ada.change("removeSecondFactor", right).await["__typename"], "SecondFactorRemoved");
    assert_eq!(ada.login(PASSWORD, None).await["__typename"], "Session");
    assert_eq!(ada.login(PASSWORD, Some(&ada.recovery_codes[0])).await["__typename"], "Session", "no code is needed");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn nothing_of_a_factor_is_kept_in_the_clear_or_after_its_owner_is_erased(
    pool_options: PgPoolOptions,
    options: PgConnectOptions,
) {
    let server = Server::start(&options).await;
    let ada = Owner::enrol(&server, "ada").await;
    let pool = pool_options.connect_with(options).await.expect("a connection");
    let kept: Vec<u8> =
        sqlx::query_scalar("select secret from second_factor").fetch_one(&pool).await.expect("a secret");
    let clear = ada.authenticator.secret().as_bytes();
    assert!(!kept.windows(clear.len()).any(|window| window == clear));
    assert_eq!((count(&pool, "second_factor").await, count(&pool, "recovery_code").await), (1, 10));
    let id = server.ask(Some(&ada.token), "{ viewer { participantId } }", Value::Null).await;
    let id: uuid::Uuid = id["data"]["viewer"]["participantId"].as_str().expect("an id").parse().expect("an id");
    let context = CommandContext {
        actor: None,
        key: "erase".to_owned().try_into().expect("a key"),
        fingerprint: Fingerprint::of(b"erase"),
        occurred_at: None,
        correlation_id: None,
    };
    let erased =
        stele_api::account::erase(&server.ledger, &server.files, id.into(), &context, "asked".into(), "1".into());
    erased.await.expect("erased");
    assert_eq!((count(&pool, "second_factor").await, count(&pool, "recovery_code").await), (0, 0));
    let gone = ada.login(PASSWORD, Some(&ada.code())).await;
    assert_eq!(gone["code"], "WRONG_CREDENTIALS", "as of an account that does not exist");
}
