//! One event, one line: what comes from outside cannot write lines of its own into the log.
//!
//! Error texts of servers and clients have line ends, and may quote what others sent. JSON escapes them; the text format
//! does not.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

use tracing_subscriber::fmt::MakeWriter;

/// Makes writers that take a whole event at once, as the layers of `tracing_subscriber::fmt` hand it over.
#[derive(Clone, Debug)]
pub struct OneLine<M> {
    /// Where the lines go.
    pub writer: M,
    /// Whether the formatter writes colours, so that the escape character is its own. In values it escapes it itself.
    pub colours: bool,
}

/// A writer of one line.
#[derive(Debug)]
pub struct Line<W> {
    writer: W,
    colours: bool,
}

impl<'a, M: MakeWriter<'a>> MakeWriter<'a> for OneLine<M> {
    type Writer = Line<M::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        Line { writer: self.writer.make_writer(), colours: self.colours }
    }
}

impl<W: Write> Write for Line<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let (line, end) = text.strip_suffix('\n').map_or((&*text, ""), |line| (line, "\n"));
        self.writer.write_all(escaped(line, self.colours).as_bytes())?;
        self.writer.write_all(end.as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// Control characters as Rust writes them: `\n`, `\u{1b}`.
fn escaped(line: &str, colours: bool) -> Cow<'_, str> {
    let must_be = |character: char| character.is_control() && !(colours && character == '\u{1b}');
    if !line.contains(must_be) {
        return Cow::Borrowed(line);
    }
    let mut safe = String::with_capacity(line.len() + 16);
    for character in line.chars() {
        if must_be(character) {
            // Writing into a string does not fail.
            let _infallible = write!(safe, "{}", character.escape_default());
        } else {
            safe.push(character);
        }
    }
    Cow::Owned(safe)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(event: &str, colours: bool) -> String {
        let mut line = Line { writer: Vec::new(), colours };
        line.write_all(event.as_bytes()).unwrap();
        String::from_utf8(line.writer).unwrap()
    }

    #[test]
    fn an_event_stays_one_line_whatever_it_quotes() {
        assert_eq!(written("INFO ready\n", false), "INFO ready\n");
        assert_eq!(written("WARN db: no\nINFO forged\r\n\n", false), "WARN db: no\\nINFO forged\\r\\n\n");
        assert_eq!(written("a\u{1b}[2Jb\u{85}c\u{7f}é\n", false), "a\\u{1b}[2Jb\\u{85}c\\u{7f}é\n");
    }

    #[test]
    fn colours_are_kept_where_there_are_any() {
        assert_eq!(written("\u{1b}[32mINFO\u{1b}[0m a\nb\n", true), "\u{1b}[32mINFO\u{1b}[0m a\\nb\n");
    }
}
