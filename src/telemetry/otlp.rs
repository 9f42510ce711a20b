//! The export of spans by OTLP over HTTP, protobuf: what `spans` hands out goes to OpenTelemetry's batch processor.
//!
//! HTTP rather than gRPC, and hyper (which the ops server brings anyway) rather than reqwest: nine small crates
//! instead of some forty.

mod client;

use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use opentelemetry::trace::{Link, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState};
use opentelemetry::{InstrumentationScope, Key, KeyValue};
use opentelemetry_otlp::{SpanExporter, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{BatchSpanProcessor, SpanData, SpanEvents, SpanLinks, SpanProcessor};
use tokio::runtime::Handle;

use self::client::Client;
use super::span::{Kind, Span, Value};
use crate::domain::time::Timestamp;
use crate::wire::trace::Traceparent;

/// How long the end of the process waits for the last export.
const LAST_EXPORT: Duration = Duration::from_secs(3);
/// The service's name where the environment gives none.
const SERVICE_NAME: &str = env!("CARGO_PKG_NAME");

static PROCESSOR: OnceLock<BatchSpanProcessor> = OnceLock::new();

pub(super) fn is_on() -> bool {
    PROCESSOR.get().is_some()
}

/// `OTEL_SDK_DISABLED=true` turns it off all the same, as the specification has it.
pub(super) fn start(runtime: &Handle, variable: &str) {
    let is_disabled = std::env::var("OTEL_SDK_DISABLED").is_ok_and(|value| value.eq_ignore_ascii_case("true"));
    if is_disabled {
        return;
    }
    match SpanExporter::builder().with_http().with_http_client(Client::new(runtime.clone())).build() {
        Ok(exporter) => {
            let mut processor = BatchSpanProcessor::builder(exporter).build();
            processor.set_resource(&resource());
            if PROCESSOR.set(processor).is_ok() {
                tracing::info!(variable, "spans of sampled commands are exported");
            }
        }
        Err(error) => tracing::error!(variable, %error, "no spans are exported"),
    }
}

pub(super) fn hand_out(span: Span) {
    if let Some(processor) = PROCESSOR.get() {
        processor.on_end(exported(span));
    }
}

pub(super) fn finish() {
    if let Some(processor) = PROCESSOR.get()
        && let Err(error) = processor.shutdown_with_timeout(LAST_EXPORT)
    {
        tracing::warn!(%error, "the last spans could not be exported before the end");
    }
}

fn resource() -> Resource {
    let found = Resource::builder().build();
    let is_named = found
        .get(&Key::from_static_str("service.name"))
        .is_some_and(|name| !name.as_str().starts_with("unknown_service"));
    let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
    let builder = Resource::builder().with_attribute(version);
    if is_named { builder.build() } else { builder.with_service_name(SERVICE_NAME).build() }
}

fn exported(span: Span) -> SpanData {
    let mut links = SpanLinks::default();
    links.links.extend(span.link.map(|cause| Link::new(context(cause, true), Vec::new(), 0)));
    let attribute = |(name, value)| match value {
        Value::Text(text) => KeyValue::new(name, text),
        Value::Number(number) => KeyValue::new(name, number),
    };
    SpanData {
        span_context: context(span.context, false),
        parent_span_id: span.parent.map_or(SpanId::INVALID, |id| SpanId::from_bytes(id.to_be_bytes())),
        parent_span_is_remote: matches!(span.kind, Kind::Consumer),
        span_kind: match span.kind {
            Kind::Consumer => SpanKind::Consumer,
            Kind::Internal => SpanKind::Internal,
            Kind::Producer => SpanKind::Producer,
        },
        name: span.name.into(),
        start_time: system_time(span.time.0),
        end_time: system_time(span.time.1.max(span.time.0)),
        attributes: span.attributes.into_iter().map(attribute).collect(),
        dropped_attributes_count: 0,
        events: SpanEvents::default(),
        links,
        status: Status::Unset,
        instrumentation_scope: InstrumentationScope::builder(SERVICE_NAME).build(),
    }
}

fn context(trace: Traceparent, is_remote: bool) -> SpanContext {
    SpanContext::new(
        TraceId::from_bytes(trace.trace_id.to_be_bytes()),
        SpanId::from_bytes(trace.span_id.to_be_bytes()),
        if trace.is_sampled() { TraceFlags::SAMPLED } else { TraceFlags::default() },
        is_remote,
        TraceState::default(),
    )
}

fn system_time(instant: Timestamp) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_micros(u64::try_from(instant.micros()).unwrap_or(0))
}
