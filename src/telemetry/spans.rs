//! Spans, where they are exported: a build with the feature `otlp`, and an endpoint in the environment.
//!
//! The endpoint is the standard `OTEL_EXPORTER_OTLP_ENDPOINT`, not a setting of ours: agents and operators of
//! OpenTelemetry set it, and headers, timeouts, queue sizes and resource attributes beside it, for every program alike.

use std::ffi::OsStr;

use tokio::runtime::Handle;

pub use super::span::{Kind, Span, Value};

/// Variables of the OpenTelemetry specification ("OpenTelemetry Protocol Exporter") that turn the export on.
pub const ENDPOINT_VARIABLES: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];

/// Keeps the export going; `finish` sends what is left.
#[derive(Debug)]
pub struct Exporting(());

/// Whether spans are exported. Ask before anything is done for one; without the feature it is never so, and what
/// depends on it is compiled away.
#[cfg(feature = "otlp")]
pub fn is_on() -> bool {
    super::otlp::is_on()
}

/// Whether spans are exported: not in this build.
#[cfg(not(feature = "otlp"))]
pub const fn is_on() -> bool {
    false
}

/// Takes a span that has ended, to be exported with others; waits for nothing, and drops it where too many wait.
pub fn hand_out(span: Span) {
    #[cfg(feature = "otlp")]
    super::otlp::hand_out(span);
    #[cfg(not(feature = "otlp"))]
    drop(span);
}

/// Begins the export where the environment names an endpoint; says so in the log. `runtime` drives the connection.
#[cfg_attr(not(feature = "otlp"), expect(unused_variables, reason = "only the export needs the runtime"))]
pub fn start(runtime: &Handle) -> Exporting {
    let is_set = |name: &&str| std::env::var_os(name).is_some_and(|value| value != OsStr::new(""));
    if let Some(variable) = ENDPOINT_VARIABLES.iter().find(|name| is_set(name)) {
        #[cfg(feature = "otlp")]
        super::otlp::start(runtime, variable);
        #[cfg(not(feature = "otlp"))]
        tracing::warn!(variable, "no spans are exported: this build is without the feature `otlp`");
    }
    Exporting(())
}

impl Exporting {
    /// Sends what is left, for some seconds at most.
    pub fn finish(self) {
        #[cfg(feature = "otlp")]
        super::otlp::finish();
    }
}
