//! The spans of a command: consume, from its poll to its answer; within that record and answer.
//!
//! Only for a command whose `traceparent` says sampled, and only where spans are exported: for all others nothing is
//! measured or kept.

use std::time::Duration;

use super::item::{Answer, Content, Publication, Stream};
use super::topics::Topics;
use super::traced::Traced;
use crate::clock;
use crate::domain::time::Timestamp;
use crate::telemetry::spans::{self, Kind, Span, Value};
use crate::wire::headers;
use crate::wire::trace::Traceparent;

/// Begins the spans of what was just read.
pub(super) fn begin(content: &Content) -> Option<Box<Traced>> {
    if !spans::is_on() {
        return None;
    }
    let trace = match content {
        Content::Judged { draft, .. } => draft.trace.as_ref(),
        Content::Malformed { malformed, .. } => malformed.answer.as_ref().and_then(|answer| answer.trace.as_ref()),
        Content::Time { .. } => None,
    };
    let parent = Traceparent::parse(&trace?.traceparent).filter(Traceparent::is_sampled)?;
    let received = clock::now();
    Some(Box::new(Traced { parent, received, recorded: (received, received) }))
}

/// Notes that a batch has just been recorded, and how long that took.
pub(super) fn recorded(answers: &mut [Answer], took: Duration) {
    if spans::is_on() {
        let until = clock::now();
        let from = until.minus(took);
        for traced in answers.iter_mut().filter_map(|answer| answer.traced.as_mut()) {
            traced.recorded = (from, until);
        }
    }
}

/// Hands out the spans of what has just been answered, in a transaction that took so long.
pub(super) fn answered(answers: &[Answer], topics: &Topics, took: Duration) {
    if spans::is_on() {
        let until = clock::now();
        let from = until.minus(took);
        for answer in answers {
            if let Some(traced) = &answer.traced {
                traced.hand_out(answer, topics, (from, until));
            }
        }
    }
}

impl Traced {
    fn hand_out(&self, answer: &Answer, topics: &Topics, answered: (Timestamp, Timestamp)) {
        let place = &answer.place;
        let (partition, offset) = (place.owned.shard.partition(), place.offset);
        let topic = match place.stream {
            Stream::Commands => &topics.commands_topic,
            Stream::Amendments => &topics.amendments_topic,
        };
        let here = format!("{topic}/{partition}/{offset}");
        let consume = self.parent.child(&format!("consume {here}"));
        spans::hand_out(Span {
            name: "consume",
            kind: Kind::Consumer,
            context: consume,
            parent: Some(self.parent.span_id),
            link: None,
            time: (self.received, answered.1),
            attributes: vec![
                ("messaging.system", Value::Text("kafka".into())),
                ("messaging.operation.type", Value::Text("process".into())),
                ("messaging.destination.name", Value::Text(topic.clone())),
                ("messaging.destination.partition.id", Value::Text(partition.to_string())),
                ("messaging.kafka.offset", Value::Number(offset)),
            ],
        });
        spans::hand_out(Span {
            name: "record",
            kind: Kind::Internal,
            context: self.parent.child(&format!("record {here}")),
            parent: Some(consume.span_id),
            link: None,
            time: self.recorded,
            attributes: Vec::new(),
        });
        for publication in &answer.publications {
            let (topic, context, callback_id) = match publication {
                Publication::Result { headers, .. } => {
                    let header = |wanted| {
                        let found = headers.iter().find(|(name, _)| *name == wanted);
                        found.and_then(|(_, value)| str::from_utf8(value).ok())
                    };
                    // The span that the result's reader continues.
                    let context = header(headers::TRACEPARENT).and_then(Traceparent::parse);
                    (&topics.results_topic, context, header(headers::SUBJECT))
                }
                Publication::State(_) => continue,
                Publication::DeadLetter(_) => (&topics.dead_letters_topic, None, None),
                Publication::Forward { .. } => (&topics.amendments_topic, None, None),
            };
            let mut attributes = vec![
                ("messaging.system", Value::Text("kafka".into())),
                ("messaging.operation.type", Value::Text("send".into())),
                ("messaging.destination.name", Value::Text(topic.clone())),
            ];
            attributes.extend(callback_id.map(|id| ("callback.id", Value::Text(id.to_owned()))));
            spans::hand_out(Span {
                name: "answer",
                kind: Kind::Producer,
                context: context.unwrap_or_else(|| self.parent.child(&format!("answer {topic} {here}"))),
                parent: Some(consume.span_id),
                link: None,
                time: answered,
                attributes,
            });
        }
    }
}
