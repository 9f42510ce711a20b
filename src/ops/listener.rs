//! Connections of operators, few at a time and none for ever: whoever reaches this port must not be able to take the file
//! descriptors that the connections to Kafka and PostgreSQL need.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{self, Instant, Sleep};

/// Probes, scrapers and people; a process has 1,024 file descriptors by default.
const MOST_CONNECTIONS: usize = 128;

/// How long a connection may be silent, within a request or between two. Longer than the usual time between scrapes (15 s),
/// so that those keep theirs.
const PATIENCE: Duration = Duration::from_secs(30);

/// A listener with a limit.
#[derive(Debug)]
pub struct Limited {
    listener: TcpListener,
    free: Arc<Semaphore>,
    patience: Duration,
}

/// A connection, one of the few.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    patience: Duration,
    /// When it has been silent for too long.
    deadline: Pin<Box<Sleep>>,
    _counted: Option<OwnedSemaphorePermit>,
}

impl Limited {
    /// The same listener, that accepts no more than so many connections at once.
    pub fn new(listener: TcpListener) -> Self {
        Self::with(listener, MOST_CONNECTIONS, PATIENCE)
    }

    fn with(listener: TcpListener, most: usize, patience: Duration) -> Self {
        Self { listener, free: Arc::new(Semaphore::new(most)), patience }
    }
}

impl Listener for Limited {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        // The semaphore is never closed.
        let counted = Arc::clone(&self.free).acquire_owned().await.ok();
        let (stream, address) = Listener::accept(&mut self.listener).await;
        let deadline = Box::pin(time::sleep(self.patience));
        (Connection { stream, patience: self.patience, deadline, _counted: counted }, address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

impl Connection {
    /// Something has come or gone: the patience begins anew.
    fn moved(&mut self) {
        let deadline = Instant::now() + self.patience;
        self.deadline.as_mut().reset(deadline);
    }

    fn is_silent_for_too_long(&mut self, context: &mut Context<'_>) -> bool {
        self.deadline.as_mut().poll(context).is_ready()
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if read.is_ready() {
            self.moved();
        } else if self.is_silent_for_too_long(context) {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        read
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        if written.is_ready() {
            self.moved();
        } else if self.is_silent_for_too_long(context) {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_flush(context))?;
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::future;
    use std::io::{Read as _, Write as _};
    use std::net;

    use metrics_exporter_prometheus::PrometheusBuilder;
    use tokio::io::AsyncReadExt as _;
    use tokio::runtime::Builder;
    use tokio::task::yield_now;

    use super::*;
    use crate::ops::OpsServer;
    use crate::ops::tests::nowhere;

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
    }

    async fn listen(most: usize, patience: Duration) -> (Limited, SocketAddr) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        (Limited::with(listener, most, patience), address)
    }

    #[test]
    fn one_more_than_the_most_waits_until_another_has_ended() {
        block_on(async {
            let (mut limited, address) = listen(1, Duration::from_mins(5)).await;
            let _clients = [TcpStream::connect(address).await.unwrap(), TcpStream::connect(address).await.unwrap()];
            let (first, _) = limited.accept().await;
            // The runtime looks at its sockets many times meanwhile.
            let a_while = async {
                for _ in 0..1_000 {
                    yield_now().await;
                }
            };
            tokio::select! {
                _ = limited.accept() => panic!("the second was accepted beside the first"),
                () = a_while => {}
            }
            drop(first);
            limited.accept().await;
        });
    }

    #[test]
    fn a_connection_that_says_nothing_is_ended() {
        block_on(async {
            let (mut limited, address) = listen(1, Duration::from_millis(1)).await;
            let _client = TcpStream::connect(address).await.unwrap();
            let (mut connection, _) = limited.accept().await;
            let silent = connection.read(&mut [0; 8]).await;
            assert_eq!(silent.unwrap_err().kind(), io::ErrorKind::TimedOut);
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
