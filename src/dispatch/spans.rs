//! The span of a due callback: a trace of its own, as its event says, linked to the command's.

use super::Settings;
use super::timed::Timed;
use crate::domain::commitment::Position;
use crate::domain::time::Timestamp;
use crate::telemetry::spans::{self, Kind, Span, Value};
use crate::wire::due::DueEvent;

/// Hands out the spans of what a pass has published, as far as the commands that scheduled it were sampled.
pub(super) fn fired<'a>(
    rows: impl Iterator<Item = (Position, &'a Timed)>,
    settings: &Settings,
    time: (Timestamp, Timestamp),
) {
    if spans::is_on() {
        for event in rows.filter_map(|(_, timed)| timed.due.as_ref()) {
            hand_out(event, settings, time);
        }
    }
}

fn hand_out(event: &DueEvent, settings: &Settings, time: (Timestamp, Timestamp)) -> Option<()> {
    let [context, command] = event.traces().filter(|[own, _]| own.is_sampled())?;
    let late = time.1.since(event.wanted_at()).as_millis();
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
            ("callback.id", Value::Text(event.callback_id().to_owned())),
            ("callback.revision", Value::Number(event.revision().into())),
            ("callback.lateness_ms", Value::Number(i64::try_from(late).unwrap_or(i64::MAX))),
        ],
    });
    Some(())
}
