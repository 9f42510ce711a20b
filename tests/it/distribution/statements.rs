//! The statements that a server has logged, with their plans, and those that stand in the source.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

/// What was logged of some sessions.
pub struct Seen {
    /// As they were sent, with single spaces.
    texts: Vec<String>,
    plans: Vec<Planned>,
}

/// A statement that was carried out, and how.
pub struct Planned {
    /// With single spaces.
    pub text: String,
    /// As `explain (format json)` has it.
    pub plan: Value,
}

impl Seen {
    /// What a server has logged with `log_line_prefix = '%a|'`, of the sessions with these names.
    pub fn read(log: &str, sessions: &[&str]) -> Self {
        let mut seen = Self { texts: Vec::new(), plans: Vec::new() };
        // The further lines of an entry begin with a tab.
        for entry in log.replace("\n\t", "\u{1}").lines() {
            let Some((session, said)) = entry.split_once("|LOG:  ") else { continue };
            if !sessions.contains(&session) {
                continue;
            }
            let said = said.replace('\u{1}', "\n");
            if let Some((_, plan)) = said.strip_prefix("duration: ").and_then(|rest| rest.split_once("plan:\n")) {
                let plan: Value = serde_json::from_str(plan).unwrap_or_else(|error| panic!("{error}: {plan}"));
                seen.plans.push(Planned { text: single_spaced(plan["Query Text"].as_str().unwrap()), plan });
            } else {
                seen.texts.push(single_spaced(&said));
            }
        }
        seen
    }

    /// Those that read rows of the table.
    pub fn scanning(&self, table: &str) -> Vec<&Planned> {
        self.plans.iter().filter(|planned| !scans(&planned.plan, table).is_empty()).collect()
    }

    /// Different statements that were sent and have this in them.
    pub fn texts_with(&self, part: &str) -> impl Iterator<Item = &str> {
        let sent: BTreeSet<&str> = self
            .texts
            .iter()
            .filter_map(|text| text.split_once(": ").map(|(_, text)| text))
            .filter(|text| text.contains(part))
            .collect();
        sent.into_iter()
    }
}

impl Planned {
    /// Whether each look at the table is bound to a value of that column.
    pub fn names(&self, table: &str, column: &str) -> bool {
        Looks { table, column }.are_bound(&self.plan, false)
    }
}

/// The nodes of a plan that read rows of the table or of its months or weeks, which are called `command_…` of `decision`.
fn scans<'a>(plan: &'a Value, table: &str) -> Vec<&'a Value> {
    match plan {
        Value::Array(nodes) => nodes.iter().flat_map(|node| scans(node, table)).collect(),
        Value::Object(members) => {
            let below = members.values().flat_map(|node| scans(node, table));
            is_scan(plan, table).then_some(plan).into_iter().chain(below).collect()
        }
        _ => Vec::new(),
    }
}

fn is_scan(node: &Value, table: &str) -> bool {
    let leaf = if table == "decision" { "command_2" } else { "callback_2" };
    let is_of = |name: &str| name == table || name.starts_with(leaf);
    // The node of a change names its table, too, and reads nothing.
    node["Relation Name"].as_str().is_some_and(is_of)
        && node["Node Type"].as_str().is_some_and(|kind| kind != "ModifyTable")
}

/// What is looked for in a plan.
struct Looks<'a> {
    table: &'a str,
    column: &'a str,
}

impl Looks<'_> {
    /// Whether each node that reads the table compares the column, by itself or where it is joined with what a function
    /// lists: `unnest` of a parameter.
    fn are_bound(&self, plan: &Value, by_join: bool) -> bool {
        match plan {
            Value::Array(nodes) => nodes.iter().all(|node| self.are_bound(node, by_join)),
            Value::Object(members) => {
                let compares = members.iter().any(|(name, condition)| {
                    (name.ends_with("Cond") || name.ends_with("Filter"))
                        && condition.as_str().is_some_and(|condition| self.is_compared(condition))
                });
                if is_scan(plan, self.table) && !compares && !by_join {
                    return false;
                }
                let by_join = by_join || compares && joins_what_a_function_lists(plan);
                members.values().all(|node| self.are_bound(node, by_join))
            }
            _ => true,
        }
    }

    fn is_compared(&self, condition: &str) -> bool {
        let compared = format!("{} = ", self.column);
        let turned = ["", "c.", "callback."].map(|of| format!("= {of}{})", self.column));
        condition.match_indices(&compared).any(|(at, _)| condition[..at].ends_with(['(', '.']))
            || turned.iter().any(|turned| condition.contains(turned))
    }
}

fn joins_what_a_function_lists(node: &Value) -> bool {
    let inputs = node["Plans"].as_array().into_iter().flatten();
    let is_list = |input: &Value| {
        input["Node Type"] == "Function Scan"
            || input["Node Type"] == "Hash" && input["Plans"][0]["Node Type"] == "Function Scan"
    };
    inputs.into_iter().any(is_list)
}

/// What stands in the source of statements on the two tables: of each, from the table's name to the end of the line, or to
/// what is filled in.
pub fn in_the_source() -> Vec<String> {
    let mut found = BTreeSet::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(path).unwrap();
                let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
                found.extend(lines.flat_map(of_line));
            }
        }
    }
    found.into_iter().collect()
}

fn of_line(line: &str) -> Vec<String> {
    let words = ["from", "join", "update", "copy", "into"];
    let tables = ["callback", "decision", "command"];
    let starts = words.iter().flat_map(|word| tables.map(|table| format!("{word} {table} ")));
    // So that a table is found at the end of a line, too.
    let line = format!("{line} ");
    let statements = starts.filter_map(|start| {
        let at = line.find(&start).or_else(|| line.find(&format!("{}\"", start.trim_end())))?;
        let statement = line[at..].split(['"', '{', '\\']).next()?;
        Some(single_spaced(statement).trim_end_matches('(').trim().to_owned())
    });
    statements.collect()
}

fn single_spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
