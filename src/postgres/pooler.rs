//! Connection pools: PgBouncer and its like.
//!
//! The service needs a session that is its own from the beginning to the end of a connection: prepared statements,
//! settings, locks. A pool in session mode gives it one. In transaction mode each transaction may go to another session,
//! in which the statements of this one do not exist and those of a stranger do.

use std::future::{Ready, ready};
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;
use tokio_postgres::tls::{ChannelBinding, TlsConnect, TlsStream};

use super::DatabaseError;
use super::rows::one_row;

/// After which time of rest the server is told to end the session that is looked at.
const REST: Duration = Duration::from_millis(200);
/// How long the session rests; longer each time, for a server that has no time to notice.
const RESTS: [Duration; 4] =
    [Duration::from_millis(500), Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2)];

/// The mode of a pool that does not give each client a session of its own; none where it does. It is certain, not
/// probable: the session is told to end when it rests (`idle_session_timeout`), and then it rests.
///
/// - In session mode that is the end of the connection, since it is the session's.
/// - In any other mode the connection outlives it, since between two transactions it has no session. What ends is a
///   session that rests in the pool, which no client has.
///
/// The connection is not to be used after that.
///
/// # Errors
/// What the pool says to the first statement.
pub(super) async fn mode(client: &Client) -> Result<Option<&'static str>, DatabaseError> {
    for rest in RESTS {
        let told = format!("set idle_session_timeout = {}; select pg_backend_pid()", REST.as_millis());
        let before = match one_row(client, &told).await {
            Ok(row) => row.get(0).map(str::to_owned),
            // A server before PostgreSQL 14 cannot be asked like this. What its session is shows in use (`Session::check`).
            Err(DatabaseError::Postgres(error)) if error.code() == Some(&SqlState::UNDEFINED_OBJECT) => {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        tokio::time::sleep(rest).await;
        let Ok(row) = one_row(client, "select pg_backend_pid()").await else { return Ok(None) };
        if row.get(0) != before.as_deref() {
            break;
        }
        // The same session, and it lives: somebody else's work has kept it from resting, or the server was too slow.
    }
    // A pool in statement mode has no transactions of several statements.
    let can_begin = client.batch_execute("begin").await.is_ok();
    Ok(Some(if can_begin { "transaction" } else { "statement" }))
}

/// The server process that was announced when the connection was opened. A pool announces a number of its own making.
///
/// The client keeps it for cancelling requests and shows it to nobody, so it is read from such a request, which is written
/// to memory and sent nowhere.
pub(super) fn announced(client: &Client) -> Option<u32> {
    let tape = Tape::default();
    let written = Arc::clone(&tape.0);
    client.cancel_token().cancel_query_raw(tape, Untouched).now_or_never()?.ok()?;
    let written = written.lock().unwrap_or_else(PoisonError::into_inner);
    // CancelRequest: length, code, process, key, four bytes each (PostgreSQL's manual, 55.7).
    let (_, [.., a, b, c, d, _, _, _, _]) = written.split_last_chunk::<16>()?;
    Some(u32::from_be_bytes([*a, *b, *c, *d]))
}

/// Takes what is written; asked for TLS, it says yes.
#[derive(Default)]
struct Tape(Arc<Mutex<Vec<u8>>>);

/// TLS that changes nothing.
struct Untouched;

impl TlsConnect<Tape> for Untouched {
    type Stream = Tape;
    type Error = Box<dyn std::error::Error + Send + Sync>;
    type Future = Ready<Result<Tape, Self::Error>>;

    fn connect(self, stream: Tape) -> Self::Future {
        ready(Ok(stream))
    }
}

impl TlsStream for Tape {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl AsyncRead for Tape {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        buffer.put_slice(b"S");
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Tape {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
