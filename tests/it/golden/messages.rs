//! Golden messages: one JSON object a line, bytes as text where they are UTF-8.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use schedule_callback::domain::time::Timestamp;
use schedule_callback::wire::directory_record::DirectoryTopic;
use schedule_callback::wire::record::{Incoming, Outgoing};
use serde_json::{Value, json};

/// A record as it was sent or published.
pub struct Golden {
    /// Its key.
    pub key: Option<Vec<u8>>,
    /// Its value.
    pub value: Option<Vec<u8>>,
    headers: Vec<(String, Option<Vec<u8>>)>,
    timestamp_millis: i64,
    topic: String,
}

/// All messages of a file.
pub fn read_all(path: &Path) -> Vec<Golden> {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.lines().map(|line| Golden::read(&serde_json::from_str(line).unwrap())).collect()
}

/// Writes a file of messages anew.
pub fn write_all(path: &Path, messages: &[Golden]) {
    let lines: Vec<String> = messages.iter().map(Golden::line).collect();
    fs::write(path, lines.join("\n") + "\n").unwrap();
}

impl Golden {
    fn read(message: &Value) -> Self {
        let headers = message["headers"].as_array().into_iter().flatten();
        let header = |header: &Value| (header[0].as_str().unwrap().to_owned(), bytes(&header[1]));
        Self {
            key: bytes(&message["key"]),
            value: bytes(&message["value"]),
            headers: headers.map(header).collect(),
            timestamp_millis: message["timestamp"].as_i64().unwrap_or_default(),
            topic: message["topic"].as_str().unwrap_or_default().to_owned(),
        }
    }

    /// One that was published.
    pub fn of<'a>(
        key: Option<&[u8]>,
        value: &[u8],
        headers: impl Iterator<Item = (&'a str, Option<&'a [u8]>)>,
    ) -> Self {
        let headers = headers.map(|(name, value)| (name.to_owned(), value.map(<[u8]>::to_vec))).collect();
        let (key, value) = (key.map(<[u8]>::to_vec), Some(value.to_vec()));
        Self { key, value, headers, timestamp_millis: 0, topic: String::new() }
    }

    /// A dead letter.
    pub fn of_outgoing(record: &Outgoing) -> Self {
        let Outgoing { key, value, headers } = record.clone();
        Self { key, value, headers, timestamp_millis: 0, topic: String::new() }
    }

    /// As the service gets it.
    pub fn incoming(&self) -> Incoming<'_> {
        Incoming {
            key: self.key.as_deref(),
            value: self.value.as_deref(),
            headers: self.headers.iter().map(|(name, value)| (name.as_str(), value.as_deref())).collect(),
            timestamp: Timestamp::from_millis(self.timestamp_millis),
        }
    }

    /// The directory topic that it belongs to.
    pub fn directory_topic(&self) -> DirectoryTopic {
        match self.topic.as_str() {
            "skills" => DirectoryTopic::Skills,
            "agents" => DirectoryTopic::Agents,
            "securityUsers" => DirectoryTopic::SecurityUsers,
            other => panic!("no directory topic: {other}"),
        }
    }

    /// Whether it ends in the headers of a dead letter.
    pub fn is_dead_letter(&self) -> bool {
        self.headers.last().is_some_and(|(name, _)| name == "dlq-detail")
    }

    /// The last header of that name.
    pub fn header(&self, name: &str) -> Option<String> {
        let (_, value) = self.headers.iter().rev().find(|(header, _)| header == name)?;
        Some(String::from_utf8(value.clone()?).unwrap())
    }

    /// The JSON of its value.
    pub fn data(&self) -> Value {
        serde_json::from_slice(self.value.as_deref().unwrap()).unwrap()
    }

    /// Its line in a file.
    pub fn line(&self) -> String {
        let headers: Vec<Value> =
            self.headers.iter().map(|(name, value)| json!([name, text(value.as_deref())])).collect();
        json!({"key": text(self.key.as_deref()), "headers": headers, "value": text(self.value.as_deref())}).to_string()
    }
}

fn text(bytes: Option<&[u8]>) -> Value {
    let Some(bytes) = bytes else { return Value::Null };
    match str::from_utf8(bytes) {
        Ok(text) => json!(text),
        Err(_) => json!({"base64": STANDARD.encode(bytes)}),
    }
}

fn bytes(text: &Value) -> Option<Vec<u8>> {
    match text {
        Value::Null => None,
        Value::String(text) => Some(text.clone().into_bytes()),
        encoded => Some(STANDARD.decode(encoded["base64"].as_str().unwrap()).unwrap()),
    }
}
