//! Writes the program's man pages and what shells complete, from the arguments that the program takes.
//!
//! `manual FOLDER` fills `FOLDER/man` and `FOLDER/completions`. `make dist` calls it; it is not shipped.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap_complete::Shell;
use clap_mangen::Man;

#[expect(dead_code, reason = "only the arguments are read here, and nothing is done that they ask for")]
#[path = "../../src/commands/mod.rs"]
mod commands;

const NAME: &str = "schedule-callback";

/// What no argument says: the end of the man page of the program as a whole, in roff.
const MORE: &str = r#".SH "EXIT STATUS"
.TP
0
It has done what was asked, or has stopped in order.
.TP
64
An argument or a setting is wrong. The message names the file, the line and the key; nothing was opened.
.TP
69
A server or a topic is not there within \fBservice.startup_timeout\fR.
.TP
70
An internal fault.
.SH ENVIRONMENT
Each setting has a variable, \fBSCHEDULE_CALLBACK__SECTION__KEY\fR, which wins over the settings file:
\fBSCHEDULE_CALLBACK__DUE__WINDOW=30s\fR, for instance.
.SH FILES
.TP
\fI/etc/schedule\-callback/service.toml\fR
The settings, where the Debian package and its systemd unit have them. Each is described in docs/configuration.md.
"#;

fn main() -> Result<()> {
    let folder: OsString = std::env::args_os().nth(1).context("usage: manual FOLDER")?;
    let folder = PathBuf::from(folder);
    let mut program = commands::arguments();
    // `help` has no page of its own.
    write_man_pages(program.clone().disable_help_subcommand(true), &folder.join("man"))?;
    let completions = folder.join("completions");
    fs::create_dir_all(&completions)?;
    for shell in [Shell::Bash, Shell::Fish, Shell::Zsh] {
        clap_complete::generate_to(shell, &mut program, NAME, &completions)?;
    }
    Ok(())
}

fn write_man_pages(program: clap::Command, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    clap_mangen::generate_to(program.clone(), folder)?;
    let mut page = Vec::new();
    Man::new(program).render(&mut page)?;
    page.extend_from_slice(MORE.as_bytes());
    Ok(fs::write(folder.join(format!("{NAME}.1")), page)?)
}
