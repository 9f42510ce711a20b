//! A directory in one file, for `check --directory` and `directory load` (docs/contract.md#the-program).

use std::collections::HashMap;

use serde_json::value::RawValue;
use serde_json::{Map, Value};
use thiserror::Error;

use super::directory_record::{DirectoryTopic, UnreadableRecord};
use crate::domain::directory::{DirectoryChange, DirectoryRecord};
use crate::domain::ids::Tenant;

/// One record of a directory file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRecord {
    /// The topic it belongs to.
    pub topic: DirectoryTopic,
    /// The key it has there.
    pub key: String,
    /// The value it has there: the object of the file without `tenantId`.
    pub value: String,
    /// What it says.
    pub record: DirectoryRecord,
}

/// A directory file that cannot be used; nothing of it is.
#[derive(Debug, Error)]
pub enum UnreadableFile {
    /// It is not an object of lists of objects.
    #[error("the directory is not JSON with the lists skills, agents and securityUsers")]
    Shape(#[source] serde_json::Error),
    /// One of its records is wrong.
    #[error("record {number} of {list} cannot be read")]
    Record {
        /// The list it stands in.
        list: &'static str,
        /// Its place there, from 1.
        number: usize,
        /// What is wrong.
        source: UnreadableRecord,
    },
}

/// Reads `{"skills":[…],"agents":[…],"securityUsers":[…]}`; a list that is missing is empty. Each record may have a
/// `tenantId`, else it is the default tenant's.
///
/// One record at a time is taken apart, since as values all of them need many times the file's memory.
///
/// # Errors
/// `UnreadableFile`: unlike on the topics, one record that cannot be read is a fault of the whole.
pub fn read(file: &[u8]) -> Result<Vec<FileRecord>, UnreadableFile> {
    let lists = serde_json::from_slice::<HashMap<String, &RawValue>>(file).map_err(UnreadableFile::Shape)?;
    let mut records = Vec::new();
    for (list, topic) in LISTS {
        let Some(objects) = lists.get(list) else { continue };
        let objects: Vec<&RawValue> = serde_json::from_str(objects.get()).map_err(UnreadableFile::Shape)?;
        for (index, object) in objects.into_iter().enumerate() {
            let object = serde_json::from_str(object.get()).map_err(UnreadableFile::Shape)?;
            let wrong = |source| UnreadableFile::Record { list, number: index + 1, source };
            records.push(record(topic, object).map_err(wrong)?);
        }
    }
    Ok(records)
}

/// The lists of a file.
const LISTS: [(&str, DirectoryTopic); 3] = [
    ("skills", DirectoryTopic::Skills),
    ("agents", DirectoryTopic::Agents),
    ("securityUsers", DirectoryTopic::SecurityUsers),
];

fn record(topic: DirectoryTopic, mut object: Map<String, Value>) -> Result<FileRecord, UnreadableRecord> {
    let tenant = match object.shift_remove("tenantId") {
        None | Some(Value::Null) => Tenant::default(),
        Some(Value::String(tenant)) => Tenant::parse(&tenant).map_err(|_| UnreadableRecord::Field("tenantId"))?,
        Some(_) => return Err(UnreadableRecord::Field("tenantId")),
    };
    let id = match object.get(topic.id_field()) {
        Some(Value::String(id)) => id.clone(),
        Some(Value::Number(id)) => id.to_string(),
        _ => return Err(UnreadableRecord::Field(topic.id_field())),
    };
    let (key, value) = (format!("{tenant}/{id}"), Value::Object(object).to_string());
    match topic.read(Some(key.as_bytes()), Some(value.as_bytes()))? {
        DirectoryChange::Put(record) => Ok(FileRecord { topic, key, value, record }),
        DirectoryChange::Gone(_) => Err(UnreadableRecord::Field(topic.id_field())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_get_the_key_and_value_that_they_have_on_their_topics() {
        let file = r#"{"securityUsers":[{"tenantId":"acme","securityUser":"su-1","agentId":1234,"active":true,
            "permissions":[]}],"$comment":1,
            "skills":[{"skillId":4711,"name":"Sales","active":true,"mediaType":"phone","direction":"outbound"}]}"#;
        let records = read(file.as_bytes()).unwrap();
        let shown: Vec<_> =
            records.iter().map(|record| (record.topic, record.key.as_str(), record.value.as_str())).collect();
        let skill = r#"{"skillId":4711,"name":"Sales","active":true,"mediaType":"phone","direction":"outbound"}"#;
        let user = r#"{"securityUser":"su-1","agentId":1234,"active":true,"permissions":[]}"#;
        let expected =
            [(DirectoryTopic::Skills, "default/4711", skill), (DirectoryTopic::SecurityUsers, "acme/su-1", user)];
        assert_eq!(shown, expected);
        for record in records {
            let read = record.topic.read(Some(record.key.as_bytes()), Some(record.value.as_bytes()));
            assert_eq!(read, Ok(DirectoryChange::Put(record.record)));
        }
    }

    #[test]
    fn a_record_that_cannot_be_read_is_named_by_its_place() {
        let agent = r#"{"agentId":"1","active":true,"skills":[]}"#;
        for wrong in [r"{}", r#"{"agentId":"01","active":true,"skills":[]}"#, r#"{"tenantId":"!","agentId":"1"}"#] {
            let file = format!(r#"{{"agents":[{agent},{wrong}]}}"#);
            assert_eq!(read(file.as_bytes()).unwrap_err().to_string(), "record 2 of agents cannot be read");
        }
        for wrong in ["", "[]", r#"{"agents":{}}"#, r#"{"agents":null}"#, r#"{"agents":[1]}"#, r#"{"agents":[]} x"#] {
            assert!(matches!(read(wrong.as_bytes()), Err(UnreadableFile::Shape(_))), "{wrong}");
        }
    }
}
