//! docs/configuration.md, made from the comments of config/service.toml and compared with what is kept; and
//! `run --check-config` as a person runs it.
//!
//! `make configuration` writes the page anew: it sets `WRITE_CONFIGURATION`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its functions too")]

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use schedule_callback::config::{Config, ConfigError};

#[path = "configuration/topics.rs"]
mod topics;

const HEAD: &str = "# Settings

After this page you can write a settings file: each setting is here with its type, unit, default, range and variable.

Made from [config/service.toml](../config/service.toml) by `make configuration`; change it there.

The defaults are compiled into the program. A TOML file given with `--config` needs only what differs, and an
environment variable wins over both. A key that is not listed here is an error, and so is a value outside its range:
`run` ends with status 64 and names file, line and key, or the variable. `run --check-config` does no more than that,
and prints the settings in force, without secrets.

A duration is a text of a whole number and a unit: `\"500ms\"`, `\"10s\"`, `\"5m\"`, `\"12h\"`, `\"7d\"`; at most
`\"36500d\"`.

Where spans go is no setting of this service: a build with the feature `otlp` sends them to the collector that
OpenTelemetry's own variable names, `OTEL_EXPORTER_OTLP_ENDPOINT`, by `http://` or `https://`. Over `https://` the
collector's certificate and host name are verified, against the system's authorities or those in the file that
`SSL_CERT_FILE` names; `OTEL_EXPORTER_OTLP_CERTIFICATE` and client certificates are not looked at. More:
[operations.md](operations.md#traces).

";

/// A part of the file.
#[derive(Debug)]
enum Part {
    /// A table and what is said of it.
    Section { name: String, comment: String },
    /// A setting, with what is said of it.
    Key { section: String, name: String, default: String, comment: String, line: usize },
    /// Examples in a table whose keys are free.
    Example(String),
}

/// A setting as the page tells it.
struct Row {
    section: String,
    name: String,
    kind: &'static str,
    unit: String,
    default: String,
    takes: String,
    meaning: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The file's parts in their order. A comment belongs to what follows it at once; the one at its head to nothing.
fn parts(text: &str) -> Vec<Part> {
    let (mut parts, mut comment, mut section) = (Vec::new(), Vec::new(), String::new());
    for (line, number) in text.lines().zip(1..) {
        if let Some(said) = line.strip_prefix('#') {
            comment.push(said.strip_prefix(' ').unwrap_or(said));
        } else if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']').into();
            parts.push(Part::Section { name: section.clone(), comment: comment.join(" ") });
            comment.clear();
        } else if let Some((name, default)) = line.split_once(" = ") {
            let (section, name, default) = (section.clone(), name.to_owned(), default.to_owned());
            parts.push(Part::Key { section, name, default, comment: comment.join(" "), line: number });
            comment.clear();
        } else {
            assert!(line.is_empty(), "config/service.toml:{number}: {line}");
            if !comment.is_empty() && !section.is_empty() {
                parts.push(Part::Example(comment.join("\n")));
            }
            comment.clear();
        }
    }
    parts
}

/// The last sentence says what the key takes, and the rest what it means.
fn row(part: &Part) -> Option<Row> {
    let Part::Key { section, name, default, comment, line } = part else { return None };
    let place = format!("config/service.toml:{line}: {section}.{name}");
    let (meaning, takes) = comment.rsplit_once(". ").unwrap_or_else(|| panic!("{place} does not say what it takes"));
    let takes = takes.strip_suffix('.').unwrap_or_else(|| panic!("{place} does not end in a sentence"));
    let (kind, unit, takes) = if let Some(rest) = takes.strip_prefix("Duration") {
        ("duration", "ms, s, m, h, d".to_owned(), rest.trim_start_matches(", ").to_owned())
    } else if default.parse::<i64>().is_ok() {
        let (unit, range) = takes.split_once(", ").unwrap_or_else(|| panic!("{place} has a range without a unit"));
        ("whole number", unit.to_lowercase(), range.to_owned())
    } else if default == "true" || default == "false" {
        ("truth", "–".to_owned(), takes.to_owned())
    } else {
        let kind = if takes.starts_with("A path") { "path" } else { "text" };
        (kind, "–".to_owned(), takes.to_owned())
    };
    let (section, name, default) = (section.clone(), name.clone(), default.clone());
    Some(Row { section, name, kind, unit, default, takes, meaning: format!("{meaning}.") })
}

fn variable(row: &Row) -> String {
    format!("SCHEDULE_CALLBACK__{}__{}", row.section, row.name).to_uppercase()
}

