//! A PostgreSQL server that came in the place of another one: everything begins again on it.

use std::sync::Arc;
use std::sync::mpsc::Sender;

use crate::kafka::ownership::Ownership;
use crate::postgres::session::Endpoint;
use crate::stop::{Stop, tell};
use crate::takeover::Request;

/// Takes all shards over again each time a newer server is seen, until it is time to stop.
///
/// What is loaded was read from the server before it, which may have lacked what other instances had recorded on the new one
/// by then; and no instance works on the new one before the group has been told of it, which the takeovers do.
pub(super) async fn watch(endpoint: Endpoint, ownership: Arc<Ownership>, takeovers: Sender<Request>, stop: Stop) {
    let mut known = endpoint.newest();
    // Nothing has been taken over yet.
    endpoint.begun(known);
    loop {
        let newest = tokio::select! {
            newest = endpoint.newest_other_than(known) => newest,
            () = stop.wait() => return,
        };
        // The first one that tells where it is has come in nobody's place.
        if known.is_some()
            && let Some(newest) = newest
        {
            tracing::warn!("another PostgreSQL server has taken over ({newest}): all shards are taken over again");
        }
        known = newest;
        let (ownership, takeovers, endpoint) = (Arc::clone(&ownership), takeovers.clone(), endpoint.clone());
        // It waits for open transactions.
        let disowned = tokio::task::spawn_blocking(move || {
            let awaiting = ownership.disown_all();
            endpoint.begun(newest);
            tell(&takeovers, Request::Take(awaiting));
        });
        if let Err(error) = disowned.await {
            tracing::error!(%error, "the shards could not be taken over again");
        }
    }
}
