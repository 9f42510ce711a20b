//! The rig does what the other tests rely on.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use rdkafka::producer::{BaseProducer, BaseRecord, Producer};

use crate::rig::usage::{Others, Process};
use crate::rig::{
    DEADLINE, Isolation, Kafka, Message, Postgres, Proxy, Scope, Sql, eventually, produce, read_to_end, root,
    wait_until,
};

fn transactional_producer(kafka: &Kafka, id: &str) -> BaseProducer {
    let producer: BaseProducer = kafka.client().set("transactional.id", id).create().unwrap();
    producer.init_transactions(DEADLINE).unwrap();
    producer
}

#[test]
fn a_reader_sees_what_a_transaction_committed_and_not_what_it_aborted() {
    let scope = Scope::new(2);
    let topic = &scope.topics.results;
    let producer = transactional_producer(scope.kafka, &scope.group);

    producer.begin_transaction().unwrap();
    producer.send(BaseRecord::to(topic).key("k").payload("aborted")).unwrap();
    producer.flush(DEADLINE).unwrap();
    producer.abort_transaction(DEADLINE).unwrap();
    producer.begin_transaction().unwrap();
    producer.send(BaseRecord::to(topic).key("k").payload("committed")).unwrap();
    producer.commit_transaction(DEADLINE).unwrap();

    let mut reader = scope.reader(topic);
    let records = reader.wait_for(1);
    assert_eq!(records[0].value.as_deref(), Some(b"committed".as_slice()));
    assert_eq!(scope.read_to_end(topic).len(), 1);
    assert_eq!(read_to_end(&scope.kafka.client(), topic, Isolation::Uncommitted).len(), 2);
}

#[test]
fn a_message_arrives_as_it_was_sent() {
    let scope = Scope::new(3);
    let message = Message::new("key", r#"{"a":1}"#).header("ce_id", "1").header("ce_id", "2").at(1_234).in_partition(2);

    assert_eq!(scope.produce(&scope.topics.commands, [message]), [(2, 0)]);

    let records = scope.read_to_end(&scope.topics.commands);
    assert_eq!(records.len(), 1);
    assert_eq!((records[0].partition, records[0].offset, records[0].timestamp_millis), (2, 0, 1_234));
    assert_eq!((records[0].key_text(), records[0].header("ce_id")), ("key", Some("1")));
    assert_eq!(records[0].headers.len(), 2);
    assert_eq!(records[0].json()["a"], 1);
    assert!(scope.committed(&scope.topics.commands).iter().all(|committed| committed.offset.is_none()));
}

#[test]
fn two_scopes_share_neither_topics_nor_a_database() {
    let (one, other) = (Scope::new(1), Scope::new(1));

    one.sql().run("create table mine (x int)");

    let tables: i64 = other.sql().value("select count(*) from pg_tables where tablename = 'mine'", &[]);
    assert_eq!(tables, 0);
    assert_ne!(one.topics.commands, other.topics.commands);
    assert_ne!(one.group, other.group);
}

#[test]
fn a_database_behind_a_proxy_is_cut_off_and_comes_back() {
    let scope = Scope::new(1);
    let (proxy, url) = scope.postgres.proxy(&scope.database);
    assert_eq!(Sql::connect(&url).value::<i32>("select 1", &[]), 1);

    proxy.cut();
    assert!(Sql::try_connect(&url).is_err());
    proxy.resume();

    assert_eq!(Sql::connect(&url).value::<i32>("select 1", &[]), 1);
}

#[test]
fn kafka_comes_back_on_its_port_with_its_records_after_a_sigkill() {
    let kafka = Kafka::start();
    kafka.create_topics(&[("kept", 1)]);
    produce(&kafka.client(), "kept", [Message::new("k", "v")]);
    let address = kafka.bootstrap();

    kafka.kill9();
    assert!(TcpStream::connect(&address).is_err());
    kafka.restart();

    assert_eq!(kafka.bootstrap(), address);
    assert_eq!(read_to_end(&kafka.client(), "kept", Isolation::Committed).len(), 1);
}

#[test]
fn postgresql_comes_back_on_its_port_with_its_rows_after_a_sigkill() {
    let postgres = Postgres::start();
    postgres.sql("postgres").run("create table kept (x int); insert into kept values (7)");
    let url = postgres.url("postgres");

    postgres.kill9();
    assert!(TcpStream::connect(postgres.address()).is_err());
    postgres.restart();

    assert_eq!(postgres.url("postgres"), url);
    let sql = postgres.sql("postgres");
    assert_eq!(sql.value::<i32>("select x from kept", &[]), 7);
    assert_eq!(sql.value::<String>("show fsync", &[]), "on");
}

#[test]
fn a_client_behind_a_proxy_stays_behind_it() {
    let kafka = Kafka::start();
    kafka.create_topics(&[("t", 1)]);
    let proxy = kafka.proxy();
    let mut client = kafka.client();
    client.set("bootstrap.servers", proxy.address().to_string());

    produce(&client, "t", [Message::new("k", "through")]);
    proxy.stall();
    let held = send_one(&client);
    assert!(held.flush(Duration::from_millis(500)).is_err(), "nothing passes a stalled proxy");
    assert_eq!(read_to_end(&kafka.client(), "t", Isolation::Committed).len(), 1);
    proxy.resume();
    held.flush(DEADLINE).unwrap();

    assert_eq!(read_to_end(&kafka.client(), "t", Isolation::Committed).len(), 2);
}

fn send_one(client: &rdkafka::ClientConfig) -> BaseProducer {
    let producer: BaseProducer = client.create().unwrap();
    producer.send(BaseRecord::to("t").key("k").payload("held")).unwrap();
    producer
}

/// A server that answers every byte with the same byte.
fn echo_server() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for client in listener.incoming() {
            let mut client = client.unwrap();
            thread::spawn(move || std::io::copy(&mut client.try_clone().unwrap(), &mut client));
        }
    });
    address
}

