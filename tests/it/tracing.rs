//! Spans of a real run, as a collector gets them (feature `otlp`).

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use openssl::ssl::{SslAcceptor, SslFiletype, SslMethod};

use crate::rig::{Authority, DEADLINE, Issued, Scope, wait_until};
use crate::sample;

/// A collector stand-in: takes what is posted, answers 200.
#[derive(Clone)]
struct Collector {
    address: String,
    received: Arc<Mutex<Vec<Post>>>,
}

/// A request's head and body.
type Post = (String, Vec<u8>);

impl Collector {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let collector = Self { address: listener.local_addr().unwrap().to_string(), received: Arc::default() };
        let received = Arc::clone(&collector.received);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                received.lock().unwrap().push(take(stream.unwrap()));
            }
        });
        collector
    }

    /// The same behind TLS; who does not trust the certificate posts nothing.
    fn start_secure(issued: &Issued) -> Self {
        let mut acceptor = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server()).unwrap();
        acceptor.set_private_key_file(&issued.key, SslFiletype::PEM).unwrap();
        acceptor.set_certificate_file(&issued.certificate, SslFiletype::PEM).unwrap();
        let acceptor = acceptor.build();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let collector = Self { address: format!("localhost:{port}"), received: Arc::default() };
        let received = Arc::clone(&collector.received);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if let Ok(stream) = acceptor.accept(stream.unwrap()) {
                    received.lock().unwrap().push(take(stream));
                }
            }
        });
        collector
    }

    fn spans(&self) -> Vec<Span> {
        let received = self.received.lock().unwrap();
        received
            .iter()
            .flat_map(|(_, body)| {
                Message::read(body).all(1).flat_map(|resource| resource_spans(&resource)).collect::<Vec<_>>()
            })
            .collect()
    }

    fn wait_for(&self, name: &str, count: usize) -> Vec<Span> {
        let of_name = || self.spans().into_iter().filter(|span| span.name == name).collect::<Vec<_>>();
        wait_until(&format!("{count} spans {name}"), DEADLINE, || of_name().len() >= count);
        of_name()
    }
}

fn take(mut stream: impl Read + Write) -> Post {
    let mut bytes = Vec::new();
    let mut block = [0; 4096];
    loop {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        if let Some(end) = end {
            let head = String::from_utf8(bytes[..end].to_vec()).unwrap().to_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap().parse().unwrap();
            let body = &bytes[end + 4..];
            if body.len() >= length {
                stream
                    .write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n")
                    .unwrap();
                return (head, body[..length].to_vec());
            }
        }
        let read = stream.read(&mut block).unwrap();
        assert!(read > 0, "the request ends in the middle");
        bytes.extend_from_slice(&block[..read]);
    }
}

/// A protobuf message, by field number: what the encoding itself says, without the library that wrote it
/// (protobuf.dev, "Encoding").
#[derive(Clone, Debug, Default)]
struct Message(Vec<(u64, Field)>);

#[derive(Clone, Debug)]
enum Field {
    Number(u64),
    Bytes(Vec<u8>),
}

impl Message {
    fn read(mut bytes: &[u8]) -> Self {
        let mut fields = Vec::new();
        while !bytes.is_empty() {
            let tag = varint(&mut bytes);
            let value = match tag & 7 {
                0 => Field::Number(varint(&mut bytes)),
                1 => Field::Number(u64::from_le_bytes(cut(&mut bytes, 8).try_into().unwrap())),
                2 => {
                    let length = varint(&mut bytes);
                    Field::Bytes(cut(&mut bytes, usize::try_from(length).unwrap()).to_vec())
                }
                5 => Field::Number(u32::from_le_bytes(cut(&mut bytes, 4).try_into().unwrap()).into()),
                kind => panic!("wire type {kind}"),
            };
            fields.push((tag >> 3, value));
        }
        Self(fields)
    }

    fn bytes(&self, number: u64) -> impl Iterator<Item = &[u8]> {
        self.0.iter().filter(move |field| field.0 == number).filter_map(|field| match &field.1 {
            Field::Bytes(bytes) => Some(bytes.as_slice()),
            Field::Number(_) => None,
        })
    }

    fn all(&self, number: u64) -> impl Iterator<Item = Self> {
        self.bytes(number).map(Self::read)
    }

    fn text(&self, number: u64) -> String {
        self.bytes(number).next().map_or_else(String::new, |bytes| String::from_utf8(bytes.to_vec()).unwrap())
    }

