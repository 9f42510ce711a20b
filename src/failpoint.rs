//! Places where a test can make the process die, or wait: compiled in only with the feature `failpoints`.

/// Does what the environment says of this place in `SCHEDULE_CALLBACK_FAILPOINT`, where one or more are named, separated by
/// commas: with `name` the process ends as SIGKILL would end it, with `name:N` at the N-th time that the place is passed;
/// with `name@FILE` the thread waits there for as long as that file exists, which the log says.
#[cfg(feature = "failpoints")]
pub fn hit(place: &str) {
    let Ok(wanted) = std::env::var("SCHEDULE_CALLBACK_FAILPOINT") else { return };
    for wanted in wanted.split(',') {
        if let Some((name, file)) = wanted.split_once('@') {
            if name == place {
                wait(place, std::path::Path::new(file));
            }
            continue;
        }
        let (name, count) = wanted.split_once(':').unwrap_or((wanted, "1"));
        if name == place && passed(wanted) == count.parse().unwrap_or(1) {
            // No destructor, no flush, no exit handler: nothing after this instruction happens.
            std::process::abort();
        }
    }
}

/// How often what is wanted was passed, this time included.
#[cfg(feature = "failpoints")]
fn passed(wanted: &str) -> u64 {
    use std::collections::BTreeMap;
    use std::sync::{Mutex, PoisonError};
    static PASSED: Mutex<BTreeMap<String, u64>> = Mutex::new(BTreeMap::new());
    let mut passed = PASSED.lock().unwrap_or_else(PoisonError::into_inner);
    let count = passed.entry(wanted.to_owned()).or_default();
    *count += 1;
    *count
}

#[cfg(feature = "failpoints")]
fn wait(place: &str, file: &std::path::Path) {
    let mut is_said = false;
    while file.exists() {
        if !std::mem::replace(&mut is_said, true) {
            tracing::info!(place, "waiting at a failpoint");
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

/// Nothing: this build has no failpoints.
#[cfg(not(feature = "failpoints"))]
#[inline]
pub fn hit(_place: &str) {}
