//! Log lines that nothing from outside can break: one event is one line, whatever is in its texts.
//!
//! A control character could begin a line that looks like one of ours, or tell a terminal what to do; a direction mark
//! could make text look like another ("Trojan Source", CVE-2021-42574). All are written as escapes instead.

use std::fmt::{self, Write as _};
use std::io;

use tracing::field::Field;
use tracing_subscriber::field::MakeExt as _;
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::{Writer, debug_fn};

/// Whether a character must not be written to a log as it is: category Cc, the line and paragraph separators, and what
/// changes the direction of text.
pub fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The text with escapes in the places of unsafe characters.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    // Writing to a `String` never fails.
    Escaping { writer: &mut escaped, style: rust_escape }.write_str(text).unwrap_or_default();
    escaped
}

/// Fields of a text line: `message name=value`, with escapes for all that is unsafe.
pub(super) fn text_fields() -> impl for<'w> FormatFields<'w> + Send + Sync + 'static {
    debug_fn(|writer: &mut Writer<'_>, field: &Field, value: &dyn fmt::Debug| {
        if field.name() == "message" {
            write!(Escaping { writer, style: rust_escape }, "{value:?}")
        } else {
            write!(writer, "{}=", field.name())?;
            write!(Escaping { writer, style: rust_escape }, "{value:?}")
        }
    })
    .delimited(" ")
}

/// Writers of JSON lines. The formatter escapes what JSON asks for, which leaves DEL, C1, separators and direction
/// marks; they stand in strings only, so JSON's own escapes may take their places.
#[derive(Clone, Debug)]
pub(super) struct JsonLines<M>(pub M);

impl<'a, M: MakeWriter<'a>> MakeWriter<'a> for JsonLines<M> {
    type Writer = JsonLine<M::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        JsonLine(self.0.make_writer())
    }

    fn make_writer_for(&'a self, metadata: &tracing::Metadata<'_>) -> Self::Writer {
        JsonLine(self.0.make_writer_for(metadata))
    }
}

/// Writes one line; the subscriber hands it over in one piece.
#[derive(Debug)]
pub(super) struct JsonLine<W>(W);

impl<W: io::Write> io::Write for JsonLine<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        let (text, end) = text.strip_suffix('\n').map_or((&*text, ""), |text| (text, "\n"));
        if text.contains(is_unsafe) {
            let mut escaped = String::with_capacity(text.len() + 16);
            Escaping { writer: &mut escaped, style: json_escape }.write_str(text).map_err(io::Error::other)?;
            self.0.write_all(escaped.as_bytes())?;
            self.0.write_all(end.as_bytes())?;
        } else {
            self.0.write_all(line)?;
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Passes text on, with escapes in the places of unsafe characters.
struct Escaping<'a, W> {
    writer: &'a mut W,
    style: fn(&mut dyn fmt::Write, char) -> fmt::Result,
}

impl<W: fmt::Write> fmt::Write for Escaping<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        while let Some((at, character)) = rest.char_indices().find(|(_, character)| is_unsafe(*character)) {
            self.writer.write_str(&rest[..at])?;
            (self.style)(self.writer, character)?;
            rest = &rest[at + character.len_utf8()..];
        }
        self.writer.write_str(rest)
    }
}

fn rust_escape(writer: &mut dyn fmt::Write, character: char) -> fmt::Result {
    write!(writer, "{}", character.escape_default())
}

/// All unsafe characters have four hexadecimal digits at most.
fn json_escape(writer: &mut dyn fmt::Write, character: char) -> fmt::Result {
    write!(writer, "\\u{:04x}", u32::from(character))
}
