//! The labels of metrics, with every value that each can have.

use crate::domain::answer::{Branch, Violation, Warning};
use crate::domain::life::{Outcome, Reason, Status};
use crate::domain::phone;
use crate::domain::time::clocks::Other;
use crate::domain::time::zone;
use crate::progress::Step;
use crate::readiness::Condition;
use crate::wire::malformed::MalformedReason;

/// A label.
#[derive(Clone, Copy, Debug)]
pub struct Label {
    /// Its name.
    pub name: &'static str,
    /// Every value it can have.
    pub values: &'static [&'static str],
}

macro_rules! labels {
    ($($(#[$doc:meta])* $constant:ident: $name:literal, $values:expr;)*) => {
        $($(#[$doc])* pub const $constant: Label = Label { name: $name, values: $values };)*
    };
}

/// An array of what a function says of each.
macro_rules! of_each {
    ($all:expr, $name:path) => {{
        const NAMES: [&str; $all.len()] = {
            let mut names = [""; $all.len()];
            let mut index = 0;
            while index < names.len() {
                names[index] = $name($all[index]);
                index += 1;
            }
            names
        };
        &NAMES
    }};
}

/// What metrics call a loop's producers.
#[derive(Clone, Copy, Debug)]
pub struct Transacting {
    /// The loop: one of `TRANSACTING_LOOP`.
    pub name: &'static str,
    /// The producers that take turns: of `CLIENT`.
    pub clients: [&'static str; 2],
}

/// The producers of answers.
pub const ANSWER: Transacting = Transacting { name: "answer", clients: ["answer_1", "answer_2"] };
/// The producers of due events.
pub const DISPATCH: Transacting = Transacting { name: "dispatch", clients: ["dispatch_1", "dispatch_2"] };

/// In place of a code: the command was accepted.
pub const NO_CODE: &str = "NONE";

/// The codes of the contract, and none.
const CODES: [&str; Violation::CODES.len() + 1] = {
    let mut codes = [NO_CODE; Violation::CODES.len() + 1];
    let mut index = 0;
    while index < Violation::CODES.len() {
        codes[index] = Violation::CODES[index];
        index += 1;
    }
    codes
};

/// In place of a reason: a cancel needs none.
pub const NO_REASON: &str = "NONE";

/// Why callbacks end, and none.
const END_REASONS: [&str; Reason::ALL.len() + 1] = {
    let mut codes = [NO_REASON; Reason::ALL.len() + 1];
    let mut index = 0;
    while index < Reason::ALL.len() {
        codes[index] = Reason::ALL[index].code();
        index += 1;
    }
    codes
};

/// The statuses that nothing comes behind.
const ENDS: [Status; 4] = [Status::Completed, Status::Missed, Status::Expired, Status::Cancelled];

/// The number of a presentation, as metrics have it.
pub fn presentation(attempt: i32) -> &'static str {
    let numbers = PRESENTATION.values;
    let place = usize::try_from(attempt.saturating_sub(1)).unwrap_or_default();
    numbers[place.min(numbers.len() - 1)]
}

labels! {
    /// The branch that a command came to.
    CONDITION: "condition", of_each!(Branch::ALL, Branch::name);
    /// The branch that the script takes.
    BRANCH: "branch", of_each!(Branch::ALL, Branch::name);
    /// A violation.
    CODE: "code", &CODES;
    /// A warning.
    WARNING: "code", of_each!(Warning::ALL, Warning::code);
    /// Why a record is a dead letter.
    REASON: "reason", of_each!(MalformedReason::ALL, MalformedReason::code);
    /// A stage of the ingest loop.
    STAGE: "stage", &["consume", "settle", "record", "answer"];
    /// A step whose progress is watched.
    STEP: "step", of_each!(Step::ALL, Step::name);
    /// Whom a callback is queued to.
    TARGET: "target", &["agent", "skill"];
    /// Whether a callback could have been fired at its time.
    KIND: "kind", &["live", "catch_up"];
    /// What a router reported.
    REPORTED: "outcome", of_each!(Outcome::ALL, Outcome::name);
    /// How a callback ended.
    END_STATUS: "status", of_each!(ENDS, Status::name);
    /// Why it ended.
    END_REASON: "reason", &END_REASONS;
    /// Which due event of its revision it is, from 1.
    PRESENTATION: "number", &["1", "2", "3", "4", "5+"];
    /// How far ahead a callback is: each from where the one before ends.
    HORIZON: "horizon", &["1h", "1d", "7d", "30d", "366d", "later"];
    /// A thread that talks to servers.
    LOOP: "loop", &["record", "answer", "dispatch", "load", "sweep", "takeover"];
    /// One that can be fenced.
    FENCED_LOOP: "loop", &["record", "takeover", "answer", "dispatch"];
    /// One that has a producer.
    TRANSACTING_LOOP: "loop", &["answer", "dispatch"];
    /// How a transaction ended.
    OUTCOME: "outcome", &["committed", "aborted", "unknown"];
    /// What becomes of a record of a transaction that the broker has split.
    SPLIT: "fate", &["early", "left_out", "published", "unknown"];
    /// Which server.
    SERVER: "server", &["kafka", "postgres"];
    /// A class of errors.
    CAUSE: "cause", &[
        "timeout", "unavailable", "fenced", "conflict", "read_only", "behind", "resources", "shutdown", "denied", "too_large",
        "refused", "stored_row", "other",
    ];
    /// What `/readyz` names.
    WAITED_FOR: "condition", of_each!(Condition::ALL, Condition::name);
    /// A kind of directory records.
    DIRECTORY: "kind", &["skills", "agents", "security_users"];
    /// A Kafka client of this service that reads.
    CONSUMER: "client", &["commands", "amendments", "directory"];
    /// A Kafka client of this service that reads, or asks for offsets and topics.
    READER: "client", &["commands", "amendments", "directory", "offsets", "logs", "group", "topics", "page"];
    /// What an error of such a client means: see `kafka::fault`.
    FAULT: "fault", &[
        "passing", "denied", "missing", "unreadable", "offsets_gone", "truncated", "membership_over", "fatal",
    ];
    /// A Kafka client of this service.
    CLIENT: "client", &[
        "commands", "amendments", "directory", "answer_1", "answer_2", "dispatch_1", "dispatch_2",
    ];
    /// What went wrong with a request.
    REQUEST_ERROR: "error", &["send", "receive", "timeout", "retry"];
    /// A clock that this machine's is compared with.
    CLOCK: "clock", of_each!(Other::ALL, Other::label);
    /// Which way a clock was set.
    DIRECTION: "direction", &["back", "forward"];
    /// Of the program.
    VERSION: "version", &[env!("CARGO_PKG_VERSION")];
    /// Of libphonenumber.
    NUMBERING_PLANS: "numbering_plans", &[phone::RELEASE];
    /// Of the time zone database.
    TZDB: "tzdb", &[zone::RELEASE];
}
