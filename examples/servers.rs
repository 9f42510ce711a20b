//! A Kafka broker and a PostgreSQL server to try things on, without containers: on the default ports, empty, and gone when
//! this program ends. `make servers` runs it.

#![expect(clippy::unwrap_used, reason = "a server that does not start leaves nothing else to do")]

use std::net::TcpListener;
use std::process::ExitCode;
use std::thread;

use rig::{Kafka, Postgres};

#[path = "../tests/it/rig/mod.rs"]
mod rig;

const DATABASE: &str = "schedule_callback";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).map(|port| port.parse::<u16>().unwrap());
    let (kafka_port, postgres_port) = (arguments.next().unwrap_or(9092), arguments.next().unwrap_or(5432));
    for (port, variable) in [(kafka_port, "KAFKA_PORT"), (postgres_port, "POSTGRES_PORT")] {
        if let Err(error) = TcpListener::bind(("127.0.0.1", port)) {
            eprintln!("port {port}: {error}. Another one: make servers {variable}={}", port.saturating_add(10_000));
            return ExitCode::FAILURE;
        }
    }
    eprintln!("starting Kafka and PostgreSQL…");
    let (kafka, postgres) = thread::scope(|threads| {
        let kafka = threads.spawn(|| Kafka::start_on(kafka_port, &[], &[]));
        let postgres = threads.spawn(|| Postgres::start_on(postgres_port, &[]));
        (kafka.join().unwrap(), postgres.join().unwrap())
    });
    postgres.create_database(DATABASE, "template0");
    println!(
        "Kafka and PostgreSQL are running, with an empty database. Ctrl-C stops both and removes what they stored.\n\n\
         In another shell, in this folder:\n\n    \
         export PATH=\"$PWD/target/debug:$PWD/target/debug/examples:$PATH\"\n    \
         export KAFKA_BOOTSTRAP_SERVERS={bootstrap} SCHEDULE_CALLBACK__KAFKA__BOOTSTRAP_SERVERS={bootstrap}\n    \
         export SCHEDULE_CALLBACK__POSTGRES__URL={url}\n    \
         schedule-callback topics\n    \
         schedule-callback directory load config/sample/directory.json\n    \
         schedule-callback run\n\n\
         and in a third one, after the same exports:\n\n    \
         producer 15    # a callback in 15 seconds\n    \
         router         # queues it when it is due",
        bootstrap = kafka.bootstrap(),
        url = postgres.url(DATABASE),
    );
    // The keeper of the rig stops the servers once this process is gone, however it ends.
    loop {
        thread::park();
    }
}
