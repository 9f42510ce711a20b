//! The story: each command goes in, its answer comes out, and at their times the callbacks come due. What came of those that
//! are tracked is reported, until each of them has its end.
//!
//! It believes nothing: a command without an answer, a callback that is not fired, one that is fired twice, early or after
//! its cancel, and a tracked one without an end or with two end it with an error.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use rdkafka::message::OwnedHeaders;
use schedule_callback::clock;
use schedule_callback::domain::time::Timestamp;
use schedule_callback::kafka::publisher::Publisher;
use schedule_callback::kafka::transactions::NewRecord;

use super::published::{CommandResult, DueEvent, Outlet, Published, Target};
use super::router::{self, Report};
use super::samples::Sample;
use super::screen::{Screen, Style};
use super::states::States;
use super::summary::{Row, Summary};

/// How long a poll waits, and so how often a countdown moves.
const POLL: Duration = Duration::from_millis(100);
/// Between two commands, so that a person can read along.
const PAUSE: Duration = Duration::from_millis(400);
/// How long an answer, or a due event after its time, may take on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long after the last time on the books nothing more may be fired.
const QUIET: i64 = 500_000;

/// How the story ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// All callbacks were fired or cancelled, and the tracked ones have ended.
    ToItsEnd,
    /// It was told to stop.
    Interrupted,
}

/// The answer to a command.
enum Answer {
    Result(Box<CommandResult>),
    DeadLetter { reason: String, detail: String },
}

/// A callback that has yet to be fired, perhaps once more.
struct Standing {
    revision: i64,
    attempt: i64,
    fires_at: Timestamp,
}

/// The story's state.
pub(super) struct Story<'a> {
    screen: &'a mut Screen,
    publisher: &'a Publisher,
    commands: &'a str,
    outlet: Outlet,
    may_go_on: &'a dyn Fn() -> bool,
    standing: BTreeMap<i64, Standing>,
    /// The last time that any callback had, also one that was cancelled.
    last_time: Timestamp,
    /// Values as they were sent, by their line: a command sent again is the same, byte for byte.
    sent: HashMap<&'static str, Vec<u8>>,
    /// The callback whose time was announced last, and that time.
    announced: Option<(i64, Timestamp)>,
    /// What is to be reported, in the order of the due events.
    reports: VecDeque<Report>,
    states: States,
    summary: Summary,
}

impl<'a> Story<'a> {
    /// A story told on the screen, by commands to that topic, for as long as it may go on.
    pub(super) fn new(
        screen: &'a mut Screen,
        publisher: &'a Publisher,
        commands: &'a str,
        outlet: Outlet,
        may_go_on: &'a dyn Fn() -> bool,
    ) -> Self {
        Self {
            screen,
            publisher,
            commands,
            outlet,
            may_go_on,
            standing: BTreeMap::new(),
            last_time: Timestamp::default(),
            sent: HashMap::new(),
            announced: None,
            reports: VecDeque::new(),
            states: States::default(),
            summary: Summary::default(),
        }
    }

    /// Sends the commands one by one, waits for all callbacks, and sums up.
    pub(super) fn tell(mut self, samples: &[Sample]) -> anyhow::Result<Told> {
        self.screen.heading("Commands go in (->), results come out (<-), callbacks come due (**)")?;
        for sample in samples {
            let repeated = self.sent.contains_key(sample.line);
            self.send(sample, repeated)?;
            let Some(answer) = self.wait_for_answer()? else { return Ok(Told::Interrupted) };
            self.take(sample, repeated, answer)?;
            self.pause()?;
        }
        self.route()
    }

    /// Waits for all callbacks, reports what came of those that are tracked, and sums up.
    fn route(mut self) -> anyhow::Result<Told> {
        let mut moved = Instant::now();
        while clock::now() < self.last_time.plus_micros(QUIET) || !self.standing.is_empty() || !self.states.are_final()
        {
            if !(self.may_go_on)() {
                return Ok(Told::Interrupted);
            }
            if let Some(report) = self.reports.pop_front() {
                self.report(&report)?;
                let Some(answer) = self.wait_for_answer()? else { return Ok(Told::Interrupted) };
                self.take_report(&report, answer)?;
                moved = Instant::now();
            }
            self.count_down()?;
            if self.listen()?.is_some() {
                bail!("a command was answered twice");
            }
            if let Some((id, callback)) = self.next_due() {
                let late = clock::now().micros() - callback.fires_at.micros();
                ensure!(late < i64::try_from(PATIENCE.as_micros())?, "callback {id} was not fired");
                moved = Instant::now();
            }
            ensure!(moved.elapsed() < PATIENCE, "not every callback has come to its end: {:?}", self.states);
        }
        self.screen.heading("What came of it")?;
        for line in self.summary.lines(self.screen, &self.states) {
            self.screen.plain(&line)?;
        }
        Ok(Told::ToItsEnd)
    }

