//! What a person reads: lines with the time since the start, on a terminal also colours and a countdown.

use std::io::{self, IsTerminal, Stdout, Write};
use std::time::Instant;

/// What a text is coloured for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// A command.
    Command,
    /// An answer that the script wanted.
    Good,
    /// A refusal.
    Bad,
    /// A callback that is due.
    Due,
    /// Less important than the rest.
    Faint,
    /// A heading.
    Heading,
}

impl Style {
    /// The SGR parameter (ECMA-48 §8.3.117).
    const fn code(self) -> &'static str {
        match self {
            Self::Command => "36",
            Self::Good => "32",
            Self::Bad => "33",
            Self::Due => "1;35",
            Self::Faint => "2",
            Self::Heading => "1",
        }
    }
}

/// Standard output.
#[derive(Debug)]
pub(super) struct Screen {
    out: Stdout,
    began: Instant,
    colours: bool,
    is_terminal: bool,
    has_countdown: bool,
}

impl Screen {
    /// Colours are for terminals, unless `NO_COLOR` is set (<https://no-color.org>).
    pub(super) fn on_standard_output() -> Self {
        let out = io::stdout();
        let is_terminal = out.is_terminal();
        let colours = is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self { out, began: Instant::now(), colours, is_terminal, has_countdown: false }
    }

    /// The text in its colour.
    pub(super) fn paint(&self, style: Style, text: &str) -> String {
        if self.colours { format!("\x1b[{}m{text}\x1b[0m", style.code()) } else { text.to_owned() }
    }

    /// A heading, after an empty line.
    pub(super) fn heading(&mut self, text: &str) -> io::Result<()> {
        let text = self.paint(Style::Heading, text);
        self.write(&format!("\n{text}\n"))
    }

    /// A line that begins with the seconds since the start.
    pub(super) fn line(&mut self, text: &str) -> io::Result<()> {
        let time = self.paint(Style::Faint, &format!("{:5.1}", self.began.elapsed().as_secs_f64()));
        self.write(&format!("{time}  {text}\n"))
    }

    /// A line that goes on with what the one before began.
    pub(super) fn more(&mut self, text: &str) -> io::Result<()> {
        self.write(&format!("       {text}\n"))
    }

    /// A line without anything before it.
    pub(super) fn plain(&mut self, text: &str) -> io::Result<()> {
        self.write(&format!("{text}\n"))
    }

    /// Whether a line can be written over, as a countdown needs it.
    pub(super) fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    /// Shows the text as the last line until anything else is written; on terminals only.
    pub(super) fn countdown(&mut self, text: &str) -> io::Result<()> {
        if !self.is_terminal {
            return Ok(());
        }
        self.has_countdown = true;
        let text = self.paint(Style::Faint, text);
        write!(self.out, "{ERASE_LINE}       {text}")?;
        self.out.flush()
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        if std::mem::take(&mut self.has_countdown) {
            self.out.write_all(ERASE_LINE.as_bytes())?;
        }
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }
}

/// Back to the beginning of the line, and EL (ECMA-48 §8.3.41).
const ERASE_LINE: &str = "\r\x1b[2K";
