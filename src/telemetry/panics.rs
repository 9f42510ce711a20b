//! Panics in the log, without what they quote: Rust's own messages show the text that could not be cut, the value that
//! was not expected. Logs carry no names, notes or numbers (docs/contract.md#the-program).

use std::any::Any;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::cell::Cell;
use std::panic::{self, UnwindSafe};

/// Stands for a message that was put together, so may quote anything.
const LEFT_OUT: &str = "its message is left out, since it may quote a command";

thread_local! {
    /// Whether a panic of this thread is an answer like any other.
    static EXPECTED: Cell<bool> = const { Cell::new(false) };
}

/// Logs panics from now on, instead of Rust's message on standard error. The place is enough to find the fault, and
/// `RUST_BACKTRACE=1` adds the way there.
pub fn report() {
    panic::set_hook(Box::new(|panic| {
        if EXPECTED.get() {
            return;
        }
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let backtrace = Backtrace::capture();
        let way = (backtrace.status() == BacktraceStatus::Captured).then(|| backtrace.to_string());
        tracing::error!(place, backtrace = way, "a thread has panicked: {}", told(panic.payload()));
    }));
}

/// Calls what may panic for reasons that are known and harmless, without a line in the log: whoever sends the records
/// that cause it must not be able to fill the log with it.
///
/// `None` where it did panic.
pub fn expecting_panics<T>(call: impl FnOnce() -> T + UnwindSafe) -> Option<T> {
    let before = EXPECTED.replace(true);
    let outcome = panic::catch_unwind(call);
    EXPECTED.set(before);
    outcome.ok()
}

/// A message that is a constant of the program.
fn told(payload: &dyn Any) -> &'static str {
    payload.downcast_ref::<&'static str>().copied().unwrap_or(LEFT_OUT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_told_only_where_it_quotes_nothing() {
        let message = |panic: fn()| told(&*panic::catch_unwind(panic).unwrap_err()).to_owned();
        assert_eq!(message(|| panic!("the frontier went back")), "the frontier went back");
        assert_eq!(message(|| panic!("{}", String::from("Renata"))), LEFT_OUT);
        assert_eq!(message(|| assert!("é".split_at(1).0.is_empty())), LEFT_OUT);
    }

    #[test]
    fn a_panic_that_is_expected_is_no_more_than_no_answer() {
        assert_eq!(expecting_panics(|| 5), Some(5));
        assert_eq!(expecting_panics(|| panic!("expected")), None::<u8>);
        assert!(!EXPECTED.get());
    }
}
