//! Every crate that Stele is built from has a licence that `deny.toml` allows, comes from crates.io, and is not banned.
//!
//! `cargo deny check licenses bans sources` reads the same file; this test needs no tool that must be compiled first.

mod support;

use std::process::Command;

use serde_json::Value;
use support::repository;

fn strings(deny: &toml::Table, section: &str, key: &str) -> Vec<String> {
    let list = deny[section][key].as_array().unwrap_or_else(|| panic!("{section}.{key} is a list"));
    list.iter()
        .map(|item| {
            let name = item.as_str().or_else(|| item.get("crate").and_then(toml::Value::as_str));
            name.unwrap_or_else(|| panic!("{section}.{key}: {item:?}")).to_owned()
        })
        .collect()
}

#[test]
fn every_crate_is_allowed() {
    let deny = std::fs::read_to_string(repository("deny.toml")).expect("deny.toml is committed");
    let deny: toml::Table = deny.parse().expect("TOML");
    let (allowed, banned) = (strings(&deny, "licenses", "allow"), strings(&deny, "bans", "deny"));
    let rustc = Command::new("rustc").arg("-vV").output().expect("rustc runs");
    let rustc = String::from_utf8(rustc.stdout).expect("text");
    let host = rustc.lines().find_map(|line| line.strip_prefix("host: ")).expect("a host");
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--locked", "--filter-platform", host])
        .current_dir(repository("."))
        .output()
        .expect("cargo runs");
    assert!(metadata.status.success(), "{}", String::from_utf8_lossy(&metadata.stderr));
    let metadata: Value = serde_json::from_slice(&metadata.stdout).expect("JSON");
    let mut seen = 0;
    for package in metadata["packages"].as_array().expect("packages") {
        let name = package["name"].as_str().expect("a name");
        let Some(source) = package["source"].as_str() else { continue };
        assert!(source.starts_with("registry+"), "{name} comes from {source}");
        assert!(!banned.iter().any(|banned| banned == name), "{name} is banned");
        let licence = package["license"].as_str().unwrap_or_else(|| panic!("{name} states no licence"));
        let expression = spdx::Expression::parse_mode(licence, spdx::ParseMode::LAX)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let fits = expression.evaluate(|needed| {
            let needed = needed.to_string();
            allowed.contains(&needed)
        });
        assert!(fits, "{name} has the licence {licence}, which deny.toml does not allow");
        seen += 1;
    }
    assert!(seen > 300, "only {seen} crates were seen");
}
