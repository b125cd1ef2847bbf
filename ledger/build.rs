//! Has the crate compiled anew when a migration is added: the migrations are embedded in it.
#![expect(clippy::print_stdout, reason = "a build script tells cargo by printing")]

fn main() {
    println!("cargo::rerun-if-changed=../migrations");
}
