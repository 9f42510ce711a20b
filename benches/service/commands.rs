//! Commands as they come in real life: numbers from all over the world as people write them, dates in several forms,
//! and one in five that is refused, for several reasons.

use schedule_callback::domain::time::Timestamp;
use serde_json::{Value, json};

/// Active skills, 4700 and on.
pub const SKILLS: i64 = 20;
/// As many whose callbacks are tracked.
const FIRST_TRACKED: i64 = 4800;
/// Active agents and their security users, 1000 and on.
pub const AGENTS: i64 = 50;
/// One in so many commands is refused.
const REFUSED: u64 = 5;
const DAY: i64 = 86_400_000_000;

/// What a command is made of.
pub struct Commands {
    numbers: Vec<String>,
    /// Makes their ids different from those of other commands.
    prefix: String,
    issued_at: Timestamp,
}

/// A command in binary mode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandRecord {
    /// The contact.
    pub key: String,
    /// The payload.
    pub value: String,
    /// Header names and values.
    pub headers: [(&'static str, String); 7],
}

impl Commands {
    /// Commands issued at that instant, their ids beginning with the prefix.
    pub fn new(prefix: &str, issued_at: Timestamp) -> Self {
        Self { numbers: numbers(), prefix: prefix.to_owned(), issued_at }
    }

    /// The nth command; its id ends with `-<n>`.
    pub fn nth(&self, n: u64) -> CommandRecord {
        let number = i64::try_from(n).unwrap_or(i64::MAX);
        let index = usize::try_from(n).unwrap_or(usize::MAX);
        let agent = 1000 + number % AGENTS;
        let mut payload = json!({
            "caption": format!("Call back about invoice {n}"),
            "scriptType": "Phone",
            "securityUser": format!("su-{agent}"),
            "firstName": "Ana", "lastName": "García",
            "phoneNumber": self.numbers[index % self.numbers.len()],
            "skillId": (4700 + number % SKILLS).to_string(),
            "targetAgentId": if n.is_multiple_of(4) { agent.to_string() } else { String::new() },
            "scheduleDate": self.date(number),
            "timeZone": "Europe/Madrid",
            "notes": "asked to be called about an invoice, prefers Spanish, has called twice before",
            "definedBranches": ["Success", "InvalidScheduleDate", "InvalidPhoneNumber", "Default"]
        });
        if n.is_multiple_of(REFUSED) {
            spoil(&mut payload, n / REFUSED);
        }
        let headers = self.headers(n, "schedule");
        CommandRecord { key: format!("contact-{n}"), value: payload.to_string(), headers }
    }

    /// The nth report, of that presentation of that callback; its id ends with `-<n>`. What is reported goes round: the
    /// person was reached, nobody answered, somebody has taken the call on.
    pub fn report(&self, n: u64, callback_id: i64, attempt: i32) -> CommandRecord {
        let outcome = ["connected", "noAnswer", "accepted"][usize::try_from(n % 3).unwrap_or_default()];
        let agent = 1000 + callback_id % AGENTS;
        let payload = json!({
            "securityUser": format!("su-{agent}"), "callbackId": callback_id, "attempt": attempt, "outcome": outcome,
            "agentId": agent.to_string(), "occurredAt": self.issued_at.to_string()
        });
        CommandRecord { key: format!("contact-{n}"), value: payload.to_string(), headers: self.headers(n, "report") }
    }

    fn headers(&self, n: u64, kind: &str) -> [(&'static str, String); 7] {
        [
            ("ce_specversion", "1.0".to_owned()),
            ("ce_id", format!("{}-{n}", self.prefix)),
            ("ce_source", "/bench".to_owned()),
            ("ce_type", format!("callback.{kind}.v1")),
            ("ce_time", self.issued_at.to_string()),
            ("ce_correlationid", format!("contact-{n}")),
            ("content-type", "application/json".to_owned()),
        ]
    }

    /// Between 2 and 300 days ahead, in office hours, in four forms of ISO 8601.
    fn date(&self, n: i64) -> String {
        let day = self.issued_at.plus_micros((2 + n % 299) * DAY).to_string();
        let (date, hour, minute) = (&day[..10], 9 + n % 8, n % 60);
        match n % 4 {
            0 => format!("{date}T{hour:02}:{minute:02}:00Z"),
            1 => format!("{date}T{hour:02}:{minute:02}:30+02:00"),
            2 => format!("{}T{hour:02}{minute:02}Z", date.replace('-', "")),
            _ => format!("{date}T{hour:02}:{minute:02}"),
        }
    }
}

/// Makes a command one that is refused.
fn spoil(payload: &mut Value, which: u64) {
    let (field, value) = match which % 6 {
        0 => ("skillId", "999999"),
        1 => ("phoneNumber", "+49 30"),
        2 => ("scheduleDate", "2020-01-01T00:00:00Z"),
        3 => ("securityUser", "nobody"),
        4 => ("scheduleDate", "tomorrow at noon"),
        _ => ("targetAgentId", "999999"),
    };
    payload[field] = value.into();
}

/// The numbers with `+` that are accepted, of the cases judged by libphonenumber.
fn numbers() -> Vec<String> {
    const CASES: &str = include_str!("../../tests/cases/phone.tsv");
    let rows = CASES.lines().skip(1).map(|line| line.split('\t').collect::<Vec<_>>());
    rows.filter(|row| row[0].starts_with('+') && row[2] == "accept").map(|row| row[0].to_owned()).collect()
}

/// A directory that the commands fit, as `directory load` reads it.
pub fn directory() -> Value {
    let id = |n: i64| n.to_string();
    let skills = (0..SKILLS).map(|n| {
        json!({"skillId": id(4700 + n), "name": "Sales", "active": true, "mediaType": "phone", "direction": "outbound"})
    });
    let tracked = (0..SKILLS).map(|n| {
        json!({"skillId": id(FIRST_TRACKED + n), "name": "Service", "active": true, "mediaType": "phone",
            "direction": "outbound", "lifecycle": {}})
    });
    let agents = (0..AGENTS).map(|n| {
        let skills = [n % SKILLS, (n + 7) % SKILLS].map(|skill| id(4700 + skill));
        json!({"agentId": id(1000 + n), "userName": format!("agent.{n}"), "active": true, "skills": skills})
    });
    let users = (0..AGENTS).map(|n| {
        let name = format!("su-{}", 1000 + n);
        let permissions = ["commitments:create", "commitments:report"];
        json!({"securityUser": name, "agentId": id(1000 + n), "active": true, "permissions": permissions})
    });
    json!({
        "skills": skills.chain(tracked).collect::<Vec<_>>(), "agents": agents.collect::<Vec<_>>(),
        "securityUsers": users.collect::<Vec<_>>()
    })
}
