//! `check`: decides commands from standard input as `run` would, without broker or database
//! (docs/contract.md#the-program).

mod lines;

use std::fs;
use std::io::{self, BufWriter, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use schedule_callback::clock;
use schedule_callback::config::Config;
use schedule_callback::domain::answer::Reply;
use schedule_callback::domain::command::amend::Lookup;
use schedule_callback::domain::command::draft::{Verdict, draft};
use schedule_callback::domain::command::rules::Rules;
use schedule_callback::domain::directory::Directory;
use schedule_callback::domain::phone::{InvalidRegion, Region};
use schedule_callback::domain::time::{InvalidTimestamp, Timestamp};
use schedule_callback::wire::decode::{Limits, decode};
use schedule_callback::wire::malformed::Source;
use schedule_callback::wire::record::Incoming;
use schedule_callback::wire::{directory_file, result};

use self::lines::Lines;
use super::failure::Failure;

/// Read commands as JSON lines on standard input and print one result for each.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Skills, agents and security users, as JSON; without it there are none.
    #[arg(long, value_name = "FILE")]
    directory: Option<PathBuf>,
    /// The time of decision, and of commands without `issuedAt`; without it the clock's, line by line.
    #[arg(long, value_name = "INSTANT", value_parser = parse_instant)]
    now: Option<Timestamp>,
    /// The region of numbers without +, for tenants that have none of their own.
    #[arg(long, value_name = "CC", value_parser = parse_region)]
    default_region: Option<Region>,
    /// `none`: accept dates however far they lie in the past or ahead.
    #[arg(long, value_name = "none")]
    rules: Option<DateChecks>,
    /// Settings; `tenants`, `rules` and `limits` count here.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Which rules on dates hold.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum DateChecks {
    None,
}

/// Answers every line of standard input.
pub(super) fn main(arguments: &Arguments) -> Result<(), Failure> {
    let config = Config::load(arguments.config.as_deref(), std::env::vars_os()).map_err(Failure::usage)?;
    let mut rules = config.rules;
    rules.elsewhere.default_region = arguments.default_region;
    if let Some(DateChecks::None) = arguments.rules {
        rules.date = None;
    }
    let directory = match &arguments.directory {
        Some(path) => read_directory(path).map_err(Failure::Usage)?,
        None => Directory::default(),
    };
    let limits = Limits { command_bytes: config.limits.command_bytes };
    let check = Check { directory, rules, limits, now: arguments.now };
    match check.answer_all(io::stdin().lock(), io::stdout().lock()) {
        // Whoever read the results has seen enough, as `head` has.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        done => done.map_err(Failure::internal),
    }
}

fn read_directory(path: &Path) -> anyhow::Result<Directory> {
    let bytes = fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let records = directory_file::read(&bytes).with_context(|| path.display().to_string())?;
    let mut directory = Directory::default();
    for entry in records {
        directory.put(entry.record);
    }
    Ok(directory)
}

/// What lines are decided by. It remembers nothing from one line to the next.
struct Check {
    directory: Directory,
    rules: Rules,
    limits: Limits,
    now: Option<Timestamp>,
}

impl Check {
    /// Answers every line in turn. Whenever the input has to be waited for, all answers so far have been shown.
    fn answer_all(&self, input: impl Read, output: impl Write) -> io::Result<()> {
        let mut output = BufWriter::with_capacity(64 * 1024, output);
        // One byte more than the longest command shows that a line is too long; the rest of it is not kept.
        let mut lines = Lines::new(input, self.limits.command_bytes + 1);
        let mut data = Vec::new();
        while let Some(line) = lines.next(|| output.flush())? {
            let decided_at = self.now.unwrap_or_else(clock::now);
            let (command_id, reply) = self.answer(line, decided_at);
            data.clear();
            result::write_data(&mut data, command_id.as_deref(), &reply);
            data.push(b'\n');
            output.write_all(&data)?;
        }
        output.flush()
    }

    /// The answer to one line, and the command's id where it has one.
    fn answer(&self, line: &[u8], decided_at: Timestamp) -> (Option<String>, Reply) {
        let record = Incoming { value: Some(line), timestamp: decided_at, ..Incoming::default() };
        let command = match decode(&record, self.limits) {
            Ok(command) => command,
            Err(malformed) => {
                let reply = Reply::malformed(malformed.message(Source::Line));
                return (malformed.answer.map(|answer| answer.key.command_id), reply);
            }
        };
        let draft = draft(command, &self.directory, &self.rules);
        let reply = match draft.verdict {
            Verdict::Refused { caption, violations } => Reply::refused(caption, &violations, draft.defined),
            Verdict::Schedule(schedule) => schedule.reply(None, decided_at, draft.defined),
            Verdict::Amend(amend) => {
                amend.apply(Lookup::NotFound, &self.directory, &self.rules, decided_at).reply(draft.defined)
            }
        };
        (Some(draft.key.command_id), reply.to_report(draft.is_report))
    }
}

fn parse_instant(text: &str) -> Result<Timestamp, InvalidTimestamp> {
    Timestamp::parse_rfc3339(text)
}

fn parse_region(text: &str) -> Result<Region, InvalidRegion> {
    Region::parse(text)
}
