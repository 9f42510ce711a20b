//! Connections of operators, few at a time and none for ever: whoever reaches this port must not be able to take the file
//! descriptors that the connections to Kafka and PostgreSQL need, nor keep a probe from being answered.
//!
//! - A request has one deadline, from its first byte to the last of its head, and its answer another: a byte now and then
//!   renews neither.
//! - A new connection never waits. Where there are as many as there may be, the one that has been at the same thing for
//!   longest is closed: one that trickles, or that rests between two requests. A probe is done before its turn could come.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::serve::Listener;
use futures_util::task::AtomicWaker;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{self, Instant, Sleep};

/// Probes, scrapers and people; a process has 1,024 file descriptors by default.
const MOST_CONNECTIONS: usize = 128;

/// How long each step may take.
#[derive(Clone, Copy, Debug)]
struct Limits {
    /// Between two requests, and before the first. Longer than the usual time between scrapes (15 s), so that those keep
    /// their connection.
    rest: Duration,
    /// The head of a request, from its first byte, and what has to be looked up for it.
    request: Duration,
    /// The answer, from its first byte until the client has taken the last.
    answer: Duration,
}

const LIMITS: Limits =
    Limits { rest: Duration::from_secs(30), request: Duration::from_secs(10), answer: Duration::from_secs(10) };

/// A listener with a limit.
#[derive(Debug)]
pub struct Limited {
    listener: TcpListener,
    most: usize,
    limits: Limits,
    open: Arc<Mutex<Open>>,
}

/// The connections that there are, by their numbers.
#[derive(Debug, Default)]
struct Open {
    connections: BTreeMap<u64, Entry>,
    next: u64,
}

#[derive(Debug)]
struct Entry {
    /// Since when it has been at the same step.
    since: Instant,
    closing: Arc<Closing>,
}

/// Tells a connection that its place is needed.
#[derive(Debug, Default)]
struct Closing {
    is_set: AtomicBool,
    waker: AtomicWaker,
}

/// What a connection is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Rest,
    Request,
    Answer,
}

/// A connection, one of the few.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    limits: Limits,
    step: Step,
    /// When the step has taken too long.
    deadline: Pin<Box<Sleep>>,
    number: u64,
    open: Arc<Mutex<Open>>,
    closing: Arc<Closing>,
}

impl Limited {
    /// The same listener, with no more than so many connections at once.
    pub fn new(listener: TcpListener) -> Self {
        Self::with(listener, MOST_CONNECTIONS, LIMITS)
    }

    fn with(listener: TcpListener, most: usize, limits: Limits) -> Self {
        Self { listener, most, limits, open: Arc::default() }
    }
}

