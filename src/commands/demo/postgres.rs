//! A private PostgreSQL: a data folder and a socket in a temporary folder, no port.

use std::fs::{self, File, Metadata};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow};
use rustix::process::geteuid;
use schedule_callback::postgres::DatabaseError;
use schedule_callback::postgres::session::Endpoint;
use schedule_callback::stop::Stop;
use tokio::runtime::Runtime;

use super::keeper::Keeper;
use crate::commands::failure::Failure;

/// How long a new server may take until it answers.
const START_TIMEOUT: Duration = Duration::from_mins(1);
/// Waits between attempts to connect.
const RETRY: Duration = Duration::from_millis(50);
/// The longest folder for a socket: its whole path, with `/.s.PGSQL.5432`, has room in 107 bytes (unix(7)).
const LONGEST_FOLDER: usize = 90;
/// The programs that are needed; they come in one package.
const PROGRAMS: [&str; 2] = ["initdb", "postgres"];
/// Where Debian and its kin put each version: `<version>/bin`.
const DEBIAN: &str = "/usr/lib/postgresql";

/// A server that runs until it is stopped or this process ends.
#[derive(Debug)]
pub(super) struct Postgres {
    keeper: Keeper,
    server: Child,
}

impl Postgres {
    /// Makes a database and starts its server; it may not answer yet.
    pub(super) fn start() -> Result<Self, Failure> {
        let programs = programs().map_err(Failure::Unavailable)?;
        let user = unprivileged_user().map_err(Failure::Unavailable)?;
        Self::start_by(&programs, user).map_err(Failure::Internal)
    }

    fn start_by(programs: &Path, user: Option<User>) -> anyhow::Result<Self> {
        let name = format!("schedule-callback-demo-{}", std::process::id());
        let mut keeper = Keeper::of_new_folder(&place(&name, user.is_some()))?;
        let folder = keeper.folder().to_owned();
        if let Some(user) = user {
            chown(&folder, Some(user.uid), Some(user.gid)).context("the folder cannot be given away")?;
        }
        let program = |name: &str| {
            let mut command = Command::new(programs.join(name));
            // Away from Ctrl-C, which is for the demo, and from a working folder that its user may not enter.
            command.process_group(0).current_dir(&folder).stdin(Stdio::null());
            if let Some(user) = user {
                command.uid(user.uid).gid(user.gid); // Gives the supplementary groups up, too.
            }
            command
        };
        let data = folder.join("data");
        let initdb = program("initdb")
            .args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--pgdata"])
            .arg(&data)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .context("initdb cannot be started")?;
        keeper.watch(&initdb)?;
        let made = initdb.wait_with_output()?;
        keeper.forget()?;
        anyhow::ensure!(made.status.success(), "initdb failed: {}", String::from_utf8_lossy(&made.stderr).trim());

        let log = File::create(log_in(&folder))?;
        let server = program("postgres")
            .args(["-h", "", "-p", "5432", "-k"])
            .arg(&folder)
            .arg("-F") // Does not wait for the disk: what it stores is thrown away in a minute.
            .arg("-D")
            .arg(&data)
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .context("postgres cannot be started")?;
        keeper.watch(&server)?;
        Ok(Self { keeper, server })
    }

    /// The temporary folder with everything in it.
    pub(super) fn folder(&self) -> &Path {
        self.keeper.folder()
    }

    /// How to connect, in libpq's key=value form.
    pub(super) fn connection(&self) -> String {
        let folder = self.folder().display().to_string().replace('\\', r"\\").replace('\'', r"\'");
        format!("host='{folder}' user=postgres dbname=postgres sslmode=disable")
    }

    /// Waits until the server answers, with its version; `None` where the demo is stopped before that.
    pub(super) fn wait_until_it_answers(
        &mut self,
        runtime: &Runtime,
        endpoint: &Endpoint,
        stop: &Stop,
    ) -> Result<Option<String>, Failure> {
        let deadline = Instant::now() + START_TIMEOUT;
        while !stop.is_set() {
            let asked: Result<_, DatabaseError> = runtime.block_on(async {
                let client = endpoint.connect().await?;
                Ok(client.query_one("select split_part(current_setting('server_version'), ' ', 1)", &[]).await?.get(0))
            });
            match asked {
                Ok(version) => return Ok(Some(version)),
                Err(error) if Instant::now() >= deadline => {
                    return Err(Failure::Unavailable(anyhow!("PostgreSQL does not answer: {}", error.describe())));
                }
                Err(_) => {}
            }
            if let Some(status) = self.server.try_wait().map_err(Failure::internal)? {
                self.keeper.forget().map_err(Failure::internal)?;
                let log = fs::read_to_string(log_in(self.folder())).unwrap_or_default();
                return Err(Failure::Internal(anyhow!("PostgreSQL ended with {status}: {}", log.trim())));
            }
            std::thread::sleep(RETRY);
        }
        Ok(None)
    }