    /// Sends a report, as a router does.
    fn report(&mut self, report: &Report) -> anyhow::Result<()> {
        let Report { outcome, callback_id, attempt, .. } = report;
        let text = format!("-> report {outcome}: callback {callback_id}, attempt {attempt}: {}", report.title());
        let text = self.screen.paint(Style::Command, &text);
        self.screen.line(&text)?;
        self.publish(Some(&callback_id.to_string()), &report.value())
    }

    /// Shows what a report has come to, and waits for the next attempt where there is one.
    fn take_report(&mut self, report: &Report, answer: Answer) -> anyhow::Result<()> {
        let Answer::Result(result) = answer else { bail!("the report {} is in the dead letters", report.id) };
        ensure!(result.command_id == report.id, "{} was answered in place of {}", result.command_id, report.id);
        let (Some(id), Some(status)) = (result.callback_id, &result.status) else {
            bail!("the report {} was refused: {:?}", report.id, result.violations)
        };
        let mut came = status.clone();
        if let Some(next_at) = &result.next_at {
            let fires_at = Timestamp::parse_rfc3339(next_at)?;
            let (revision, attempt) = (result.revision, result.attempt);
            let (revision, attempt) = revision.zip(attempt).context("a result without revision and attempt")?;
            self.stand(id, Standing { revision, attempt, fires_at });
            came = format!("{status}, due again in {:.1} s", seconds_until(fires_at));
        } else if let Some(reason) = &result.reason {
            came = format!("{status}: {reason}");
        }
        let text = format!("<- {}: callback {id} is {came}", result.branch);
        let text = self.screen.paint(Style::Good, &text);
        self.screen.more(&text)?;
        self.summary.add(Row::reported(report, &result));
        Ok(())
    }

    fn stand(&mut self, id: i64, callback: Standing) {
        self.last_time = self.last_time.max(callback.fires_at);
        self.standing.insert(id, callback);
    }

    fn send(&mut self, sample: &Sample, repeated: bool) -> anyhow::Result<()> {
        let again = if repeated { ", once more" } else { "" };
        let text = format!("-> {}: {}{again}", sample.name(), sample.title());
        let text = self.screen.paint(Style::Command, &text);
        self.screen.line(&text)?;
        let value = self.sent.entry(sample.line).or_insert_with(|| sample.value(clock::now())).clone();
        self.publish(sample.id(), &value)
    }

    fn publish(&self, key: Option<&str>, value: &[u8]) -> anyhow::Result<()> {
        self.publisher.send(NewRecord {
            topic: self.commands,
            partition: None,
            key: key.map(str::as_bytes),
            value: Some(value),
            headers: OwnedHeaders::new(),
            timestamp_millis: None,
        })?;
        Ok(())
    }

    /// `None` where the story may not go on.
    fn wait_for_answer(&mut self) -> anyhow::Result<Option<Answer>> {
        let asked = Instant::now();
        while (self.may_go_on)() {
            if let Some(answer) = self.listen()? {
                return Ok(Some(answer));
            }
            ensure!(asked.elapsed() < PATIENCE, "a command was not answered within {PATIENCE:?}");
        }
        Ok(None)
    }

    fn pause(&mut self) -> anyhow::Result<()> {
        let began = Instant::now();
        while began.elapsed() < PAUSE && (self.may_go_on)() {
            if self.screen.is_terminal() {
                self.count_down()?;
            }
            if self.listen()?.is_some() {
                bail!("a command was answered twice");
            }
        }
        Ok(())
    }

    /// Waits a little for whatever is published next. A due event and a state are taken at once, an answer is returned.
    fn listen(&mut self) -> anyhow::Result<Option<Answer>> {
        Ok(match self.outlet.next(POLL)? {
            None => None,
            Some(Published::Result(result)) => Some(Answer::Result(result)),
            Some(Published::DeadLetter { reason, detail }) => Some(Answer::DeadLetter { reason, detail }),
            Some(Published::Due(event)) => {
                self.fire(&event)?;
                None
            }
            Some(Published::State(state)) => {
                if state.is_final() && state.tracked {
                    // Time may have ended it, and then nothing is fired.
                    self.standing.remove(&state.callback_id);
                }
                self.states.add(state)?;
                None
            }
        })
    }