fn page(text: &str) -> String {
    let mut page = HEAD.to_owned();
    let mut in_table = false;
    for part in parts(text) {
        match &part {
            Part::Section { name, comment } => {
                if in_table {
                    page.push('\n');
                }
                in_table = false;
                writeln!(page, "## `[{name}]`\n").unwrap();
                if !comment.is_empty() {
                    writeln!(page, "{}\n", escaped(comment)).unwrap();
                }
            }
            Part::Key { .. } => {
                let row = row(&part).unwrap();
                if !in_table {
                    page.push_str("| key | type | unit | default | range | meaning | variable |\n");
                    page.push_str("|---|---|---|---|---|---|---|\n");
                }
                in_table = true;
                let takes = if row.takes.is_empty() { "any".to_owned() } else { escaped(&row.takes) };
                writeln!(
                    page,
                    "| `{}` | {} | {} | `{}` | {takes} | {} | `{}` |",
                    row.name,
                    row.kind,
                    row.unit,
                    row.default,
                    escaped(&row.meaning),
                    variable(&row)
                )
                .unwrap();
            }
            Part::Example(text) => {
                writeln!(page, "In a file only, for instance\n\n```toml\n{text}\n```\n").unwrap();
            }
        }
    }
    page
}

/// For Markdown outside and inside of tables.
fn escaped(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;").replace('*', "\\*").replace("__", "\\_\\_")
}

fn rows() -> Vec<Row> {
    parts(&fs::read_to_string(root().join("config/service.toml")).unwrap()).iter().filter_map(row).collect()
}

/// What the program makes of one setting.
fn set(row: &Row, value: &str) -> Result<Config, ConfigError> {
    let file = format!("[{}]\n{} = {value}\n", row.section, row.name);
    Config::from_sources(Some(("my.toml", &file)), [])
}

#[test]
fn the_page_is_what_the_file_says() {
    let page = page(&fs::read_to_string(root().join("config/service.toml")).unwrap());
    let kept = root().join("docs/configuration.md");
    if std::env::var_os("WRITE_CONFIGURATION").is_some() {
        fs::write(&kept, &page).unwrap();
    }
    let kept = fs::read_to_string(&kept).unwrap();
    assert!(kept == page, "docs/configuration.md is out of date: `make configuration` writes it anew");
    for row in rows() {
        assert!(page.contains(&format!("`{}`", variable(&row))), "{} is not on the page", row.name);
    }
}

#[test]
fn every_setting_takes_its_own_default_from_the_file_and_from_its_variable() {
    for row in rows() {
        let defaults = Config::from_sources(None, []).unwrap();
        assert_eq!(set(&row, &row.default).unwrap(), defaults, "{}.{}", row.section, row.name);
        let value = row.default.trim_matches('"');
        let environment = [(OsString::from(variable(&row)), OsString::from(value))];
        assert_eq!(Config::from_sources(None, environment).unwrap(), defaults, "{}", variable(&row));
    }
}

#[test]
fn the_ranges_are_the_programs() {
    let (mut numbers, mut durations) = (0, 0);
    for row in rows() {
        let name = format!("{}.{}: {}", row.section, row.name, row.takes);
        let takes = |value: &str| set(&row, value).is_ok();
        match row.kind {
            "whole number" => {
                numbers += 1;
                let (least, most) = row.takes.split_once(" to ").unwrap_or_else(|| panic!("{name}"));
                let (least, most): (i64, i64) = (least.parse().unwrap(), most.parse().unwrap());
                assert!(takes(&least.to_string()) && takes(&most.to_string()), "{name}");
                assert!(!takes(&(least - 1).to_string()) && !takes(&(most + 1).to_string()), "{name}");
            }
            "duration" => {
                durations += 1;
                assert!(!takes("\"36501d\"") && !takes("60"), "{name}");
                let (inside, outside) = match row.takes.as_str() {
                    "" => ("\"0ms\"", "\"-1ms\""),
                    "over 0" => ("\"1ms\"", "\"0s\""),
                    "at least \"1s\"" => ("\"1s\"", "\"999ms\""),
                    "over 0, at most \"60s\"" | "at most `due.window`" => ("\"60s\"", "\"60001ms\""),
                    "at most \"1s\"" => ("\"1s\"", "\"1001ms\""),
                    "at least \"30s\", at most \"24h\"" => {
                        assert!(takes("\"24h\"") && !takes("\"86400001ms\""), "{name}");
                        ("\"30s\"", "\"29999ms\"")
                    }
                    _ => panic!("{name}: no test knows this range"),
                };
                assert!(takes(inside) && !takes(outside), "{name}");
            }
            _ if row.takes.contains("\" or \"") => {
                for value in row.takes.split('"').skip(1).step_by(2) {
                    assert!(takes(&format!("{value:?}")), "{name}: {value}");
                }
                assert!(!takes("\"something else\""), "{name}");
            }
            _ => {}
        }
    }
    assert!(numbers >= 2 && durations >= 7, "{numbers} numbers and {durations} durations");
}

