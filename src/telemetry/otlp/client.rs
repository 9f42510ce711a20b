//! The HTTP client of the export: one connection a request, a few a minute.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1;
use hyper::header::{HOST, HeaderValue};
use hyper_util::rt::TokioIo;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio_native_tls::TlsConnector;

/// How long one request may take; the specification's default for an export.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The longest answer that is read: an export is answered with a few bytes.
const MOST_ANSWER_BYTES: usize = 64 * 1024;

/// Sends requests on the service's runtime, whatever thread asks.
#[derive(Debug)]
pub(super) struct Client {
    runtime: Handle,
    /// Whether the last one failed: said once, not every five seconds.
    is_failing: AtomicBool,
}

impl Client {
    pub(super) const fn new(runtime: Handle) -> Self {
        Self { runtime, is_failing: AtomicBool::new(false) }
    }

    fn note(&self, outcome: &Result<Response<Bytes>, HttpError>) {
        let fault = match outcome {
            Ok(response) if response.status().is_success() => None,
            Ok(response) => Some(response.status().to_string()),
            Err(error) => Some(error.to_string()),
        };
        let was_failing = self.is_failing.swap(fault.is_some(), Ordering::Relaxed);
        match fault {
            Some(error) if !was_failing => {
                tracing::warn!(error, "spans cannot be exported; those that wait too long are lost");
            }
            None if was_failing => tracing::info!("spans are exported again"),
            _ => {}
        }
    }
}

impl HttpClient for Client {
    /// What `async_trait` would write.
    fn send_bytes<'client, 'sent>(
        &'client self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'sent>>
    where
        'client: 'sent,
        Self: 'sent,
    {
        Box::pin(async move {
            let sent = self.runtime.spawn(async { tokio::time::timeout(TIMEOUT, send(request)).await });
            let outcome = match sent.await {
                Ok(Ok(answered)) => answered,
                Ok(Err(late)) => Err(late.into()),
                Err(stopped) => Err(stopped.into()),
            };
            self.note(&outcome);
            outcome
        })
    }
}

async fn send(request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
    let uri = request.uri();
    let host = uri.host().ok_or("the endpoint has no host")?.to_owned();
    let is_secure = uri.scheme_str() == Some("https");
    let port = uri.port_u16().unwrap_or(if is_secure { 443 } else { 80 });
    let stream = TcpStream::connect((host.trim_matches(['[', ']']), port)).await?;
    if is_secure {
        let connector = TlsConnector::from(native_tls::TlsConnector::new()?);
        let stream = connector.connect(&host, stream).await?;
        exchange(stream, request).await
    } else {
        exchange(stream, request).await
    }
}

async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    request: Request<Bytes>,
) -> Result<Response<Bytes>, HttpError> {
    let (mut parts, body) = request.into_parts();
    if let Some(authority) = parts.uri.authority() {
        parts.headers.insert(HOST, HeaderValue::from_str(authority.as_str())?);
    }
    // To the server itself a request names the path only (RFC 9112 §3.2.1).
    parts.uri = parts.uri.path_and_query().map_or("/", |path| path.as_str()).parse()?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let driver = tokio::spawn(connection);
    let answer = sender.send_request(Request::from_parts(parts, Full::new(body))).await?;
    let (parts, body) = answer.into_parts();
    let body = Limited::new(body, MOST_ANSWER_BYTES).collect().await?.to_bytes();
    driver.abort();
    Ok(Response::from_parts(parts, body))
}
