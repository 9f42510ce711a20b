//! What operators see of the running service: logs on standard error and the registry of metrics.
//!
//! Logs carry no names, notes or security users, and of a phone number its last two digits (contract §11). So the
//! records of the `log` crate are not taken in: tokio-postgres writes the parameters of its statements there.

pub mod field;
pub mod metric;
mod one_line;
pub mod panics;

use std::fmt;
use std::io::{self, IsTerminal};

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tracing::Dispatch;
use tracing::dispatcher::{self, SetGlobalDefaultError};
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry;

use self::metric::Kind;
use self::one_line::OneLine;
use crate::config::{Log, LogFormat};

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
    Ok(handle)
}

/// A phone number as logs show it: its last two digits behind an ellipsis.
#[derive(Clone, Copy)]
pub struct LastTwo<'a>(pub &'a str);

impl fmt::Display for LastTwo<'_> {
    /// Nothing but the ellipsis where the text does not end in more than two digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ends_in_digits = self.0.bytes().rev().take_while(u8::is_ascii_digit).count() > 2;
        let shown = if ends_in_digits { &self.0[self.0.len() - 2..] } else { "" };
        write!(f, "…{shown}")
    }
}

impl fmt::Debug for LastTwo<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn dispatch<W>(log: &Log, colours: bool, writer: W) -> Dispatch
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = tracing_subscriber::fmt::layer().with_writer(OneLine { writer, colours });
    let lines = match log.format {
        LogFormat::Text => lines.with_ansi(colours).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).with_span_list(false).boxed(),
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
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// What was logged, line by line.
    fn logged(format: LogFormat, filter: &str, write: impl FnOnce()) -> String {
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
            tracing::info!({ field::CALLBACK_ID } = 7, { field::PHONE } = %LastTwo("+14155552671"), "callback scheduled");
            tracing::debug!("not this one");
        });
        let line: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(line["message"], "callback scheduled");
        assert_eq!(line["callback.id"], 7);
        assert_eq!(line["phone.last_two"], "…71");
        assert_eq!(line["level"], "INFO");
    }

    #[test]
    fn a_text_line_can_be_read_as_it_is() {
        let line = logged(LogFormat::Text, "debug", || {
            tracing::debug!({ field::SHARD } = 3, "shard taken over");
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

    #[test]
    fn of_a_number_the_last_two_digits_are_shown_and_of_anything_shorter_none() {
        for (number, shown) in [
            ("+14155552671", "…71"),
            ("123", "…23"),
            ("+12", "…"),
            ("7", "…"),
            ("", "…"),
            ("Ana", "…"),
            ("+1 41é", "…"),
        ] {
            assert_eq!(format!("{} {:?}", LastTwo(number), LastTwo(number)), format!("{shown} {shown}"));
        }
    }

    #[test]
    fn every_metric_is_rendered_with_its_name_type_and_description() {
        let recorder = prometheus().unwrap().build_recorder();
        metrics::with_local_recorder(&recorder, || {
            for metric in metric::ALL {
                metric.describe();
                match metric.kind {
                    Kind::Counter => metrics::counter!(metric.name).increment(1),
                    Kind::Gauge => metrics::gauge!(metric.name).set(1.0),
                    Kind::Histogram(_) => metrics::histogram!(metric.name).record(1.0),
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
