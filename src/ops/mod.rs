//! The operators' HTTP server (docs/contract.md#the-program): `/livez`, `/readyz`, `/metrics`, and a page for people.
//! It reads what the loops set, so it answers whatever they are waiting for; only the page looks into the database too,
//! on a connection of its own (`database`), and is shown without where that does not answer.

mod callback;
mod database;
mod document;
mod find;
mod overview;
mod page;
mod parts;
mod plot;
mod runbook;
mod samples;
mod shards;
mod status;
mod written;

mod listener;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

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

use self::database::DatabaseView;
use self::listener::Limited;
use self::samples::Snapshot;
use self::status::Shown;
pub use self::status::Status;
use crate::{clock, telemetry};

/// How long open connections may go on after the stop; probes and scrapes are done in much less.
const STOP_GRACE: Duration = Duration::from_secs(1);

/// How often what histograms collected is folded into their buckets, so that memory does not grow where nobody
/// scrapes; metrics-exporter-prometheus does it as often where it runs its own listener. As often the page's samples
/// are taken.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// Content type of the Prometheus text format 0.0.4.
const PROMETHEUS_TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The server, bound to its address and not yet answering.
#[derive(Debug)]
pub struct OpsServer {
    listener: TcpListener,
    address: SocketAddr,
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
        status: Status,
        metrics: PrometheusHandle,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let stop = stop.shared();
        let database = DatabaseView::new(status.endpoint.clone());
        let shown = Arc::new(Shown { status, metrics, samples: Mutex::default(), database });
        let routes = Router::new()
            .route("/livez", get(livez))
            .route("/readyz", get(readyz))
            .route("/metrics", get(prometheus))
            .route("/", get(page::first))
            .route("/callback", get(page::search))
            .route("/find", get(find::find))
            .route("/runbook", get(runbook::page))
            .fallback(page::nothing_here)
            .with_state(Arc::clone(&shown));
        let server = axum::serve(Limited::new(self.listener), routes).with_graceful_shutdown(stop.clone());
        let grace_is_over = async {
            stop.await;
            time::sleep(STOP_GRACE).await;
        };
        tokio::select! {
            ended = server.into_future() => ended,
            () = grace_is_over => Ok(()),
            never = keep_up(&shown) => match never {},
        }
    }
}

/// The process is there and its runtime turns.
async fn livez() -> &'static str {
    "ok\n"
}

