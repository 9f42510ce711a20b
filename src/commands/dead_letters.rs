//! `dead-letters`: lists what could not be read as a command, and publishes it to the command topic again.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, BufWriter, ErrorKind, IsTerminal, Write};
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::PossibleValuesParser;
use schedule_callback::clock;
use schedule_callback::domain::time::{InvalidTimestamp, Timestamp};
use schedule_callback::kafka::dead_letters::{
    DeadLettersError, Letter, Letters, Progress, Redrive, Redriving, Selection,
};
use schedule_callback::service::cluster_of;
use schedule_callback::wire::dead_letter::DeadLetter;
use schedule_callback::wire::malformed::MalformedReason;

use super::failure::{Failure, say};
use super::run::load;

/// Look after records that could not be read as commands.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Show place, time, state, reason and detail of each, and how many there are.
    List {
        #[command(flatten)]
        which: Which,
    },
    /// Publish them to the command topic again: as they were, with their own time, which dates are judged against.
    ///
    /// Safe to repeat and to interrupt: each is published once, in one transaction with a committed offset of the
    /// group <kafka.group_id>.redrive. What was passed over stays for another run. One that is still malformed comes
    /// back as a new dead letter.
    ///
    /// Without --since, letters older than retention.commands are passed over: a broker forgets the offsets of a group
    /// that rests (offsets.retention.minutes, 7 days by default), and the service the commands it has answered, so
    /// that nothing would notice a second redrive of these.
    Redrive {
        #[command(flatten)]
        which: Which,
        /// At most so many.
        #[arg(long, value_name = "NUMBER")]
        limit: Option<u64>,
        /// Only say what would be published.
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(Debug, clap::Args)]
struct Which {
    /// Only those of this reason (header dlq-reason), such as TOO_LARGE; may be given several times.
    #[arg(long, value_name = "CODE", value_parser = PossibleValuesParser::new(MalformedReason::ALL.map(MalformedReason::code)))]
    reason: Vec<String>,
    /// Only those that were set aside at this instant or later (RFC 3339).
    #[arg(long, value_name = "INSTANT", value_parser = parse_instant)]
    since: Option<Timestamp>,
    /// Only those that were set aside before this instant.
    #[arg(long, value_name = "INSTANT", value_parser = parse_instant)]
    until: Option<Timestamp>,
    /// Settings.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Does what is asked for.
pub(super) fn main(arguments: Arguments) -> Result<(), Failure> {
    match arguments.command {
        Command::List { which } => list(which),
        Command::Redrive { which, limit, dry_run } => redrive(which, limit, dry_run),
    }
}

fn list(which: Which) -> Result<(), Failure> {
    let config = load(which.config.as_deref())?;
    let cluster = cluster_of(&config).map_err(Failure::usage)?;
    let failed = |error| Failure::of(error, &config.kafka.bootstrap_servers);
    let letters = Letters::open(&cluster, &config.topics).map_err(failed)?;
    let selection = which.selection();
    let mut output = BufWriter::new(io::stdout().lock());
    let mut written = Ok(());
    let mut counts = BTreeMap::new();
    let seen = letters.each(|letter| {
        let Some(read) = DeadLetter::read(&letter.record) else { return };
        if selection.has(read.reason, letter.set_aside_at) && written.is_ok() {
            *counts.entry(read.reason.to_owned()).or_default() += 1;
            written = show(&mut output, letter, &read);
        }
    });
    seen.map_err(failed)?;
    match written.and_then(|()| writeln!(output, "\ndead letters: {}", Counts(&counts))).and_then(|()| output.flush()) {
        // Whoever reads it has seen enough, as `head` has.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        done => done.map_err(Failure::internal),
    }
}

/// One line, its parts between tabs. Nothing of the message itself is shown.
fn show(output: &mut impl Write, letter: &Letter<'_>, read: &DeadLetter<'_>) -> io::Result<()> {
    let state = match (letter.is_done, read.has_its_value()) {
        (_, false) => "without value",
        (true, true) => "redriven",
        (false, true) => "waiting",
    };
    let Letter { partition, offset, set_aside_at, .. } = letter;
    let DeadLetter { from, reason, detail, .. } = read;
    writeln!(
        output,
        "{partition}/{offset}\t{set_aside_at}\t{state}\t{}\tfrom {}/{}/{}\t{}",
        reason.escape_debug(),
        from.topic.escape_debug(),
        from.partition,
        from.offset,
        detail.escape_debug(),
    )
}

fn redrive(which: Which, limit: Option<u64>, is_dry: bool) -> Result<(), Failure> {
    let config = load(which.config.as_deref())?;
    let cluster = cluster_of(&config).map_err(Failure::usage)?;
    let failed = |error| Failure::of(error, &config.kafka.bootstrap_servers);
    let letters = Letters::open(&cluster, &config.topics).map_err(failed)?;
    let mut selection = which.selection();
    selection.since = selection.since.or_else(|| Some(before_now(config.retention.commands)));
    let redriving = if is_dry { Redriving::Dry } else { Redriving::wet(&letters).map_err(failed)? };
    let is_watched = io::stderr().is_terminal();
    let tell = |progress: &Progress| {
        if is_watched {
            eprint!("\r{} dead letters", progress.count());
        }
    };
    let done = Redrive::new(&letters, selection, limit, redriving, tell).run();
    if is_watched {
        eprintln!();
    }
    let progress = done.map_err(failed)?;
    let what = if is_dry { "would be redriven" } else { "redriven" };
    say(format_args!("{what}: {}", Counts(&progress.redriven)))?;
    if !progress.passed_over.is_empty() {
        say(format_args!("passed over: {}", Counts(&progress.passed_over)))?;
    }
    if progress.without_value > 0 {
        say(format_args!(
            "without their value, since the broker would not take it: {}; it is where the header dlq-offset says",
            progress.without_value
        ))?;
    }
    if progress.foreign > 0 {
        say(format_args!("no dead letters of this service: {}", progress.foreign))?;
    }
    Ok(())
}

fn before_now(duration: Duration) -> Timestamp {
    clock::now().plus_micros(i64::try_from(duration.as_micros()).map_or(i64::MIN, i64::wrapping_neg))
}

fn parse_instant(text: &str) -> Result<Timestamp, InvalidTimestamp> {
    Timestamp::parse_rfc3339(text)
}

impl Which {
    fn selection(self) -> Selection {
        Selection { reasons: self.reason, since: self.since, until: self.until }
    }
}

/// The sum, and in brackets each reason's part.
struct Counts<'a>(&'a BTreeMap<String, u64>);

impl fmt::Display for Counts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<_> = self.0.iter().map(|(reason, count)| format!("{} {count}", reason.escape_debug())).collect();
        write!(f, "{}", self.0.values().sum::<u64>())?;
        if parts.is_empty() { Ok(()) } else { write!(f, " ({})", parts.join(", ")) }
    }
}

impl Failure {
    fn of(error: DeadLettersError, bootstrap_servers: &str) -> Self {
        match error {
            DeadLettersError::Foreign { .. } | DeadLettersError::Scattered { .. } => Self::internal(error),
            _ => Self::Unavailable(anyhow::Error::from(error).context(format!("Kafka at {bootstrap_servers}"))),
        }
    }
}
