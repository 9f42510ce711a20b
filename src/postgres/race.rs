//! Several ways to the database, of which one leads there.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use tokio::time::{Instant, error::Elapsed, sleep, timeout_at};

use super::DatabaseError;

/// After this the next way is tried beside the one that has not ended yet. A healthy server takes a tenth of it, and each is
/// asked whether it can be written to, so that nothing is decided by being quick.
const NEXT: Duration = Duration::from_millis(500);
/// After this a way that failed is tried again, while another one has not ended yet: a standby may be promoted meanwhile.
const AGAIN: Duration = Duration::from_secs(1);

/// What the first attempt that succeeds comes to, with its place; all faults, by place, once each of so many has failed. They
/// are begun in their order: the next one when one has failed, or has taken long.
pub(super) async fn first<'a, T: Send + 'a>(
    count: usize,
    attempt: impl Fn(usize) -> BoxFuture<'a, Result<T, DatabaseError>>,
) -> Result<(usize, T), BTreeMap<usize, DatabaseError>> {
    let mut waiting = 0..count;
    let mut running = FuturesUnordered::new();
    let mut faults = BTreeMap::new();
    while faults.len() < count {
        if let Some(place) = waiting.next() {
            running.push(numbered(place, Duration::ZERO, attempt(place)));
        }
        let ended = if waiting.is_empty() {
            Ok(running.next().await)
        } else {
            timeout_at(Instant::now() + NEXT, running.next()).await
        };
        match ended {
            // It is the next one's turn.
            Err(Elapsed { .. }) | Ok(None) => {}
            Ok(Some((place, Ok(opened)))) => return Ok((place, opened)),
            Ok(Some((place, Err(fault)))) => {
                faults.insert(place, fault);
                running.push(numbered(place, AGAIN, attempt(place)));
            }
        }
    }
    Err(faults)
}

/// The attempt with its place, after that time.
async fn numbered<T>(
    place: usize,
    wait: Duration,
    attempt: BoxFuture<'_, Result<T, DatabaseError>>,
) -> (usize, Result<T, DatabaseError>) {
    sleep(wait).await;
    (place, attempt.await)
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::sync::atomic::{AtomicU32, Ordering};

    use futures_util::FutureExt as _;

    use super::*;

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
    }

    /// For each place: no answer, a standby, a primary.
    fn of(kinds: &'static [Option<bool>]) -> impl Fn(usize) -> BoxFuture<'static, Result<(), DatabaseError>> {
        move |place| {
            async move {
                match kinds[place] {
                    None => pending().await,
                    Some(false) => Err(DatabaseError::Standby),
                    Some(true) => Ok(()),
                }
            }
            .boxed()
        }
    }

    #[test]
    fn one_that_does_not_answer_costs_half_a_second_and_one_that_fails_nothing() {
        block_on(async {
            let begin = Instant::now();
            assert!(matches!(first(3, of(&[Some(false), Some(true), Some(true)])).await, Ok((1, ()))));
            assert!(begin.elapsed() < NEXT);
            let begin = Instant::now();
            assert!(matches!(first(3, of(&[None, Some(false), Some(true)])).await, Ok((2, ()))));
            assert!((NEXT..NEXT * 2).contains(&begin.elapsed()), "{:?}", begin.elapsed());
            let faults = first(2, of(&[Some(false), Some(false)])).await.unwrap_err();
            assert_eq!(faults.into_keys().collect::<Vec<_>>(), [0, 1]);
        });
    }

    #[test]
    fn a_standby_that_is_promoted_is_found_while_another_does_not_answer() {
        let asked = AtomicU32::new(0);
        let attempt = |place: usize| {
            let number = if place == 0 { 0 } else { asked.fetch_add(1, Ordering::Relaxed) };
            async move {
                match (place, number) {
                    (0, _) => pending().await,
                    (_, 0) => Err(DatabaseError::Standby),
                    _ => Ok(()),
                }
            }
            .boxed()
        };
        assert!(matches!(block_on(first(2, attempt)), Ok((1, ()))));
    }
}
