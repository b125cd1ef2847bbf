//! Asking before what can't be undone.

use std::io::{BufRead, IsTerminal};

use anyhow::{Context, bail};

/// Goes on only if the answer is `yes`.
pub(crate) fn confirm(to: &str) -> anyhow::Result<()> {
    if std::io::stdin().is_terminal() {
        eprint!("Type `yes` to {to}: ");
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).context("the answer can't be read")?;
    if line.trim() != "yes" {
        bail!("nothing was changed, as the answer was not `yes`");
    }
    Ok(())
}
