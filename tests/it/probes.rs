//! The ops port, reached by those who mean no good or are only slow: probes are answered whatever else is connected.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::rig::{DEADLINE, Scope, wait_until};

/// More than there may be connections.
const TRICKLING: usize = 220;
/// How long a probe may take: Kubernetes gives it a second.
const PROBE: Duration = Duration::from_secs(1);

#[test]
fn connections_that_trickle_keep_no_probe_from_its_answer_and_are_ended() {
    let scope = Scope::new(1);
    let service = scope.service().start();
    let mut trickling: Vec<TcpStream> = (0..TRICKLING)
        .map(|_| {
            let mut connection = TcpStream::connect(service.ops()).unwrap();
            connection.write_all(b"GET /livez HTTP/1.1\r\nx-slow: ").unwrap();
            connection.set_nonblocking(true).unwrap();
            connection
        })
        .collect();
    let mut probes = 0;
    let begin = Instant::now();
    wait_until("every connection that trickles is ended", DEADLINE, || {
        // A byte now and then.
        trickling.retain_mut(|connection| {
            let is_open = connection.write_all(b"x").is_ok();
            let has_ended = match connection.read(&mut [0; 64]) {
                Ok(length) => length == 0,
                Err(error) => error.kind() != std::io::ErrorKind::WouldBlock,
            };
            is_open && !has_ended
        });
        for path in ["/livez", "/readyz", "/metrics"] {
            let asked = Instant::now();
            let answer = service.get(path).unwrap_or_else(|error| panic!("{path}: {error}, {} open", trickling.len()));
            assert_eq!(answer.status, 200, "{path}: {}", answer.body);
            assert!(asked.elapsed() < PROBE, "{path} took {:?}", asked.elapsed());
            probes += 1;
        }
        trickling.is_empty()
    });
    println!("{probes} probes answered; all that trickled were ended after {:?}", begin.elapsed());
}
