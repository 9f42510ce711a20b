//! The one token that tells every thread and task to end.

use std::sync::Arc;

use tokio::sync::watch;

/// Cheap to clone; once set it stays set.
#[derive(Clone, Debug)]
pub struct Stop {
    sender: Arc<watch::Sender<bool>>,
}

impl Default for Stop {
    fn default() -> Self {
        Self { sender: Arc::new(watch::channel(false).0) }
    }
}

impl Stop {
    /// Tells everyone.
    pub fn set(&self) {
        self.sender.send_replace(true);
    }

    /// Whether it is time to end; for threads.
    pub fn is_set(&self) -> bool {
        *self.sender.borrow()
    }

    /// Resolves when it is time to end; for tasks.
    pub async fn wait(&self) {
        // An error would mean that the sender is gone, and we hold it.
        self.sender.subscribe().wait_for(|set| *set).await.map_or((), |_| ());
    }
}