    fn hex(&self, number: u64) -> String {
        let mut text = String::new();
        for byte in self.bytes(number).next().unwrap_or_default() {
            write!(text, "{byte:02x}").unwrap();
        }
        text
    }

    fn number(&self, number: u64) -> u64 {
        self.0.iter().find(|field| field.0 == number).map_or(0, |field| match field.1 {
            Field::Number(value) => value,
            Field::Bytes(_) => panic!("field {number} is not a number"),
        })
    }
}

fn varint(bytes: &mut &[u8]) -> u64 {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = cut(bytes, 1)[0];
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return value;
        }
    }
    panic!("a number without an end");
}

fn cut<'a>(bytes: &mut &'a [u8], length: usize) -> &'a [u8] {
    let (first, rest) = bytes.split_at(length);
    *bytes = rest;
    first
}

/// A span as opentelemetry/proto/trace/v1/trace.proto has it.
#[derive(Clone, Debug)]
struct Span {
    service: String,
    trace: String,
    id: String,
    parent: String,
    name: String,
    kind: u64,
    time: (u64, u64),
    attributes: HashMap<String, String>,
    links: Vec<(String, String)>,
}

/// `SpanKind`.
const INTERNAL: u64 = 1;
const PRODUCER: u64 = 4;
const CONSUMER: u64 = 5;

fn resource_spans(message: &Message) -> Vec<Span> {
    let resource = message.all(1).next().unwrap_or_default();
    let service = attributes(&resource, 1).remove("service.name").unwrap_or_default();
    let spans = message.all(2).flat_map(|scope| scope.all(2).collect::<Vec<_>>());
    spans
        .map(|span| Span {
            service: service.clone(),
            trace: span.hex(1),
            id: span.hex(2),
            parent: span.hex(4),
            name: span.text(5),
            kind: span.number(6),
            time: (span.number(7), span.number(8)),
            attributes: attributes(&span, 9),
            links: span.all(13).map(|link| (link.hex(1), link.hex(2))).collect(),
        })
        .collect()
}

fn attributes(message: &Message, number: u64) -> HashMap<String, String> {
    let value = |value: Message| {
        let text = value.text(1);
        if text.is_empty() { value.number(3).to_string() } else { text }
    };
    message.all(number).map(|pair| (pair.text(1), pair.all(2).next().map_or_else(String::new, value))).collect()
}

/// Trace and span of a `traceparent`.
fn ids(traceparent: &str) -> (String, String) {
    let mut parts = traceparent.split('-').skip(1);
    (parts.next().unwrap().to_owned(), parts.next().unwrap().to_owned())
}

