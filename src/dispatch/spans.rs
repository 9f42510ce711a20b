//! The span of a due callback: a trace of its own, as its event says, linked to the command's.

use super::{Due, Settings};
use crate::domain::commitment::{Commitment, Position};
use crate::domain::timestamp::Timestamp;
use crate::domain::window::Window;
use crate::telemetry::spans::{self, Kind, Span, Value};
use crate::wire::due;
use crate::wire::trace::Traceparent;

/// Hands out the spans of what a pass has published, as far as the commands that scheduled it were sampled.
pub(super) fn fired(window: &Window<Due>, end: Position, settings: &Settings, time: (Timestamp, Timestamp)) {
    if spans::is_on() {
        for (_, commitment) in window.iter().take_while(|row| row.0 <= end) {
            if commitment.origin.trace.is_some() {
                hand_out(commitment, settings, time);
            }
        }
    }
}

fn hand_out(commitment: &Commitment, settings: &Settings, time: (Timestamp, Timestamp)) -> Option<()> {
    let command = Traceparent::parse(&commitment.origin.trace.as_ref()?.traceparent)?;
    let context = due::trace(commitment, &settings.source).filter(Traceparent::is_sampled)?;
    let late = time.1.since(commitment.terms.scheduled_for).as_millis();
    spans::hand_out(Span {
        name: "due",
        kind: Kind::Producer,
        context,
        parent: None,
        link: Some(command),
        time,
        attributes: vec![
            ("messaging.system", Value::Text("kafka".into())),
            ("messaging.operation.type", Value::Text("send".into())),
            ("messaging.destination.name", Value::Text(settings.due_topic.clone())),
            ("callback.id", Value::Text(commitment.callback_id.to_string())),
            ("callback.revision", Value::Number(commitment.revision.into())),
            ("callback.lateness_ms", Value::Number(i64::try_from(late).unwrap_or(i64::MAX))),
        ],
    });
    Some(())
}
