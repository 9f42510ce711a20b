//! The commands, and the judgement of each.
//!
//! - `kind`: the kinds of commands. `sent`: commands as they were sent.
//! - [`draft`]: step one of deciding, from the command, the directory and the rules alone.
//! - [`schedule`], `cancel`, `reschedule`, `report`: what each kind of command asks for, field by field.
//! - [`amend`]: step two of a cancel, a reschedule or a report, when the callback that it names has been looked up.
//! - [`amended`]: what that came to. [`callback_name`]: how such a command names its callback.
//! - `requester`, `target`, [`text`], `circumstances`, `not_after`: the fields that several kinds have.
//! - [`rules`]: the settings that commands are judged by.
//! - `warnings`: what is told beside a success.

pub mod amend;
pub mod amended;
pub mod callback_name;
mod cancel;
mod circumstances;
pub mod draft;
mod kind;
mod not_after;
mod report;
mod requester;
mod reschedule;
pub mod rules;
pub mod schedule;
mod sent;
mod target;
pub mod text;
mod warnings;

pub use self::kind::Kind;
pub use self::sent::{CallbackReference, Cancel, Command, Report, Request, Requester, Reschedule, Schedule, Variables};
