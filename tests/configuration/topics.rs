//! The tables of topics in docs/contract.md and docs/security.md, and the rights in config/kafka/acls.sh, made from the list
//! of topics in the code and compared with what is kept.

use std::fmt::Write as _;
use std::fs;

use regex::Regex;
use schedule_callback::config::Config;
use schedule_callback::config::topics::{Grant, Partitions, Right, Role, Topic};

use super::root;

/// The roles with what is theirs besides topics, in the order of docs/security.md.
const ROLES: [(Role, &str); 6] = [
    (Role::Service, "Read as the group `<group_id>`; Write as the transactional ids that begin with `<group_id>.`"),
    (
        Role::Growth,
        "optional, for the principal of `service`, so that it adds partitions to them itself when the command topic gets \
         more ([running.md](running.md))",
    ),
    (Role::Producer, "Read as groups that begin with its own name"),
    (Role::Router, "Read as groups that begin with its own name"),
    (Role::Directory, "(`directory load`)"),
    (
        Role::Operator,
        "Read as the group `<group_id>.redrive`, and Write as the transactional id of that name (`dead-letters`)",
    ),
];

/// The topics that this role needs this right to, with what it is for.
fn granted(role: Role, right: Right) -> impl Iterator<Item = (&'static Topic, &'static str)> {
    let grant = move |topic: &'static Topic| {
        let found = topic.grants.iter().find(|grant| (grant.role, grant.right) == (role, right));
        found.map(|Grant { only_for, .. }| (topic, *only_for))
    };
    Topic::ALL.iter().filter_map(grant)
}

/// Its name by default; empty for one that is switched off.
fn default_of(topic: &Topic) -> String {
    let config = Config::from_sources(None, []).unwrap();
    let found = config.topics.all().find(|(known, _)| known.setting == topic.setting);
    found.map(|(_, name)| name.to_string()).unwrap_or_default()
}

/// As the pages name it.
fn named(topic: &Topic) -> String {
    let default = default_of(topic);
    if default.is_empty() { format!("`topics.{}` where it is named", topic.setting) } else { format!("`{default}`") }
}

fn table_of_topics() -> String {
    let mut table = "| setting | default | direction | record key | cleanup |\n|---|---|---|---|---|\n".to_owned();
    for topic in Topic::ALL {
        let default = default_of(topic);
        let default = if default.is_empty() { "none: off".to_owned() } else { format!("`{default}`") };
        let (way, cleanup) = (topic.way.word(), topic.cleanup.policy());
        writeln!(table, "| `topics.{}` | {default} | {way} | {} | {cleanup} |", topic.setting, topic.record_key)
            .unwrap();
    }
    table
}

fn table_of_roles() -> String {
    let mut table = "| role | may |\n|---|---|\n".to_owned();
    for (role, besides) in ROLES {
        let rights = [Right::Read, Right::Write, Right::Alter].map(|right| {
            let topics: Vec<_> = granted(role, right)
                .map(|(topic, only_for)| match only_for {
                    "" => named(topic),
                    _ => format!("{} (only for {only_for})", named(topic)),
                })
                .collect();
            (right, topics)
        });
        let rights = rights.iter().filter(|(_, topics)| !topics.is_empty());
        let rights: Vec<_> = rights.map(|(right, topics)| format!("{} {}", right.word(), topics.join(", "))).collect();
        let between = if besides.starts_with('(') { " " } else { "; " };
        writeln!(table, "| `{}` | {}{between}{besides} |", role.word(), rights.join("; ")).unwrap();
    }
    table
}

/// The variable of acls.sh that has the topic's name.
fn names_in_the_script() -> String {
    let mut script = String::new();
    for topic in Topic::ALL {
        let (name, default) = (topic.setting, default_of(topic));
        let default = if default.is_empty() { "''" } else { &*default };
        writeln!(script, "{name}=$(topic {} {default})", name.to_uppercase()).unwrap();
    }
    script
}

