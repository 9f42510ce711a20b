//! PostgreSQL: one server with a private data folder.

use std::fs::{self, File};
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::process::{Signal, geteuid};
use tokio_postgres::types::{FromSql, ToSql};
use tokio_postgres::{Client, NoTls, Row};

use super::keeper::{self, Ending};
use super::ports::free_port;
use super::process::{Supervised, tail};
use super::proxy::Proxy;
use super::runtime::{block_on, spawn};
use super::wait::{DEADLINE, wait_until};

/// A server, stopped and removed when dropped.
#[derive(Debug)]
pub struct Postgres {
    folder: PathBuf,
    port: u16,
    process: Mutex<Option<Supervised>>,
}

impl Postgres {
    /// Starts a server and waits until it answers.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// Starts a server with further settings in its `postgresql.conf`.
    pub fn start_with(settings: &[(&str, &str)]) -> Self {
        Self::start_on(free_port(), settings)
    }

    /// Starts a server on a port that others know.
    pub fn start_on(port: u16, settings: &[(&str, &str)]) -> Self {
        Self::start_in(keeper::folder("pg"), port, settings)
    }

    /// The same in a given folder, which becomes the server's own.
    pub(super) fn start_in(folder: PathBuf, port: u16, settings: &[(&str, &str)]) -> Self {
        let postgres = Self { folder, port, process: Mutex::new(None) };
        let folder = &postgres.folder;
        give_to_server(folder);
        let output = program("initdb")
            .args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--pgdata"])
            .arg(postgres.pgdata())
            .current_dir(folder)
            .output()
            .expect("initdb runs");
        assert!(output.status.success(), "initdb failed: {}", String::from_utf8_lossy(&output.stderr));
        let rig = format!(
            "listen_addresses = '127.0.0.1'\nport = {}\nunix_socket_directories = '{}'\nfsync = on\n\
             max_connections = 300\nmax_locks_per_transaction = 256\n",
            postgres.port,
            folder.display()
        );
        let own = settings.iter().map(|(name, value)| format!("{name} = '{value}'\n"));
        let config: String = std::iter::once(rig).chain(own).collect();
        // The last line on a setting counts (PostgreSQL's manual, 20.1.2).
        let mut file = File::options().append(true).open(postgres.pgdata().join("postgresql.conf"));
        let file = file.as_mut().expect("initdb made its configuration");
        file.write_all(config.as_bytes()).expect("the configuration can be written");
        postgres.restart();
        postgres
    }

    /// Starts a standby that follows this server.
    pub fn standby(&self) -> Self {
        let standby = Self { folder: keeper::folder("pg"), port: free_port(), process: Mutex::new(None) };
        give_to_server(&standby.folder);
        standby.follow(self);
        standby
    }

    /// Makes this server a standby of another one, from nothing, on its port; whatever it was before is gone.
    pub fn follow(&self, primary: &Self) {
        self.kill9();
        if self.pgdata().exists() {
            fs::remove_dir_all(self.pgdata()).expect("the folder is ours");
        }
        let server = fs::canonicalize(programs().join("postgres")).expect("the server's program is there");
        let output = as_server(&server.with_file_name("pg_basebackup"))
            .args(["--checkpoint=fast", "--no-sync", "--wal-method=stream", "--write-recovery-conf", "--dbname"])
            .arg(primary.url("postgres"))
            .arg("--pgdata")
            .arg(self.pgdata())
            .current_dir(&self.folder)
            .output()
            .expect("pg_basebackup runs");
        assert!(output.status.success(), "pg_basebackup failed: {}", String::from_utf8_lossy(&output.stderr));
        let mut file = File::options().append(true).open(self.pgdata().join("postgresql.conf"));
        let file = file.as_mut().expect("the backup has its configuration");
        let own = format!("port = {}\nunix_socket_directories = '{}'\n", self.port, self.folder.display());
        file.write_all(own.as_bytes()).expect("the configuration can be written");
        self.restart();
    }

    /// Has every commit wait for a standby, which there is; or for none any more.
    pub fn wait_for_standbys(&self, is_synchronous: bool) {
        let sql = self.sql("postgres");
        if is_synchronous {
            wait_until("a standby follows", DEADLINE, || {
                sql.value("select exists (select from pg_stat_replication where state = 'streaming')", &[])
            });
        }
        let names = if is_synchronous { "*" } else { "" };
        sql.run(&format!("alter system set synchronous_standby_names = '{names}'"));
        sql.run("select pg_reload_conf()");
    }

    /// The process number of the server's first process, whose children the others are; none while it is down.
    pub fn pid(&self) -> Option<u32> {
        self.process().as_ref().map(Supervised::pid)
    }

    /// The folder of its socket.
    pub fn socket_folder(&self) -> &Path {
        &self.folder
    }

