//! Where the numbers come from: they mean nothing without it.

use std::{fs, thread::available_parallelism};

use crate::scratch::Scratch;

/// The machine and the server, with the settings that make an append durable, as the server has them.
pub(crate) async fn describe(scratch: &Scratch) -> anyhow::Result<String> {
    let (version, fsync, synchronous_commit, full_page_writes): (String, String, String, String) = sqlx::query_as(
        "select current_setting('server_version'), current_setting('fsync'), current_setting('synchronous_commit'),
            current_setting('full_page_writes')",
    )
    .fetch_one(scratch.server())
    .await?;
    let cores = available_parallelism()?;
    Ok(format!(
        "{}, {cores} cores; PostgreSQL {version}, fsync {fsync}, synchronous_commit {synchronous_commit}, \
         full_page_writes {full_page_writes}\n{}",
        processor(),
        load()
    ))
}

/// The processor's name, where the system tells.
fn processor() -> String {
    let description = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = description.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    name.map_or_else(|| "unknown processor".to_owned(), |(_, name)| name.to_owned())
}

/// The load average over the last minute, which shows whether the machine had other work.
pub(crate) fn load() -> String {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    format!("Load over the last minute: {}", load.split(' ').next().unwrap_or("unknown"))
}
