//! A command as a script would send it, in any of the three envelopes (docs/contract.md#envelopes).

use schedule_callback::domain::time::Timestamp;
use serde_json::{Map, Value, json};

use crate::rig::Message;

/// The CloudEvents source of all these commands.
pub const SOURCE: &str = "/studio";

/// Stands for half a surrogate pair, which no Rust text can hold: a character for private use, replaced as it is sent.
pub const HALF_A_PAIR: char = '\u{f8ff}';

/// The three ways in which a command may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Attributes in `ce_` headers.
    Binary,
    /// Attributes beside `data`.
    Structured,
    /// Attributes among the fields, no header at all.
    Plain,
}

impl Form {
    pub const ALL: [Self; 3] = [Self::Binary, Self::Structured, Self::Plain];
}

/// A command.
#[derive(Clone, Debug)]
pub struct Command {
    pub id: String,
    /// `None` leaves the attribute out: the tenant `default`.
    pub tenant: Option<&'static str>,
    /// `None` leaves the attribute out, which no command may.
    pub kind: Option<&'static str>,
    pub issued_at: Option<Timestamp>,
    pub correlation_id: Option<String>,
    pub traceparent: Option<String>,
    pub payload: Value,
}

impl Command {
    pub fn new(id: impl Into<String>, kind: &'static str, payload: Value) -> Self {
        Self {
            id: id.into(),
            tenant: None,
            kind: Some(kind),
            issued_at: None,
            correlation_id: None,
            traceparent: None,
            payload,
        }
    }

    pub fn schedule(id: impl Into<String>, payload: Value) -> Self {
        Self::new(id, "callback.schedule.v1", payload)
    }

    pub fn cancel(id: impl Into<String>, payload: Value) -> Self {
        Self::new(id, "callback.cancel.v1", payload)
    }

    pub fn reschedule(id: impl Into<String>, payload: Value) -> Self {
        Self::new(id, "callback.reschedule.v1", payload)
    }

    #[must_use]
    pub fn of_tenant(self, tenant: Option<&'static str>) -> Self {
        Self { tenant, ..self }
    }

    #[must_use]
    pub fn issued_at(self, issued_at: Option<Timestamp>) -> Self {
        Self { issued_at, ..self }
    }

    /// The record of this command.
    pub fn message(&self, form: Form, key: &str) -> Message {
        let message = match form {
            Form::Binary => self.binary(key),
            Form::Structured => self.structured(key),
            Form::Plain => self.plain(key),
        };
        let sent = |value| String::from_utf8(value).unwrap().replace(HALF_A_PAIR, r"\ud83d").into_bytes();
        Message { value: message.value.map(sent), ..message }
    }

    fn binary(&self, key: &str) -> Message {
        let message = Message::new(key, self.payload.to_string())
            .header("content-type", "application/json")
            .header("ce_specversion", "1.0");
        let attributes = self.attributes(["id", "source", "type", "time", "tenantid", "correlationid"]);
        attributes.into_iter().chain(self.trace()).fold(message, |message, (name, value)| {
            let name = if name == "traceparent" { name } else { format!("ce_{name}") };
            message.header(&name, value)
        })
    }

    fn structured(&self, key: &str) -> Message {
        let mut event = Map::from_iter([("specversion".to_owned(), json!("1.0"))]);
        let attributes = self.attributes(["id", "source", "type", "time", "tenantid", "correlationid"]);
        event.extend(attributes.into_iter().chain(self.trace()).map(|(name, value)| (name, Value::from(value))));
        event.insert("data".to_owned(), self.payload.clone());
        Message::new(key, Value::Object(event).to_string())
            .header("content-type", "Application/CloudEvents+JSON; charset=UTF-8")
    }

    fn plain(&self, key: &str) -> Message {
        let mut object = self.payload.as_object().cloned().unwrap_or_default();
        let attributes = self.attributes(["commandId", "source", "type", "issuedAt", "tenantId", "correlationId"]);
        object.extend(attributes.into_iter().map(|(name, value)| (name, Value::from(value))));
        let message = Message::new(key, Value::Object(object).to_string());
        self.trace().into_iter().fold(message, |message, (name, value)| message.header(&name, value))
    }

    /// The attributes that are there, under these names.
    fn attributes(&self, names: [&str; 6]) -> Vec<(String, String)> {
        let values = [
            Some(self.id.clone()),
            Some(SOURCE.to_owned()),
            self.kind.map(str::to_owned),
            self.issued_at.map(|time| time.to_string()),
            self.tenant.map(str::to_owned),
            self.correlation_id.clone(),
        ];
        names.into_iter().zip(values).filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    }

    fn trace(&self) -> Option<(String, String)> {
        self.traceparent.clone().map(|traceparent| ("traceparent".to_owned(), traceparent))
    }
}

/// The payload with these members in place of its own.
pub fn with(mut payload: Value, members: Value) -> Value {
    if let (Value::Object(payload), Value::Object(members)) = (&mut payload, members) {
        payload.extend(members);
    }
    payload
}