#[test]
fn a_key_that_does_not_say_what_it_takes_is_found_out() {
    let text = "# Head.\n\n[due]\n# How far ahead. Duration, over 0.\nwindow = \"1s\"\n";
    assert_eq!(parts(text).iter().filter_map(row).map(|row| row.takes).collect::<Vec<_>>(), ["over 0"]);
    let silent = parts("[due]\n# How far ahead.\nwindow = \"1s\"\n");
    assert!(std::panic::catch_unwind(|| silent.iter().filter_map(row).count()).is_err());
}

/// `run --check-config` with these settings and variables.
fn check(file: &Path, variables: &[(&str, &str)]) -> Output {
    program(&["run", "--check-config"], file, variables)
}

/// The program with these settings and variables.
fn program(arguments: &[&str], file: &Path, variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_schedule-callback"));
    command.args(arguments).arg("--config").arg(file);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("SCHEDULE_CALLBACK__") {
            command.env_remove(name);
        }
    }
    command.envs(variables.iter().copied()).output().unwrap()
}

fn written(name: &str, text: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, text).unwrap();
    path
}

#[test]
fn good_settings_are_shown_without_secrets_and_nothing_is_opened() {
    // Nobody listens there, and the address is no machine's: whoever opened anything would fail or wait.
    let file = written(
        "good.toml",
        "[postgres]\nurl = 'postgresql://calls:hunter2@192.0.2.1:5433/calls'\n[ops]\nlisten = '192.0.2.1:1'\n\
         [kafka.properties]\n'sasl.password' = 'hunter2'\n",
    );
    let output = check(&file, &[("SCHEDULE_CALLBACK__DUE__WINDOW", "30s")]);
    let (said, complained) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!((output.status.code(), complained.as_str()), (Some(0), ""), "{said}");
    assert!(said.starts_with("# The configuration is good."), "{said}");
    for expected in [
        "\"postgresql://calls:***@192.0.2.1:5433/calls\"",
        "\"sasl.password\" = \"***\"",
        "# SCHEDULE_CALLBACK__DUE__WINDOW",
        "good.toml:4",
        "# default",
    ] {
        assert!(said.contains(expected), "{expected} is not in {said}");
    }
    assert!(!said.contains("hunter2"), "{said}");
}

#[test]
fn a_property_that_makes_no_client_is_named_with_its_line() {
    let file =
        written("client.toml", "[kafka.properties]\n'security.protocol' = 'SSL'\n'ssl.ca.location' = '/nonexistent'\n");
    let output = program(&["topics"], &file, &[]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(64), "{said}");
    assert!(said.contains(&format!("{}:3: ", file.display())) && said.contains("ssl.ca.location"), "{said}");
}

#[test]
fn bad_settings_end_with_64_and_say_where_and_never_show_a_password() {
    for (number, url) in [
        "postgresql://calls:hunter2@h:port/calls",
        "postgresql://calls:hunter2@h/calls?connect_timeout=hunter2",
        "host=h password=hunter2 port=hunter2",
        "password=hunter2",
        "hunter2",
    ]
    .into_iter()
    .enumerate()
    {
        let file = written(&format!("bad-{number}.toml"), &format!("[postgres]\n\nurl = {url:?}\n"));
        let empty = written("empty.toml", "");
        let place = format!("{}:3: ", file.display());
        let variable = "SCHEDULE_CALLBACK__POSTGRES__URL";
        for (output, place) in [(check(&file, &[]), place.as_str()), (check(&empty, &[(variable, url)]), variable)] {
            let said =
                format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            assert_eq!(output.status.code(), Some(64), "{url}: {said}");
            assert!(said.contains(place) && said.contains("postgres.url"), "{said}");
            assert!(!said.contains("hunter2"), "{said}");
        }
    }
    let file = written("range.toml", "[due]\nwindow = '0s'\n");
    let output = check(&file, &[]);
    assert_eq!(output.status.code(), Some(64));
    assert!(String::from_utf8_lossy(&output.stderr).contains(&format!("{}:2: due.window", file.display())));
}