#[test]
fn a_sampled_commands_path_and_its_due_event_reach_the_collector_and_nothing_personal_does() {
    let (scope, collector) = (Scope::new(2), Collector::start());
    sample::load_directory(&scope);
    let mut service = scope
        .service()
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", &format!("http://{}", collector.address))
        .env("OTEL_BSP_SCHEDULE_DELAY", "100")
        .start();
    let payload = sample::schedule(&sample::in_seconds(2));
    let traced = |id, traceparent: &str| sample::binary(id, &payload).header("traceparent", traceparent);
    let unsampled = sample::TRACEPARENT.replace("-01", "-00").replace("4bf9", "aaaa");
    let malformed = sample::binary("c-4", &payload).header("traceparent", sample::TRACEPARENT).header("ce_time", "now");
    let commands =
        [sample::binary("c-1", &payload), traced("c-2", &unsampled), traced("c-3", sample::TRACEPARENT), malformed];
    scope.produce(&scope.topics.commands, commands);
    let results = scope.reader(&scope.topics.results).wait_for(4).to_vec();
    let due = scope.reader(&scope.topics.due).wait_for(3).to_vec();
    collector.wait_for("due", 1);
    assert_eq!(service.terminate().code(), Some(0));

    let (trace, parent) = ids(sample::TRACEPARENT);
    let of_trace = |name| {
        let spans = collector.spans().into_iter().filter(|span| span.name == name && span.trace == trace);
        spans.collect::<Vec<_>>()
    };
    let (consume, record, answer) = (of_trace("consume"), of_trace("record"), of_trace("answer"));
    assert_eq!((consume.len(), record.len()), (2, 2), "the schedule command and the malformed one: {consume:?}");
    for span in &consume {
        assert_eq!((&span.parent, span.kind, &*span.service), (&parent, CONSUMER, "schedule-callback"));
        assert_eq!(span.attributes["messaging.destination.name"], scope.topics.commands);
        assert!(record.iter().any(|record| record.parent == span.id && record.kind == INTERNAL));
    }
    // The result's reader continues the span that the result names.
    let result = results.iter().find(|result| result.json()["commandId"] == "c-3").unwrap();
    let (result_trace, result_span) = ids(result.header("traceparent").unwrap());
    assert_eq!(result_trace, trace);
    let span = answer.iter().find(|span| span.id == result_span).unwrap();
    assert_eq!((span.kind, &*span.attributes["callback.id"]), (PRODUCER, &*result.json()["callbackId"].to_string()));
    let whole = consume.iter().find(|consume| consume.id == span.parent).unwrap();
    assert!(whole.time.0 > 0 && whole.time.0 <= span.time.0 && span.time.1 <= whole.time.1, "{whole:?} {span:?}");
    // A dead letter and a result came of the malformed one.
    assert_eq!(answer.len(), 3, "{answer:?}");

    // The due event begins a trace of its own, linked to the command's.
    let event = due.iter().find(|event| event.json()["commandId"] == "c-3").unwrap();
    let fired: Vec<_> = collector.spans().into_iter().filter(|span| span.name == "due").collect();
    assert_eq!(fired.len(), 1, "{fired:?}");
    assert_eq!((fired[0].trace.clone(), fired[0].id.clone()), ids(event.header("traceparent").unwrap()));
    assert_ne!(fired[0].trace, trace);
    assert_eq!((&*fired[0].parent, fired[0].kind), ("", PRODUCER));
    assert_eq!(fired[0].links, [(trace.clone(), parent)]);

    // Nobody sampled the others, and nobody's name, number, notes or security user is in a span.
    assert!(collector.spans().iter().all(|span| !span.trace.starts_with("aaaa")));
    let received = collector.received.lock().unwrap();
    assert!(received.iter().all(|(head, _)| head.starts_with("post /v1/traces http/1.1\r\n")));
    for personal in ["Ana", "Garc", "4155552671", "invoice", "su-1"] {
        let is_in = |body: &[u8]| body.windows(personal.len()).any(|part| part == personal.as_bytes());
        assert!(!received.iter().any(|(_, body)| is_in(body)), "{personal}");
    }
}

#[test]
fn a_collector_that_is_away_holds_up_nothing_and_is_said_once() {
    let scope = Scope::new(1);
    sample::load_directory(&scope);
    let mut service = scope
        .service()
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", &format!("http://127.0.0.1:{}", crate::rig::free_port()))
        .env("OTEL_BSP_SCHEDULE_DELAY", "50")
        .start();
    for number in 0..3 {
        let command = sample::binary(&format!("c-{number}"), &sample::schedule(&sample::in_seconds(1)));
        scope.produce(&scope.topics.commands, [command.header("traceparent", sample::TRACEPARENT)]);
    }
    scope.reader(&scope.topics.due).wait_for(3);
    service.wait_for_log("spans cannot be exported");
    assert_eq!(service.terminate().code(), Some(0));
    assert_eq!(service.log().matches("spans cannot be exported").count(), 1);
}

#[test]
fn spans_go_to_a_collector_behind_https_only_where_its_certificate_is_trusted() {
    let scope = Scope::new(1);
    sample::load_directory(&scope);
    let authority = Authority::new("collectors");
    let collector = Collector::start_secure(&authority.issue("collector", Some("localhost")));
    let config = scope
        .service()
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", &format!("https://{}", collector.address))
        .env("OTEL_BSP_SCHEDULE_DELAY", "50");
    let ask = |id| {
        let command = sample::binary(id, &sample::schedule(&sample::in_seconds(3_600)));
        scope.produce(&scope.topics.commands, [command.header("traceparent", sample::TRACEPARENT)]);
    };
    let mut stranger = config.start();
    ask("c-1");
    stranger.wait_for_log("spans cannot be exported");
    assert_eq!(stranger.terminate().code(), Some(0));
    let log = stranger.log();
    assert!(log.lines().any(|line| line.contains("spans cannot be exported") && line.contains("certificate")), "{log}");
    assert!(collector.received.lock().unwrap().is_empty(), "nothing is sent before the certificate is verified");

    // As OpenSSL has it for every program: a file of authorities in the place of the system's.
    let mut service = config.env("SSL_CERT_FILE", authority.certificate().to_str().unwrap()).start();
    ask("c-2");
    assert_eq!(collector.wait_for("consume", 1)[0].trace, ids(sample::TRACEPARENT).0);
    assert_eq!(service.terminate().code(), Some(0));
    assert!(!service.log().contains("spans cannot be exported"), "{}", service.log());
}