/// `{"ready":false,"waitingFor":[{"what":"postgres","reason":"…"}]}`, with 503 until nothing is waited for.
async fn readyz(State(shown): State<Arc<Shown>>) -> Response {
    let report = shown.status.readiness.report();
    let status = if report.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    match serde_json::to_string(&report) {
        Ok(body) => (status, [(CONTENT_TYPE, "application/json")], body).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

async fn prometheus(State(shown): State<Arc<Shown>>) -> Response {
    telemetry::take_in(&shown.status.readiness.report());
    telemetry::take_in_progress(&shown.status.readiness.progress().report(clock::now()));
    ([(CONTENT_TYPE, PROMETHEUS_TEXT)], shown.metrics.render()).into_response()
}

async fn keep_up(shown: &Shown) -> Infallible {
    let mut ticks = time::interval(UPKEEP_EVERY);
    loop {
        ticks.tick().await;
        shown.metrics.run_upkeep();
        shown.samples().take(Instant::now(), &Snapshot::read(&shown.metrics.render()));
        shown.database.close_idle();
    }
}

#[cfg(test)]
mod tests {
    use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusRecorder};
    use std::io::{Read, Write};
    use std::net::TcpStream;
    use tokio::runtime::{Builder, Runtime};
    use tokio::sync::watch;
    use tokio::task::JoinHandle;

    use super::*;
    use crate::config::Config;
    use crate::postgres::session::Endpoint;
    use crate::readiness::{Condition, Readiness};
    use crate::telemetry::metric;

    /// A server on a free port, and what it shows.
    struct Rig {
        runtime: Runtime,
        address: SocketAddr,
        readiness: Readiness,
        recorder: PrometheusRecorder,
        stop: watch::Sender<bool>,
        server: JoinHandle<io::Result<()>>,
    }

    /// The status of an instance whose database cannot be reached.
    pub(super) fn nowhere() -> Status {
        let text = "postgres.url = 'host=127.0.0.1 port=1 user=nobody password=hunter2'";
        let settings = Config::from_sources(Some(("my.toml", text)), []).unwrap();
        Status::new("here.1.2", Endpoint::new(&settings.postgres).unwrap())
    }

    impl Rig {
        fn start() -> Self {
            let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
            let server = runtime.block_on(OpsServer::bind(([127, 0, 0, 1], 0).into())).unwrap();
            let status = nowhere();
            let (address, readiness) = (server.address(), status.readiness.clone());
            let recorder = PrometheusBuilder::new().build_recorder();
            let (stop, mut stopped) = watch::channel(false);
            let stopped = async move {
                stopped.wait_for(|&stop| stop).await.unwrap();
            };
            let server = runtime.spawn(server.serve(status, recorder.handle(), stopped));
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
        assert!(rig.get("/nothing").0.starts_with("HTTP/1.1 404 "));
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
        metrics::with_local_recorder(&rig.recorder, || metric::REPEATS.counter(&[]).increment(2));
        let (head, body) = rig.get("/metrics");
        assert!(head.starts_with("HTTP/1.1 200 ") && head.contains(PROMETHEUS_TEXT), "{head}");
        assert!(
            body.contains("# TYPE schedule_callback_repeats_total counter\nschedule_callback_repeats_total 2\n"),
            "{body}"
        );
        rig.stop();
    }

    #[test]
    fn the_page_is_shown_without_the_database_and_says_so() {
        let rig = Rig::start();
        rig.readiness.waiting(Condition::Postgres, "<gone> & \"away\"");
        let (head, body) = rig.get("/");
        assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
        assert!(body.contains("&lt;gone&gt; &amp; &quot;away&quot;"), "{body}");
        assert_eq!(body.matches("PostgreSQL at 127.0.0.1:1/: ").count(), 2, "{body}");
        assert!(!body.contains("hunter2") && !body.contains("<script"), "{body}");

        let (head, body) = rig.get("/callback?id=1025");
        assert!(head.starts_with("HTTP/1.1 503 ") && body.contains("PostgreSQL at 127.0.0.1:1/: "), "{head}{body}");
        rig.stop();
    }

    #[test]
    fn what_is_no_id_is_refused_in_words() {
        let rig = Rig::start();
        let typed = "%22%3E%3Cscript%3E";
        for query in ["", "?", "?id=", "?id=abc", "?id=0", "?id=007", "?id=-1", "?id=9223372036854775808", typed] {
            let query = query.replace(typed, &format!("?id={typed}"));
            let (head, body) = rig.get(&format!("/callback{query}"));
            assert!(head.starts_with("HTTP/1.1 400 "), "{query}: {head}");
            assert!(body.contains("A callback id is a whole number above 0") && !body.contains("<script"), "{body}");
        }
        // No shard can have made it: that is known without the database.
        assert!(rig.get("/callback?id=7").0.starts_with("HTTP/1.1 404 "));
        rig.stop();
    }

    #[test]
    fn every_page_has_strict_headers_and_only_get_is_answered() {
        let rig = Rig::start();
        for path in ["/", "/callback", "/callback?id=7", "/find", "/find?digits=1", "/runbook", "/nothing"] {
            let (head, body) = rig.get(path);
            for header in [
                "content-type: text/html; charset=utf-8",
                "content-security-policy: default-src 'none'; img-src data:; style-src 'sha256-",
                "frame-ancestors 'none'",
                "cache-control: no-store",
                "x-content-type-options: nosniff",
                "x-frame-options: DENY",
                "referrer-policy: no-referrer",
            ] {
                assert!(head.contains(header), "{path} has no {header}: {head}");
            }
            assert!(!head.contains("unsafe") && !head.contains("script-src"), "{head}");
            assert!(!body.contains("=\"http") && !body.contains(" style="), "{path}: {body}");
            // The runbook names addresses, and links none.
            assert!(path == "/runbook" || !body.contains("://"), "{path}: {body}");
        }
        let mut connection = TcpStream::connect(rig.address).unwrap();
        write!(connection, "POST / HTTP/1.1\r\nhost: ops\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 405 "), "{answer}");
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
