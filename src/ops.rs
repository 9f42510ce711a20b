//! The operators' HTTP server (contract §11): `/livez`, `/readyz`, `/metrics`. It reads what the loops set and nothing
//! else, so it answers whatever they are waiting for.

mod listener;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::FutureExt;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tokio::time;

use self::listener::Limited;
use crate::readiness::Readiness;

/// How long open connections may go on after the stop; probes and scrapes are done in much less.
const STOP_GRACE: Duration = Duration::from_secs(1);

/// How often what histograms collected is folded into their buckets, so that memory does not grow where nobody
/// scrapes; metrics-exporter-prometheus does it as often where it runs its own listener.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// Content type of the Prometheus text format 0.0.4.
const PROMETHEUS_TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The server, bound to its address and not yet answering.
#[derive(Debug)]
pub struct OpsServer {
    listener: TcpListener,
    address: SocketAddr,
}

#[derive(Clone)]
struct Shown {
    readiness: Readiness,
    metrics: PrometheusHandle,
}

impl OpsServer {
    /// Binds the address; port 0 takes any that is free.
    ///
    /// # Errors
    /// What the system says, where the address is taken or not this machine's.
    pub async fn bind(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until `stop` completes, then lets open connections end for at most a second.
    ///
    /// # Errors
    /// What the system says, where it no longer lets the server accept connections.
    pub async fn serve(
        self,
        readiness: Readiness,
        metrics: PrometheusHandle,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let stop = stop.shared();
        let routes = Router::new()
            .route("/livez", get(livez))
            .route("/readyz", get(readyz))
            .route("/metrics", get(prometheus))
            .with_state(Shown { readiness, metrics: metrics.clone() });
        let server = axum::serve(Limited::new(self.listener), routes).with_graceful_shutdown(stop.clone());
        let grace_is_over = async {
            stop.await;
            time::sleep(STOP_GRACE).await;
        };
        tokio::select! {
            ended = server.into_future() => ended,
            () = grace_is_over => Ok(()),
            never = keep_up(&metrics) => match never {},
        }
    }
}

/// The process is there and its runtime turns.
async fn livez() -> &'static str {
    "ok\n"
}

/// `{"ready":false,"waitingFor":[{"what":"postgres","reason":"…"}]}`, with 503 until nothing is waited for.
async fn readyz(State(shown): State<Shown>) -> Response {
    let report = shown.readiness.report();
    let status = if report.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    match serde_json::to_string(&report) {
        Ok(body) => (status, [(CONTENT_TYPE, "application/json")], body).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

async fn prometheus(State(shown): State<Shown>) -> Response {
    ([(CONTENT_TYPE, PROMETHEUS_TEXT)], shown.metrics.render()).into_response()
}

async fn keep_up(metrics: &PrometheusHandle) -> Infallible {
    let mut ticks = time::interval(UPKEEP_EVERY);
    loop {
        ticks.tick().await;
        metrics.run_upkeep();
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;
    use std::time::Instant;

    use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusRecorder};
    use tokio::runtime::{Builder, Runtime};
    use tokio::sync::watch;
    use tokio::task::JoinHandle;

    use super::*;
    use crate::readiness::Condition;

    /// A server on a free port, and what it shows.
    struct Rig {
        runtime: Runtime,
        address: SocketAddr,
        readiness: Readiness,
        recorder: PrometheusRecorder,
        stop: watch::Sender<bool>,
        server: JoinHandle<io::Result<()>>,
    }

    impl Rig {
        fn start() -> Self {
            let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
            let server = runtime.block_on(OpsServer::bind(([127, 0, 0, 1], 0).into())).unwrap();
            let (address, readiness) = (server.address(), Readiness::default());
            let recorder = PrometheusBuilder::new().build_recorder();
            let (stop, mut stopped) = watch::channel(false);
            let stopped = async move {
                stopped.wait_for(|&stop| stop).await.unwrap();
            };
            let server = runtime.spawn(server.serve(readiness.clone(), recorder.handle(), stopped));
            Self { runtime, address, readiness, recorder, stop, server }
        }

        /// Status line with headers, and body.
        fn get(&self, path: &str) -> (String, String) {
            let mut connection = TcpStream::connect(self.address).unwrap();
            write!(connection, "GET {path} HTTP/1.1\r\nhost: ops\r\nconnection: close\r\n\r\n").unwrap();
            let mut answer = String::new();
            connection.read_to_string(&mut answer).unwrap();
            let (head, body) = answer.split_once("\r\n\r\n").unwrap();
            (head.to_owned(), body.to_owned())
        }

        fn stop(self) {
            self.stop.send(true).unwrap();
            self.runtime.block_on(self.server).unwrap().unwrap();
        }
    }

    #[test]
    fn it_is_alive_before_it_is_ready() {
        let rig = Rig::start();
        let (head, body) = rig.get("/livez");
        assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
        assert_eq!(body, "ok\n");
        assert!(rig.get("/readyz").0.starts_with("HTTP/1.1 503 "));
        assert!(rig.get("/").0.starts_with("HTTP/1.1 404 "));
        rig.stop();
    }

    #[test]
    fn readiness_says_what_is_waited_for() {
        let rig = Rig::start();
        for condition in Condition::ALL {
            rig.readiness.ready(condition);
        }
        rig.readiness.waiting(Condition::Postgres, "connection refused");
        let (head, body) = rig.get("/readyz");
        assert!(head.starts_with("HTTP/1.1 503 ") && head.contains("content-type: application/json"), "{head}");
        assert_eq!(body, r#"{"ready":false,"waitingFor":[{"what":"postgres","reason":"connection refused"}]}"#);

        rig.readiness.ready(Condition::Postgres);
        let (head, body) = rig.get("/readyz");
        assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
        assert_eq!(body, r#"{"ready":true,"waitingFor":[]}"#);
        rig.stop();
    }

    #[test]
    fn metrics_are_shown_as_prometheus_reads_them() {
        let rig = Rig::start();
        metrics::with_local_recorder(&rig.recorder, || metrics::counter!("callbacks_total").increment(2));
        let (head, body) = rig.get("/metrics");
        assert!(head.starts_with("HTTP/1.1 200 ") && head.contains(PROMETHEUS_TEXT), "{head}");
        assert!(body.contains("# TYPE callbacks_total counter\ncallbacks_total 2\n"), "{body}");
        rig.stop();
    }

    #[test]
    fn a_connection_left_open_does_not_hold_up_the_stop() {
        let rig = Rig::start();
        let mut half_asked = TcpStream::connect(rig.address).unwrap();
        write!(half_asked, "GET /livez HTTP/1.1\r\n").unwrap();
        // Answered on the same listener, after the first connection was accepted.
        rig.get("/livez");
        let asked_at = Instant::now();
        rig.stop();
        assert!(asked_at.elapsed() < 5 * STOP_GRACE);
    }

    #[test]
    fn an_address_that_is_taken_is_an_error() {
        let rig = Rig::start();
        let taken = rig.runtime.block_on(OpsServer::bind(rig.address)).unwrap_err();
        assert_eq!(taken.kind(), io::ErrorKind::AddrInUse);
        rig.stop();
    }
}
