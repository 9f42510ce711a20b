//! The one token that tells every thread and task to end.

use std::sync::Arc;
use std::sync::mpsc::{Sender, SyncSender};

use tokio::runtime::Handle;
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
        drop(self.sender.subscribe().wait_for(|set| *set).await);
    }

    /// For a thread that has nothing else to do: what comes of the work; `None` where it is time to end before it has.
    pub fn block_on<T>(&self, runtime: &Handle, work: impl Future<Output = T>) -> Option<T> {
        runtime.block_on(async {
            tokio::select! {
                done = work => Some(done),
                () = self.wait() => None,
            }
        })
    }
}

/// Hands a message to another thread. That thread is gone only when the service ends, and then nobody needs the message.
pub fn tell<T>(receiver: &Sender<T>, message: T) {
    if receiver.send(message).is_err() {
        tracing::debug!("a message between two threads came after its receiver had ended");
    }
}

/// The same for a bounded channel; waits while it is full.
pub fn tell_bounded<T>(receiver: &SyncSender<T>, message: T) {
    if receiver.send(message).is_err() {
        tracing::debug!("a message between two threads came after its receiver had ended");
    }
}