    /// Stops the server and removes the folder.
    pub(super) fn stop(mut self) -> anyhow::Result<()> {
        self.keeper.clean_up(&mut self.server)
    }
}

fn log_in(folder: &Path) -> PathBuf {
    folder.join("postgres.log")
}

/// Where the folder of that name is to be: in `TMPDIR`, or in /tmp where that is no place for a socket or closed to the
/// user that the server runs as.
fn place(name: &str, for_another_user: bool) -> PathBuf {
    let folder = std::env::temp_dir().join(name);
    let open = |metadata: Metadata| metadata.permissions().mode() & 0o001 != 0;
    let can_be_entered = !for_another_user || folder.ancestors().skip(1).all(|above| above.metadata().is_ok_and(open));
    let fits = folder.as_os_str().len() <= LONGEST_FOLDER;
    if fits && can_be_entered { folder } else { Path::new("/tmp").join(name) }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct User {
    uid: u32,
    gid: u32,
}

/// PostgreSQL refuses to run as root: whom to run it as then.
fn unprivileged_user() -> anyhow::Result<Option<User>> {
    if !geteuid().is_root() {
        return Ok(None);
    }
    let passwd = fs::read_to_string("/etc/passwd").context("/etc/passwd")?;
    let user = ["postgres", "nobody"].iter().find_map(|name| user(&passwd, name));
    user.map(Some).context("PostgreSQL does not run as root, and there is neither a user postgres nor a user nobody")
}

/// A line of /etc/passwd is `name:password:uid:gid:…` (passwd(5)).
fn user(passwd: &str, name: &str) -> Option<User> {
    let mut fields = passwd.lines().map(|line| line.split(':')).find_map(|mut fields| {
        let found = fields.next() == Some(name);
        found.then_some(fields)
    })?;
    let mut number = |index| fields.nth(index)?.parse().ok();
    Some(User { uid: number(1)?, gid: number(0)? })
}

/// Where PostgreSQL's programs are: `PG_BIN`, else a folder of `PATH`, else Debian's folder of the newest version.
fn programs() -> anyhow::Result<PathBuf> {
    let has_all = |folder: &PathBuf| PROGRAMS.iter().all(|name| folder.join(name).is_file());
    if let Some(folder) = std::env::var_os("PG_BIN").filter(|folder| !folder.is_empty()).map(PathBuf::from) {
        anyhow::ensure!(has_all(&folder), "PG_BIN = {}: no {} there", folder.display(), PROGRAMS.join(" and "));
        return Ok(folder);
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut versions: Vec<PathBuf> =
        fs::read_dir(DEBIAN).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    versions.sort_by_key(|path| path.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok()));
    let debian = versions.into_iter().rev().map(|version| version.join("bin"));
    std::env::split_paths(&path).chain(debian).find(has_all).with_context(|| {
        format!(
            "PostgreSQL's programs ({}) are in no folder of PATH and not in {DEBIAN}: install them (Debian: apt-get \
             install postgresql, Fedora: dnf install postgresql-server, macOS: brew install postgresql), or name their \
             folder in PG_BIN",
            PROGRAMS.join(", ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_its_whole_name() {
        let passwd =
            "root:x:0:0:root:/root:/bin/bash\npostgresql:x:1:1::/:\npostgres:x:101:104:PostgreSQL:/var:/bin/sh\n";
        assert_eq!(user(passwd, "postgres"), Some(User { uid: 101, gid: 104 }));
        assert_eq!(user(passwd, "nobody"), None);
        assert_eq!(user("nobody:x", "nobody"), None);
    }

    #[test]
    fn a_name_too_long_for_a_socket_goes_to_tmp() {
        let name = "x".repeat(LONGEST_FOLDER);
        assert_eq!(place(&name, false), Path::new("/tmp").join(&name));
    }
}