    /// Shows an answer and keeps what follows from it.
    fn take(&mut self, sample: &Sample, repeated: bool, answer: Answer) -> anyhow::Result<()> {
        let result = match answer {
            Answer::Result(result) => result,
            Answer::DeadLetter { reason, detail } => {
                let text = self.screen.paint(Style::Bad, &format!("<- dead letter {reason}: {detail}"));
                self.screen.more(&text)?;
                self.summary.add(Row::dead_letter(sample, &reason));
                return Ok(());
            }
        };
        let row = Row::answered(sample, repeated, &result);
        if let (Some(id), Some(revision)) = (result.callback_id, result.revision) {
            let scheduled_for = Timestamp::parse_rfc3339(result.scheduled_for.as_deref().unwrap_or_default())?;
            if sample.verb() == "cancel" {
                self.last_time = self.last_time.max(scheduled_for);
                self.standing.remove(&id);
            } else {
                self.stand(id, Standing { revision, attempt: 1, fires_at: scheduled_for });
            }
            self.show_success(sample, id, scheduled_for, &result)?;
        } else {
            self.show_refusal(&result)?;
        }
        self.summary.add(row);
        Ok(())
    }

    fn show_success(
        &mut self,
        sample: &Sample,
        id: i64,
        scheduled_for: Timestamp,
        result: &CommandResult,
    ) -> anyhow::Result<()> {
        let what = if sample.verb() == "cancel" {
            "is cancelled".to_owned()
        } else {
            let target = result.target.as_ref().map(Target::shown).unwrap_or_default();
            let number = result.phone_number.as_deref().unwrap_or_default();
            format!("for {target} to {number}, in {:.1} s", seconds_until(scheduled_for))
        };
        let mut text = format!("<- {}: callback {id} {what}", result.branch);
        for warning in &result.warnings {
            text.push_str(" - ");
            text.push_str(warning);
        }
        let text = self.screen.paint(Style::Good, &text);
        self.screen.more(&text)?;
        Ok(())
    }

    fn show_refusal(&mut self, result: &CommandResult) -> anyhow::Result<()> {
        let instead =
            if result.condition == result.branch { String::new() } else { format!(" for {}", result.condition) };
        for violation in &result.violations {
            let text = format!("<- {}{instead}: {}", result.branch, violation.code);
            let text = self.screen.paint(Style::Bad, &text);
            self.screen.more(&text)?;
            let text = self.screen.paint(Style::Faint, &format!("   {}", violation.message));
            self.screen.more(&text)?;
        }
        Ok(())
    }

    fn fire(&mut self, event: &DueEvent) -> anyhow::Result<()> {
        let id = event.callback_id;
        match self.standing.remove(&id) {
            Some(callback) if (callback.revision, callback.attempt) == (event.revision, event.attempt) => {}
            _ => bail!("callback {id} was fired, as {}.{}, though it does not stand", event.revision, event.attempt),
        }
        ensure!(event.lateness_ms >= 0, "callback {id} was fired early");
        let again = if event.attempt > 1 { " again" } else { "" };
        let text = format!(
            "** callback {id} is due{again}, {} ms after its time: for {} to {}",
            event.lateness_ms,
            event.target.shown(),
            event.contact.shown()
        );
        let text = self.screen.paint(Style::Due, &text);
        self.screen.line(&text)?;
        self.summary.fired(id, event.revision, event.lateness_ms);
        if self.states.is_tracked(id) {
            self.reports.extend(router::reports_of(event));
        }
        Ok(())
    }

    /// Shows how long it is to the next callback: on a terminal all the time, else once for each.
    fn count_down(&mut self) -> anyhow::Result<()> {
        let Some((id, &Standing { fires_at, .. })) = self.next_due() else { return Ok(()) };
        let text = format!("next: callback {id} in {:.1} s", seconds_until(fires_at));
        if self.screen.is_terminal() {
            self.screen.countdown(&text)?;
        } else if self.announced.replace((id, fires_at)) != Some((id, fires_at)) {
            self.screen.line(&text)?;
        }
        Ok(())
    }

    fn next_due(&self) -> Option<(i64, &Standing)> {
        let next = self.standing.iter().min_by_key(|(_, callback)| callback.fires_at)?;
        Some((*next.0, next.1))
    }
}

/// Seconds from now, zero where the instant has passed.
fn seconds_until(instant: Timestamp) -> f64 {
    let micros = u64::try_from(instant.micros() - clock::now().micros()).unwrap_or_default();
    Duration::from_micros(micros).as_secs_f64()
}
