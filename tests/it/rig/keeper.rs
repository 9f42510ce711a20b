//! The keeper: a small shell process that stops what this process started, once this process is gone.
//!
//! It reads the far end of a pipe that only this process holds open. When the pipe closes (the process ended, panicked,
//! was interrupted or killed with SIGKILL), it stops every process it was told of and removes the temporary folder.
//! `PR_SET_PDEATHSIG` would do less: it is tied to the thread that forked, and needs unsafe code.

use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};

/// Reads lines `watch SIGNAL PID` and `forget PID`. A process is given five seconds to obey its signal.
const SCRIPT: &str = r#"
folder=$1
watched=
while read -r verb first second; do
    case $verb in
        watch) watched="$watched $first:$second" ;;
        forget)
            left=
            for entry in $watched; do [ "${entry#*:}" = "$first" ] || left="$left $entry"; done
            watched=$left ;;
    esac
done
for entry in $watched; do kill -s "${entry%%:*}" "${entry#*:}"; done
for tick in 1 2 3 4 5 6 7 8 9 10; do
    alive=
    for entry in $watched; do kill -s 0 "${entry#*:}" && alive=yes; done
    [ "$alive" ] || break
    sleep 0.5
done
for entry in $watched; do kill -s KILL "${entry#*:}"; done
[ "$folder" = keep ] || rm -rf "$folder"
"#;

/// The environment variable that, set to anything, leaves the temporary folder with its logs behind.
const KEEP: &str = "RIG_KEEP";

/// The signal that ends a process when this one is gone.
#[derive(Clone, Copy, Debug)]
pub enum Ending {
    /// For whatever needs no farewell.
    Kill,
    /// PostgreSQL's immediate shutdown, which takes its children and its shared memory along.
    Quit,
}

struct Keeper {
    folder: PathBuf,
    pipe: Mutex<ChildStdin>,
    /// Outlives this process, so nobody waits for it.
    _shell: Child,
}

static KEEPER: LazyLock<Keeper> = LazyLock::new(Keeper::start);

static NEXT_FOLDER: AtomicU32 = AtomicU32::new(0);

/// This process's temporary folder, in `TMPDIR` or else in /tmp.
pub fn root() -> &'static Path {
    &KEEPER.folder
}

/// Makes a folder in [`root`]: `<what>-<number>`.
pub fn folder(what: &str) -> PathBuf {
    let number = NEXT_FOLDER.fetch_add(1, Ordering::Relaxed);
    let path = root().join(format!("{what}-{number}"));
    fs::create_dir(&path).unwrap_or_else(|error| panic!("cannot make {}: {error}", path.display()));
    path
}

/// Removes a folder of a server that is gone, unless the folders are to stay. What cannot be removed now goes with [`root`].
pub fn remove(folder: &Path) {
    if !stays() {
        drop(fs::remove_dir_all(folder));
    }
}

fn stays() -> bool {
    std::env::var_os(KEEP).is_some()
}

/// Has the process ended once this one is gone.
pub fn watch(pid: u32, ending: Ending) {
    let signal = match ending {
        Ending::Kill => "KILL",
        Ending::Quit => "QUIT",
    };
    KEEPER.tell(&format!("watch {signal} {pid}\n"));
}

/// To be called before a process's status is taken: after that its number may be another's.
pub fn forget(pid: u32) {
    KEEPER.tell(&format!("forget {pid}\n"));
}

impl Keeper {
    fn start() -> Self {
        let folder = std::env::temp_dir().join(format!("rig-{}", std::process::id()));
        make_empty(&folder);
        let keep = stays();
        if keep {
            eprintln!("the rig keeps its files in {}", folder.display());
        }
        let mut shell = Command::new("sh")
            .args(["-c", SCRIPT, "keeper"])
            .arg(if keep { Path::new("keep") } else { &folder })
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0) // Ctrl-C is for this process; the keeper then does its work.
            .spawn()
            .expect("sh runs");
        let pipe = shell.stdin.take().expect("standard input is piped");
        Self { folder, pipe: Mutex::new(pipe), _shell: shell }
    }

    fn tell(&self, line: &str) {
        let mut pipe = self.pipe.lock().unwrap_or_else(PoisonError::into_inner);
        pipe.write_all(line.as_bytes()).expect("the keeper lives as long as this process");
    }
}

/// Others may pass through the folder, not list it: PostgreSQL runs as another user when this process is root.
fn make_empty(folder: &Path) {
    if folder.exists() {
        fs::remove_dir_all(folder).expect("what a process of the same number left can be removed");
    }
    fs::create_dir(folder).unwrap_or_else(|error| panic!("cannot make {}: {error}", folder.display()));
    fs::set_permissions(folder, Permissions::from_mode(0o711)).expect("the folder is ours");
}