impl Listener for Limited {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (stream, address) = Listener::accept(&mut self.listener).await;
        let (number, closing) = locked(&self.open).enter(self.most);
        let deadline = Box::pin(time::sleep(self.limits.rest));
        let open = Arc::clone(&self.open);
        (Connection { stream, limits: self.limits, step: Step::Rest, deadline, number, open, closing }, address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

impl Open {
    /// Notes one more, and closes the one that has been at the same step for longest where there is no room.
    fn enter(&mut self, most: usize) -> (u64, Arc<Closing>) {
        while self.connections.len() >= most {
            let longest = self.connections.iter().min_by_key(|(number, entry)| (entry.since, **number));
            let Some(number) = longest.map(|(number, _)| *number) else { break };
            if let Some(entry) = self.connections.remove(&number) {
                entry.closing.is_set.store(true, Ordering::Release);
                entry.closing.waker.wake();
            }
        }
        let (number, closing) = (self.next, Arc::<Closing>::default());
        self.next += 1;
        self.connections.insert(number, Entry { since: Instant::now(), closing: Arc::clone(&closing) });
        (number, closing)
    }
}

impl Connection {
    /// The step ends, another one begins.
    fn turn_to(&mut self, step: Step) {
        if self.step == step {
            return;
        }
        self.step = step;
        let now = Instant::now();
        let limit = match step {
            Step::Rest => self.limits.rest,
            Step::Request => self.limits.request,
            Step::Answer => self.limits.answer,
        };
        self.deadline.as_mut().reset(now + limit);
        if let Some(entry) = locked(&self.open).connections.get_mut(&self.number) {
            entry.since = now;
        }
    }

    /// Why it must not go on, if so; else it is woken when that comes.
    fn is_over(&mut self, context: &mut Context<'_>) -> Option<io::Error> {
        self.closing.waker.register(context.waker());
        if self.closing.is_set.load(Ordering::Acquire) {
            return Some(io::ErrorKind::ConnectionAborted.into());
        }
        self.deadline.as_mut().poll(context).is_ready().then(|| io::ErrorKind::TimedOut.into())
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        locked(&self.open).connections.remove(&self.number);
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(error) = self.is_over(context) {
            return Poll::Ready(Err(error));
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        // Further bytes of a request do not renew its time; the server reads the next one once it has answered this.
        if buffer.filled().len() > before {
            self.turn_to(Step::Request);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if let Some(error) = self.is_over(context) {
            return Poll::Ready(Err(error));
        }
        self.turn_to(Step::Answer);
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_flush(context))?;
        // All that there was to say is with the kernel.
        if self.step == Step::Answer {
            self.turn_to(Step::Rest);
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

fn locked(open: &Mutex<Open>) -> MutexGuard<'_, Open> {
    open.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::future;
    use std::io::{Read as _, Write as _};
    use std::net;

    use metrics_exporter_prometheus::PrometheusBuilder;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::runtime::Builder;
    use tokio::task::yield_now;

    use super::*;
    use crate::ops::OpsServer;
    use crate::ops::tests::nowhere;

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
    }

    async fn listen(most: usize, limits: Limits) -> (Limited, SocketAddr) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        (Limited::with(listener, most, limits), address)
    }

    const HOUR: Duration = Duration::from_hours(1);
    const AT_ONCE: Duration = Duration::from_millis(1);

    #[test]
    fn one_more_than_the_most_takes_the_place_of_the_one_that_has_been_at_the_same_thing_for_longest() {
        block_on(async {
            let (mut limited, address) = listen(2, Limits { rest: HOUR, request: HOUR, answer: HOUR }).await;
            let mut open = Vec::new();
            for _ in 0..2 {
                let client = TcpStream::connect(address).await.unwrap();
                open.push((client, limited.accept().await.0));
            }
            // The first one begins a request, so the second one has now been at rest for longer.
            open[0].0.write_all(b"G").await.unwrap();
            open[0].1.read_u8().await.unwrap();
            let _third = TcpStream::connect(address).await.unwrap();
            let (mut third, _) = limited.accept().await;
            let closed = open[1].1.read_u8().await.unwrap_err();
            assert_eq!(closed.kind(), io::ErrorKind::ConnectionAborted);
            // Another byte does not make it younger.
            open[0].0.write_all(b"E").await.unwrap();
            open[0].1.read_u8().await.unwrap();
            let _fourth = TcpStream::connect(address).await.unwrap();
            let fourth = limited.accept().await;
            assert_eq!(open[0].1.write_u8(0).await.unwrap_err().kind(), io::ErrorKind::ConnectionAborted);
            third.write_u8(0).await.unwrap();
            assert_eq!(locked(&limited.open).connections.len(), 2);
            drop((third, fourth, open));
            assert_eq!(locked(&limited.open).connections.len(), 0);
        });
    }

    /// How the connection ends of a client that sends these bytes now and then, once it has asked
    /// and was answered, or not.
    async fn end_of(limits: Limits, trickle: &[u8], is_asked: bool, is_answered: bool) -> io::ErrorKind {
        let (mut limited, address) = listen(1, limits).await;
        let mut client = TcpStream::connect(address).await.unwrap();
        let (mut connection, _) = limited.accept().await;
        if is_asked {
            client.write_all(b"G").await.unwrap();
            connection.read_u8().await.unwrap();
        }
        if is_answered {
            connection.write_u8(0).await.unwrap();
        }
        let trickling = async {
            loop {
                client.write_all(trickle).await.unwrap();
                yield_now().await;
            }
        };
        let ending = async {
            loop {
                if let Err(error) = connection.read_u8().await {
                    return error.kind();
                }
            }
        };
        tokio::select! {
            () = trickling => unreachable!(),
            kind = ending => kind,
        }
    }

    #[test]
    fn each_step_of_a_connection_has_its_time_which_no_further_byte_renews() {
        block_on(async {
            let hours = Limits { rest: HOUR, request: HOUR, answer: HOUR };
            let rest = end_of(Limits { rest: AT_ONCE, ..hours }, b"", false, false).await;
            let request = end_of(Limits { request: AT_ONCE, ..hours }, b"E", true, false).await;
            let answer = end_of(Limits { answer: AT_ONCE, ..hours }, b"", true, true).await;
            assert_eq!([rest, request, answer], [io::ErrorKind::TimedOut; 3]);
        });
    }

    /// The status line of what is answered to these bytes; empty where the connection just ends.
    fn status(address: SocketAddr, request: &[u8]) -> String {
        let mut connection = net::TcpStream::connect(address).unwrap();
        // The server may have answered and closed before it had it all.
        drop(connection.write_all(request));
        let mut answer = Vec::new();
        drop(connection.read_to_end(&mut answer));
        String::from_utf8_lossy(&answer).lines().next().unwrap_or_default().to_owned()
    }

    #[test]
    fn a_request_that_is_too_long_is_refused_and_the_next_one_answered() {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let server = runtime.block_on(OpsServer::bind(([127, 0, 0, 1], 0).into())).unwrap();
        let address = server.address();
        let metrics = PrometheusBuilder::new().build_recorder().handle();
        runtime.spawn(server.serve(nowhere(), metrics, future::pending()));
        let long = "x".repeat(1 << 20);
        let head = "GET /livez HTTP/1.1\r\nhost: ops\r\n";
        let headers = |count: usize| (0..count).map(|number| format!("x-{number}: 1\r\n")).collect::<Vec<_>>().concat();
        let refused = [
            ("request line", format!("GET /{long} HTTP/1.1\r\nhost: ops\r\n\r\n")),
            ("method", format!("{long} /livez HTTP/1.1\r\n\r\n")),
            ("header", format!("{head}x: {long}\r\n\r\n")),
            ("headers", format!("{head}{}\r\n", headers(200))),
            // No end at all: refused before it has filled the memory.
            ("endless headers", format!("{head}{}", headers(1 << 20))),
        ];
        for (what, request) in refused {
            let refusal = status(address, request.as_bytes());
            assert!(refusal.is_empty() || refusal.starts_with("HTTP/1.1 4"), "{what}: {refusal}");
            let next = status(address, format!("{head}connection: close\r\n\r\n").as_bytes());
            assert_eq!(next, "HTTP/1.1 200 OK", "after {what}");
        }
    }
}
