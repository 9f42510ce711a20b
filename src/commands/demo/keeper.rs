//! The keeper: a small shell process that cleans up once this process lets it, or is gone.
//!
//! It reads the far end of a pipe that only this process holds open. When the pipe closes, because the demo is over,
//! was interrupted or was killed with SIGKILL, it ends the process it was told of and removes the folder.
//! `PR_SET_PDEATHSIG` would do less: it is tied to the thread that forked, and needs unsafe code.

use std::fs::DirBuilder;
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use anyhow::Context as _;

/// Reads process numbers, of which the last counts; an empty line is none. SIGQUIT is PostgreSQL's immediate shutdown
/// (manual, 18.5), which takes its children and its shared memory along; it is given five seconds for that.
const SCRIPT: &str = r#"
folder=$1
watched=
while read -r number; do watched=$number; done
if [ "$watched" ] && kill -s QUIT "$watched"; then
    tick=0
    while [ $tick -lt 50 ] && kill -s 0 "$watched"; do sleep 0.1; tick=$((tick + 1)); done
    kill -s KILL "$watched"
fi
rm -rf "$folder"
"#;

/// A folder and at most one process, both gone soon after this is dropped.
#[derive(Debug)]
pub(super) struct Keeper {
    folder: PathBuf,
    pipe: ChildStdin,
    shell: Child,
}

impl Keeper {
    /// Makes the folder, which must not be there yet, for this user's eyes only, and a keeper for it.
    pub(super) fn of_new_folder(folder: &Path) -> anyhow::Result<Self> {
        DirBuilder::new().mode(0o700).create(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let mut shell = Command::new("sh")
            .args(["-c", SCRIPT, "keeper"])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0) // Ctrl-C is for the demo; the keeper then does its work.
            .spawn()
            .context("sh cannot be started")?;
        let pipe = shell.stdin.take().context("the keeper has no standard input")?;
        Ok(Self { folder: folder.to_owned(), pipe, shell })
    }

    /// The folder.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Has this process ended, and no longer the one before.
    pub(super) fn watch(&mut self, process: &Child) -> io::Result<()> {
        writeln!(self.pipe, "{}", process.id())
    }

    /// To be called once the process has ended: its number may become another's.
    pub(super) fn forget(&mut self) -> io::Result<()> {
        writeln!(self.pipe)
    }

    /// Ends the process, a child of this one, and removes the folder; returns when that is done.
    pub(super) fn clean_up(self, process: &mut Child) -> anyhow::Result<()> {
        let Self { folder, pipe, mut shell } = self;
        drop(pipe);
        process.wait()?;
        shell.wait()?;
        anyhow::ensure!(!folder.exists(), "{} could not be removed", folder.display());
        Ok(())
    }
}
