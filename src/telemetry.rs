//! What operators see of the running service: logs on standard error and the registry of metrics.
//!
//! Logs carry no names, notes or security users, and of a phone number its last two digits
//! (docs/contract.md#the-program). So the records of the `log` crate are not taken in: tokio-postgres writes the
//! parameters of its statements there.

pub mod label;
pub mod line;
pub mod metric;
#[cfg(feature = "otlp")]
mod otlp;
pub mod panics;
pub mod reference;
mod span;
pub mod spans;

use std::fs;
use std::io::{self, IsTerminal};

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tracing::Dispatch;
use tracing::dispatcher::{self, SetGlobalDefaultError};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{Layer, registry};

use self::line::JsonLines;
use self::metric::Kind;
use crate::clock;
use crate::config::{Log, LogFormat};
use crate::domain::phone;
use crate::domain::time::{Timestamp, zone};
use crate::progress::{ProgressReport, Step};
use crate::readiness::{Condition, ReadinessReport};

/// Sends the logs of this process to standard error, as text or JSON; panics too.
///
/// # Errors
/// `SetGlobalDefaultError` where logs already go somewhere.
pub fn start_logging(log: &Log) -> Result<(), SetGlobalDefaultError> {
    dispatcher::set_global_default(dispatch(log, io::stderr().is_terminal(), io::stderr))?;
    panics::report();
    Ok(())
}

/// Collects the metrics of this process, all described, for the handle to render as Prometheus reads them.
/// Whoever holds the handle has to call `run_upkeep` now and then (`ops` does).
///
/// # Errors
/// `BuildError` where metrics are already collected.
pub fn start_metrics() -> Result<PrometheusHandle, BuildError> {
    let handle = prometheus()?.install_recorder()?;
    for metric in metric::ALL {
        metric.describe();
    }
    metric::BUILD.gauge(label::VERSION.values).set(1.0);
    metric::DATA.gauge(&[phone::RELEASE, zone::RELEASE]).set(1.0);
    metric::START_TIME.gauge(&[]).set(seconds_since_1970(clock::now()));
    Ok(handle)
}

/// Sets the gauges that are read off when somebody asks for them.
pub fn take_in(report: &ReadinessReport) {
    metric::READY.gauge(&[]).set(if report.ready { 1.0 } else { 0.0 });
    for condition in Condition::ALL {
        let waits = report.waiting_for.iter().any(|waiting| waiting.what == condition.name());
        metric::WAITING.gauge(&[condition.name()]).set(if waits { 1.0 } else { 0.0 });
    }
    if let Some(bytes) = resident_bytes() {
        metric::RESIDENT_MEMORY.gauge(&[]).set(as_gauge(bytes));
    }
}

/// Sets the gauges of progress, which are worked out when somebody asks: no loop need turn for them to be true.
pub fn take_in_progress(report: &ProgressReport) {
    for (number, step) in Step::ALL.into_iter().enumerate() {
        metric::STALLED_SECONDS.gauge(&[step.name()]).set(report.stalled[number].as_secs_f64());
        metric::SINCE_SUCCESS_SECONDS.gauge(&[step.name()]).set(report.since_success[number].as_secs_f64());
    }
    metric::OVERDUE_SECONDS.gauge(&[]).set(report.overdue.as_secs_f64());
    metric::COMMANDS_UNANSWERED.gauge(&[]).set(as_gauge(usize::try_from(report.unanswered).unwrap_or(usize::MAX)));
}

/// Pages in memory are the second number of /proc/self/statm (proc(5)).
fn resident_bytes() -> Option<usize> {
    let pages: usize = fs::read_to_string("/proc/self/statm").ok()?.split(' ').nth(1)?.parse().ok()?;
    pages.checked_mul(rustix::param::page_size())
}

/// An instant as Prometheus has it.
#[expect(clippy::cast_precision_loss, reason = "a double holds the microseconds of this millennium")]
pub fn seconds_since_1970(instant: Timestamp) -> f64 {
    instant.micros() as f64 / 1e6
}

/// A number as a gauge has it.
#[expect(clippy::cast_precision_loss, reason = "a gauge of this service is far below 2^52")]
pub const fn as_gauge(count: usize) -> f64 {
    count as f64
}

fn dispatch<W>(log: &Log, colours: bool, writer: W) -> Dispatch
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = tracing_subscriber::fmt::layer();
    let lines = match log.format {
        LogFormat::Text => lines.fmt_fields(line::text_fields()).with_writer(writer).with_ansi(colours).boxed(),
        LogFormat::Json => {
            lines.json().flatten_event(true).with_span_list(false).with_writer(JsonLines(writer)).boxed()
        }
    };
    Dispatch::new(registry().with(lines.with_filter(log.filter.clone())))
}