    /// Where the server listens.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }

    /// The URL of a database of this server.
    pub fn url(&self, database: &str) -> String {
        url(self.address(), database)
    }

    /// A proxy before this server, and the URL of a database through it.
    pub fn proxy(&self, database: &str) -> (Proxy, String) {
        let proxy = Proxy::before(self.address());
        let url = url(proxy.address(), database);
        (proxy, url)
    }

    /// A connection to a database of this server.
    pub fn sql(&self, database: &str) -> Sql {
        Sql::connect(&self.url(database))
    }

    /// Makes a database, as a copy of another one to which nobody is connected.
    pub fn create_database(&self, name: &str, template: &str) {
        self.sql("postgres").run(&format!(r#"create database "{name}" template "{template}""#));
    }

    /// A backup of a database while it is in use, by `pg_dump`.
    pub fn back_up(&self, database: &str) -> Vec<u8> {
        let output = tool("pg_dump")
            .args(["--format=custom", "--dbname"])
            .arg(self.url(database))
            .current_dir(&self.folder)
            .output()
            .expect("pg_dump runs");
        assert!(output.status.success(), "pg_dump failed: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    /// Puts a backup in the place of a database.
    pub fn restore(&self, database: &str, backup: &[u8]) {
        let admin = self.sql("postgres");
        admin.run(&format!(r#"drop database "{database}" with (force)"#));
        admin.run(&format!(r#"create database "{database}" template template0"#));
        let file = self.folder.join(format!("{database}.backup"));
        fs::write(&file, backup).expect("the folder is ours");
        let output = tool("pg_restore")
            .args(["--exit-on-error", "--dbname"])
            .arg(self.url(database))
            .arg(&file)
            .current_dir(&self.folder)
            .output()
            .expect("pg_restore runs");
        assert!(output.status.success(), "pg_restore failed: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// Runs a script by psql in that folder, with one variable; returns what it prints.
    pub fn psql(&self, database: &str, script: &Path, variable: &str, folder: &Path) -> String {
        let output = tool("psql")
            .args(["--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--set", variable])
            .args(["--dbname", &self.url(database), "--file"])
            .arg(script)
            .current_dir(folder)
            .output()
            .expect("psql runs");
        assert!(output.status.success(), "psql failed: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("the database's encoding is UTF-8")
    }

    /// What the server has logged.
    pub fn said(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.log()).expect("the log can be read")).into_owned()
    }

    /// Makes a standby the primary, and returns once it can be written to.
    pub fn promote(&self) {
        let promoted: bool = self.sql("postgres").value("select pg_promote()", &[]);
        assert!(promoted, "the standby was not promoted in time");
    }

    /// SIGKILL to the server and to all its processes, as when the machine stops.
    pub fn kill9(&self) {
        if let Some(mut process) = self.process().take() {
            process.kill9_with_children();
        }
    }

    /// The fast shutdown: ends sessions, has standbys receive what is written, and waits for its end.
    pub fn stop(&self) {
        if let Some(mut process) = self.process().take() {
            process.signal(Signal::INT);
            process.wait(DEADLINE);
        }
    }

    /// Starts the server again on its port and folder (after a SIGKILL if it still runs) and waits until it answers.
    pub fn restart(&self) {
        self.kill9();
        self.launch();
        wait_until("PostgreSQL answers", DEADLINE, || {
            let ended = self.process().as_mut().is_none_or(|process| process.try_wait().is_some());
            if ended {
                // A process of the killed server may still be ending, and holds its shared memory until then.
                let log = tail(&self.log());
                assert!(log.contains("pre-existing shared memory block"), "PostgreSQL did not start; {log}");
                self.launch();
                return false;
            }
            Sql::try_connect(&self.url("postgres")).is_ok()
        });
    }

    fn launch(&self) {
        let mut command = program("postgres");
        command.arg("-D").arg(self.pgdata()).current_dir(&self.folder);
        *self.process() = Some(Supervised::start(&mut command, self.log(), Ending::Quit));
    }

    fn pgdata(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn log(&self) -> PathBuf {
        self.folder.join("postgres.log")
    }

    fn process(&self) -> MutexGuard<'_, Option<Supervised>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(process) = self.process().as_mut() {
            // The immediate shutdown, which also gives the shared memory back.
            process.signal(Signal::QUIT);
            process.wait(DEADLINE);
        }
        keeper::remove(&self.folder);
    }
}

/// A blocking connection to a database, for looking at what the service stored. Not for use inside a runtime.
#[derive(Debug)]
pub struct Sql {
    client: Client,
}

impl Sql {
    /// Connects.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn connect(url: &str) -> Self {
        Self::try_connect(url).unwrap_or_else(|error| panic!("cannot connect to {url}: {error}"))
    }

    /// Connects, if the server lets us.
    pub fn try_connect(url: &str) -> Result<Self, tokio_postgres::Error> {
        let (client, connection) = block_on(tokio_postgres::connect(url, NoTls))?;
        // Ends when the client is dropped or the connection breaks; the client's next query then reports it.
        spawn(connection);
        Ok(Self { client })
    }

    /// The rows of a query.
    pub fn rows(&self, query: &str, parameters: &[&(dyn ToSql + Sync)]) -> Vec<Row> {
        block_on(self.client.query(query, parameters)).unwrap_or_else(|error| panic!("{query}: {error:?}"))
    }

    /// The first column of a query's only row.
    pub fn value<T: for<'a> FromSql<'a>>(&self, query: &str, parameters: &[&(dyn ToSql + Sync)]) -> T {
        block_on(self.client.query_one(query, parameters)).unwrap_or_else(|error| panic!("{query}: {error:?}")).get(0)
    }

    /// Runs statements that have no parameters.
    pub fn run(&self, statements: &str) {
        block_on(self.client.batch_execute(statements)).unwrap_or_else(|error| panic!("{statements}: {error:?}"));
    }

    /// The asynchronous client, for what the rest does not do.
    pub fn client(&self) -> &Client {
        &self.client
    }
}

/// A database as SQL statements that need no `psql`: rows are written as `insert`.
pub fn pg_dump(url: &str) -> String {
    let arguments = ["--inserts", "--no-owner", "--no-privileges", "--no-comments"];
    // Of the client's package, so it need not lie beside the server's programs.
    let output = Command::new("pg_dump").args(arguments).arg(url).output().expect("pg_dump runs");
    assert!(output.status.success(), "pg_dump: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("the database is UTF-8")
}

pub(super) fn url(address: SocketAddr, database: &str) -> String {
    format!("postgresql://postgres@{address}/{database}")
}

/// Makes a file or folder the property of whoever the server runs as.
pub(super) fn give_to_server(path: &Path) {
    if let Some(user) = unprivileged_user() {
        chown(path, Some(user.uid), Some(user.gid)).expect("root may give away what it has");
    }
}

struct User {
    uid: u32,
    gid: u32,
}

/// PostgreSQL refuses to run as root: whom to run it as then.
fn unprivileged_user() -> Option<User> {
    if !geteuid().is_root() {
        return None;
    }
    let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let user = ["postgres", "nobody"].iter().find_map(|name| user(&passwd, name));
    Some(user.expect("root needs a user `postgres` or `nobody` to run PostgreSQL as"))
}

/// A line of /etc/passwd is `name:password:uid:gid:…` (passwd(5)).
fn user(passwd: &str, name: &str) -> Option<User> {
    let fields: Vec<&str> = passwd.lines().map(|line| line.split(':').collect()).find(|f: &Vec<_>| f[0] == name)?;
    Some(User { uid: fields.get(2)?.parse().ok()?, gid: fields.get(3)?.parse().ok()? })
}

/// The folder of the server's own programs, with the client's of the same version.
pub fn client_programs() -> PathBuf {
    let server = fs::canonicalize(programs().join("postgres")).expect("the server's program is there");
    server.parent().expect("a program lies in a folder").to_owned()
}

fn program(name: &str) -> Command {
    as_server(&programs().join(name))
}

/// A command line that is run by whoever the server runs as.
pub(super) fn as_server(program: &Path) -> Command {
    let mut command = Command::new(program);
    if let Some(user) = unprivileged_user() {
        command.uid(user.uid).gid(user.gid); // Gives the supplementary groups up, too.
    }
    command
}

/// One of the client's programs, of the server's own version: they stand beside the server's, even where only links to
/// those are in `PATH`.
fn tool(name: &str) -> Command {
    let server = fs::canonicalize(programs().join("postgres")).expect("the server's program is there");
    Command::new(server.with_file_name(name))
}

/// Where PostgreSQL's programs are: `PG_BIN`, else a folder of `PATH`, else Debian's folder of the newest version.
fn programs() -> PathBuf {
    if let Some(folder) = std::env::var_os("PG_BIN") {
        return folder.into();
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut debian: Vec<_> = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().collect();
    debian.sort_by_key(|entry| entry.file_name().to_str().and_then(|version| version.parse().ok()).unwrap_or(0));
    let debian = debian.into_iter().rev().map(|entry| entry.path().join("bin"));
    let complete = |folder: &PathBuf| ["initdb", "postgres"].iter().all(|name| is_file(folder, name));
    std::env::split_paths(&path)
        .chain(debian)
        .find(complete)
        .expect("PostgreSQL's programs are missing: install postgresql, set PG_BIN, or run tools/setup.sh")
}

fn is_file(folder: &Path, name: &str) -> bool {
    folder.join(name).is_file()
}
