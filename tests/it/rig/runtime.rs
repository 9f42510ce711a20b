//! The rig's own runtime, for the clients that know no other way.

use std::sync::LazyLock;

use tokio::runtime::{Builder, Runtime};

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    Builder::new_multi_thread().worker_threads(1).thread_name("rig").enable_all().build().expect("threads can be made")
});

/// Waits for a future. Not for use inside a runtime.
pub fn block_on<F: Future>(future: F) -> F::Output {
    RUNTIME.block_on(future)
}

/// Runs a future beside the test; it ends with the process at the latest.
pub fn spawn<F>(future: F)
where
    F: Future<Output: Send> + Send + 'static,
{
    drop(RUNTIME.spawn(future));
}