#[test]
fn a_proxy_cuts_stalls_and_resumes() {
    let proxy = Proxy::before(echo_server());
    let mut client = TcpStream::connect(proxy.address()).unwrap();
    let mut answer = [0];
    client.write_all(b"a").unwrap();
    client.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"a");

    proxy.stall_answers();
    client.write_all(b"b").unwrap();
    client.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    assert!(client.read_exact(&mut answer).is_err(), "the answer is held back");
    proxy.resume();
    client.set_read_timeout(Some(DEADLINE)).unwrap();
    client.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"b");

    proxy.cut();
    assert_eq!(client.read(&mut answer).unwrap_or(0), 0, "the connection is closed");
    let mut refused = TcpStream::connect(proxy.address()).unwrap();
    assert_eq!(refused.read(&mut answer).unwrap_or(0), 0, "a new one is closed, too");
    proxy.resume();
    let mut client = TcpStream::connect(proxy.address()).unwrap();
    client.write_all(b"c").unwrap();
    client.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"c");
}

/// Set in the process that the test below starts and kills: it is this same test in its other role.
const TO_BE_KILLED: &str = "RIG_TO_BE_KILLED";

#[test]
fn what_a_process_started_ends_when_it_is_killed() {
    if std::env::var_os(TO_BE_KILLED).is_some() {
        let postgres = Postgres::start();
        println!("\nstarted {} {}", postgres.address(), root().display());
        std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
        return;
    }
    let mut process = Command::new(std::env::current_exe().unwrap())
        .args(["--nocapture", "--exact", "servers::what_a_process_started_ends_when_it_is_killed"])
        .env(TO_BE_KILLED, "")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map(Result::unwrap);
    let (server, folder) = lines
        .find_map(|line| {
            let (server, folder) = line.strip_prefix("started ")?.split_once(' ')?;
            Some((server.to_owned(), PathBuf::from(folder)))
        })
        .unwrap();
    assert!(folder.exists());
    TcpStream::connect(&server).unwrap();

    process.kill().unwrap();
    process.wait().unwrap();

    wait_until("the server is stopped", DEADLINE, || TcpStream::connect(&server).is_err());
    wait_until("its folder is removed", DEADLINE, || !folder.exists());
}

#[test]
fn what_a_process_and_its_children_cost_is_told_apart_from_others() {
    let others = Others::from_now();
    let own = Process::of(std::process::id());
    let before = own.cpu_seconds_of_tree();
    // A grandchild that ends by itself, after half a second of work.
    let busy = "sh -c 'end=$(($(date +%s%N) + 500000000)); while [ $(date +%s%N) -lt $end ]; do :; done'";
    assert!(Command::new("sh").args(["-c", &format!("{busy}; :")]).status().unwrap().success());
    let spent = own.cpu_seconds_of_tree() - before;
    assert!(spent > 0.1, "{spent} s of processor time");
    assert!((0.0..=1.0).contains(&others.share()));

    let mut sleeper = Command::new("sleep").arg("100").spawn().unwrap();
    let process = Process::of(sleeper.id());
    let seen = eventually("it runs", DEADLINE, || Some((process.descriptors()?, process.threads()?)));
    assert!(seen.0 >= 3 && seen.1 == 1, "{seen:?}");
    // A process that is between its fork and the end of its `execve` has hardly a page of its own yet.
    wait_until("its program is loaded", DEADLINE, || process.memory() > 0.1);
    sleeper.kill().unwrap();
    sleeper.wait().unwrap();
    assert_eq!((process.descriptors(), process.threads()), (None, None));
}