/// Histograms with buckets, so that those of several instances can be added up.
fn prometheus() -> Result<PrometheusBuilder, BuildError> {
    metric::ALL.iter().try_fold(PrometheusBuilder::new(), |builder, metric| match metric.kind {
        Kind::Histogram(buckets) => builder.set_buckets_for_metric(Matcher::Full(metric.name.to_owned()), buckets),
        Kind::Counter | Kind::Gauge => Ok(builder),
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// What was logged, line by line.
    pub(crate) fn logged(format: LogFormat, filter: &str, write: impl FnOnce()) -> String {
        #[derive(Clone, Default)]
        struct Sink(Arc<Mutex<Vec<u8>>>);
        impl io::Write for Sink {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0.lock().unwrap().write(bytes)
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let (sink, log) = (Sink::default(), Log { format, filter: filter.parse().unwrap() });
        let writer = sink.clone();
        dispatcher::with_default(&dispatch(&log, false, move || writer.clone()), write);
        String::from_utf8(sink.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn a_json_line_has_the_dotted_fields_beside_the_message() {
        let line = logged(LogFormat::Json, "info", || {
            tracing::info!(callback.id = 7, skill.id = "4", "callback scheduled");
            tracing::debug!("not this one");
        });
        let line: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(line["message"], "callback scheduled");
        assert_eq!(line["callback.id"], 7);
        assert_eq!(line["skill.id"], "4");
        assert_eq!(line["level"], "INFO");
    }

    #[test]
    fn a_text_line_can_be_read_as_it_is() {
        let line = logged(LogFormat::Text, "debug", || {
            tracing::debug!(shard.id = 3, "shard taken over");
        });
        assert!(
            line.ends_with(" DEBUG schedule_callback::telemetry::tests: shard taken over shard.id=3\n"),
            "{line:?}"
        );
    }

    #[test]
    fn the_filter_tells_parts_of_the_program_apart() {
        let lines = logged(LogFormat::Text, "warn,schedule_callback::telemetry=debug", || {
            tracing::debug!("ours");
            tracing::info!(target: "librdkafka", "theirs");
        });
        assert!(lines.contains("ours") && !lines.contains("theirs"), "{lines:?}");
    }

    /// A text that tries to begin a line of its own, to colour the terminal and to turn the reading direction.
    const HOSTILE: &str = "a\nERROR forged\r\x1b[31m\u{9b}2J\u{7f}\u{85}\u{2028}\u{202e}b\tc\0é";

    fn log_something_hostile() {
        let error = HOSTILE.to_owned();
        tracing::warn!(error, key = %HOSTILE, shown = ?HOSTILE, list = ?[HOSTILE], "failed: {HOSTILE}");
        tracing::warn!("{}", HOSTILE);
    }

    #[test]
    fn nothing_in_a_text_line_can_begin_another_or_drive_the_terminal() {
        let lines = logged(LogFormat::Text, "info", log_something_hostile);
        assert_eq!(lines.lines().count(), 2, "{lines:?}");
        assert!(lines.trim_end_matches('\n').split('\n').all(|line| !line.contains(line::is_unsafe)), "{lines:?}");
        let message = r"a\nERROR forged\r\u{1b}[31m\u{9b}2J\u{7f}\u{85}\u{2028}\u{202e}b\tc\u{0}é";
        assert!(lines.ends_with(&format!(" WARN schedule_callback::telemetry::tests: {message}\n")), "{lines:?}");
        assert!(lines.contains(&format!(" key={message} ")), "{lines:?}");
    }

    #[test]
    fn a_json_line_says_the_same_and_stays_one_line() {
        let lines = logged(LogFormat::Json, "info", log_something_hostile);
        assert_eq!(lines.lines().count(), 2, "{lines:?}");
        assert!(lines.trim_end_matches('\n').split('\n').all(|line| !line.contains(line::is_unsafe)), "{lines:?}");
        let first: serde_json::Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
        assert_eq!(first["message"], format!("failed: {HOSTILE}"));
        assert_eq!((&first["error"], &first["key"]), (&HOSTILE.into(), &HOSTILE.into()));
    }

    #[test]
    fn counters_with_few_series_begin_at_zero() {
        let recorder = prometheus().unwrap().build_recorder();
        metrics::with_local_recorder(&recorder, || metric::ALL.iter().for_each(metric::Metric::describe));
        let text = recorder.handle().render();
        assert!(text.contains("schedule_callback_fenced_total{loop=\"answer\"} 0\n"), "{text}");
        assert!(text.contains("schedule_callback_violations_total{code=\"SKILL_UNKNOWN\"} 0\n"), "{text}");
        assert!(!text.contains("schedule_callback_results_total{"), "{text}");
    }

    #[test]
    fn every_metric_is_rendered_with_its_name_type_and_description() {
        let recorder = prometheus().unwrap().build_recorder();
        metrics::with_local_recorder(&recorder, || {
            for metric in metric::ALL {
                metric.describe();
                let first: Vec<_> = metric.labels.iter().map(|label| label.values[0]).collect();
                match metric.kind {
                    Kind::Counter => metric.counter(&first).increment(1),
                    Kind::Gauge => metric.gauge(&first).set(1.0),
                    Kind::Histogram(_) => metric.histogram(&first).record(1.0),
                }
            }
        });
        let text = recorder.handle().render();
        for metric in metric::ALL {
            let kind = match metric.kind {
                Kind::Counter => "counter",
                Kind::Gauge => "gauge",
                Kind::Histogram(_) => "histogram",
            };
            assert!(text.contains(&format!("# HELP {} {}\n", metric.name, metric.description)), "{}", metric.name);
            assert!(text.contains(&format!("# TYPE {} {kind}\n", metric.name)), "{}", metric.name);
        }
    }
}
