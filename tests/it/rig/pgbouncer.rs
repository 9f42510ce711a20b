//! PgBouncer: a pool before a PostgreSQL of the rig.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use super::keeper::{self, Ending};
use super::ports::free_port;
use super::postgres::{Postgres, Sql, as_server, give_to_server, url};
use super::process::Supervised;
use super::wait::{DEADLINE, wait_until};

/// A pool, ended when dropped.
#[derive(Debug)]
pub struct PgBouncer {
    folder: PathBuf,
    port: u16,
    _process: Supervised,
}

impl PgBouncer {
    /// Starts a pool before the server, in that mode (`session`, `transaction`, `statement`), with further settings.
    pub fn before(postgres: &Postgres, mode: &str, settings: &[(&str, &str)]) -> Self {
        let (folder, port) = (keeper::folder("pgbouncer"), free_port());
        let users = folder.join("users.txt");
        fs::write(&users, "\"postgres\" \"\"\n").expect("the folder is ours");
        let server = postgres.address();
        let own: Vec<String> = settings.iter().map(|(name, value)| format!("{name} = {value}\n")).collect();
        let config = format!(
            "[databases]\n* = host={} port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             unix_socket_dir =\nauth_type = trust\nauth_file = {}\nadmin_users = postgres\npool_mode = {mode}\n{}",
            server.ip(),
            server.port(),
            users.display(),
            own.concat(),
        );
        let file = folder.join("pgbouncer.ini");
        fs::write(&file, config).expect("the folder is ours");
        for path in [&folder, &users, &file] {
            give_to_server(path);
        }
        let mut command = as_server("pgbouncer".as_ref());
        command.arg(&file).current_dir(&folder);
        let process = Supervised::start(&mut command, folder.join("pgbouncer.log"), Ending::Kill);
        let pool = Self { folder, port, _process: process };
        wait_until("PgBouncer answers", DEADLINE, || Sql::try_connect(&pool.url("postgres")).is_ok());
        pool
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }

    /// The URL of a database through the pool.
    pub fn url(&self, database: &str) -> String {
        url(self.address(), database)
    }

    /// A statement of its own console, such as `set pool_mode = transaction`.
    pub fn tell(&self, statement: &str) {
        Sql::connect(&self.url("pgbouncer")).run(statement);
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        keeper::remove(&self.folder);
    }
}
