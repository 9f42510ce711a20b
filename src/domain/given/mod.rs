//! Values as they were sent: read, not yet judged.
//!
//! - `value`: a field that may be absent, wrong or there.
//! - `id_value`: an id, which may be a number or a text.
//! - `character`: the place of a character that should not be there.
//! - `field`: the fields of a command, by their names.
//! - `trace`: the trace context that came along.

mod character;
mod field;
mod id_value;
mod trace;
mod value;

pub use self::character::Placed;
pub use self::field::Field;
pub use self::id_value::{IdFault, IdValue, whole, whole_digits};
pub use self::trace::TraceContext;
pub use self::value::{Given, JsonType, Text, Wrong};