fn rights_in_the_script(role: Role) -> String {
    let mut script = String::new();
    for right in [Right::Read, Right::Write, Right::Alter] {
        let is_common = |topic: &Topic, only_for: &str| only_for.is_empty() && !default_of(topic).is_empty();
        let common = granted(role, right).filter(|(topic, only_for)| is_common(topic, only_for));
        let mut line = format!("allow \"$@\" --operation {}", right.word());
        let empty = line.len();
        for (topic, _) in common {
            let more = format!(" --topic \"${}\"", topic.setting);
            if line.lines().last().unwrap_or_default().len() + more.len() > 110 {
                line += " \\\n       ";
            }
            line += &more;
        }
        if line.len() > empty {
            writeln!(script, "    {line}").unwrap();
        }
        for (topic, only_for) in granted(role, right).filter(|(topic, only_for)| !is_common(topic, only_for)) {
            if !only_for.is_empty() {
                writeln!(script, "    # Only for {only_for}.").unwrap();
            }
            let unless =
                if default_of(topic).is_empty() { format!("[ -z \"${}\" ] || ", topic.setting) } else { String::new() };
            let (right, name) = (right.word(), topic.setting);
            writeln!(script, "    {unless}allow \"$@\" --operation {right} --topic \"${name}\"").unwrap();
        }
    }
    script
}

/// What stands between the marks of that name.
fn part(name: &str) -> String {
    match name {
        "topics" => table_of_topics(),
        "roles" => table_of_roles(),
        "names" => names_in_the_script(),
        rights => {
            let role = rights.strip_prefix("rights of ").unwrap();
            rights_in_the_script(ROLES.into_iter().find(|(known, _)| known.word() == role).unwrap().0)
        }
    }
}

fn is_up_to_date(path: &str, parts: usize, mark: &Regex) {
    let path = root().join(path);
    let kept = fs::read_to_string(&path).unwrap();
    assert_eq!(mark.captures_iter(&kept).count(), parts, "{}", path.display());
    let written = mark.replace_all(&kept, |found: &regex::Captures<'_>| {
        format!("{}{}{}", &found["begin"], part(&found["name"]), &found["end"])
    });
    if std::env::var_os("WRITE_CONFIGURATION").is_some() {
        fs::write(&path, written.as_bytes()).unwrap();
        return;
    }
    assert!(written == kept, "{} is out of date: `make configuration` writes it anew", path.display());
}

#[test]
fn pages_and_script_say_of_the_topics_what_the_code_says() {
    let of_page =
        Regex::new(r"(?s)(?<begin><!-- from the list of topics: (?<name>[a-z]+) -->\n).*?(?<end><!-- end -->)");
    let of_page = of_page.unwrap();
    is_up_to_date("docs/contract.md", 1, &of_page);
    is_up_to_date("docs/security.md", 1, &of_page);
    let of_script = Regex::new(
        r"(?s)(?<begin> *# From the list of topics in src/config/topics.rs: (?<name>[a-z ]+)\n).*?(?<end> *# end\n)",
    );
    is_up_to_date("config/kafka/acls.sh", 1 + ROLES.len(), &of_script.unwrap());
}

#[test]
fn the_topics_of_a_shard_are_those_that_grow_with_the_commands() {
    let growing = Topic::ALL.iter().filter(|topic| topic.partitions == Partitions::AsCommands);
    let alterable = granted(Role::Growth, Right::Alter).map(|(topic, _)| topic.setting);
    assert!(growing.map(|topic| topic.setting).eq(alterable));
    // Whoever may not write a topic cannot hang a transaction on it, and whoever writes it does so in transactions.
    let written = Topic::ALL.iter().filter(|topic| topic.is_written_in_transactions).map(|topic| topic.setting);
    assert!(written.eq(granted(Role::Service, Right::Write).map(|(topic, _)| topic.setting)));
}
