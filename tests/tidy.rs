//! The house's rules that no compiler checks: layers, sizes, migrations, the clock, nothing left for later.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its functions too")]

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use arrows::Arrows;

#[path = "tidy/arrows.rs"]
mod arrows;

/// The most lines that a file may have, without its tests.
const MOST_LINES: usize = 400;

/// The layers, from the bottom: a module may use what stands below it, and itself.
const LAYERS: [&[&str]; 12] = [
    &["stop", "failpoint", "mutant"],
    // The rules.
    &["domain"],
    // The steps, as machines.
    &["protocol"],
    // Bytes ↔ domain; the settings; the one reader of the clock.
    &["wire", "config", "clock"],
    &["progress", "recent"],
    &["readiness"],
    &["telemetry"],
    // The adapters, neither of which knows the other.
    &["kafka", "postgres"],
    &["contract", "watchdog", "ops", "probe", "timekeeper", "upkeep"],
    LOOPS,
    &["service"],
    &["commands", "main"],
];

/// Where adapters meet. They send each other messages, so these, alone of all layers, know each other.
const LOOPS: &[&str] = &["ingest", "dispatch", "takeover"];

/// The rooms of `domain`, and what stands beside them, from the bottom: each may use what stands before it, and itself.
const ROOMS: [&str; 13] = [
    "ids",
    "given",
    "time",
    "life",
    "commitment",
    "phone",
    "directory",
    "lifecycle",
    "answer",
    "decision",
    "command",
    "installation",
    "wal",
];

/// A file of `src`.
struct Source {
    /// Its path from `src` on.
    path: PathBuf,
    /// Its text without the test module at its end.
    code: String,
}

impl Source {
    /// The part of the program it belongs to: the first part of its path, without the extension.
    fn module(&self) -> String {
        let first = self.path.iter().next().unwrap();
        Path::new(first).file_stem().unwrap().to_str().unwrap().to_owned()
    }

    /// Whether it is compiled for tests only.
    fn is_test(&self) -> bool {
        let names = |name: &OsStr| matches!(name.to_str(), Some("tests" | "properties" | "fixtures"));
        self.path.with_extension("").iter().any(names)
    }

    /// The modules of this crate that its code names.
    fn uses(&self) -> BTreeSet<String> {
        let after = |mark: &str| -> Vec<String> {
            let name = |rest: &str| rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
            self.code.split(mark).skip(1).map(name).collect()
        };
        let mut uses: BTreeSet<String> = after("crate::").into_iter().chain(after("schedule_callback::")).collect();
        uses.remove("");
        uses
    }
}

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources() -> Vec<Source> {
    let root = project().join("src");
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        let path = path.strip_prefix(&root).unwrap().to_owned();
        Source { path, code: without_tests(&text) }
    };
    files(&root, "rs").into_iter().map(read).filter(|source| !source.is_test()).collect()
}

/// Which file of `src` uses which.
fn arrows() -> Arrows {
    let text = |source: Source| (source.path.to_str().unwrap().to_owned(), source.code);
    Arrows::between(&sources().into_iter().map(text).collect::<Vec<_>>())
}

/// Test modules stand at the end of their files.
fn without_tests(text: &str) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    let begins = |pair: &[&str]| pair[0] == "#[cfg(test)]" && pair[1].starts_with("mod ") && pair[1].ends_with('{');
    if let Some(place) = lines.windows(2).position(begins) {
        lines.truncate(place);
    }
    lines.join("\n")
}

/// All files of the folder with that extension, in order.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

#[test]
fn arrows_go_down_only() {
    let height: BTreeMap<&str, usize> = LAYERS
        .iter()
        .enumerate()
        .flat_map(|(height, layer)| layer.iter().map(move |module| (*module, height)))
        .collect();
    let mut faults = Vec::new();
    for source in sources() {
        let module = source.module();
        if module == "lib" {
            continue;
        }
        let Some(own) = height.get(module.as_str()) else {
            faults.push(format!("{} belongs to no layer", source.path.display()));
            continue;
        };
        for used in source.uses().into_iter().filter(|used| *used != module) {
            let are_loops = LOOPS.contains(&module.as_str()) && LOOPS.contains(&used.as_str());
            if !are_loops && height.get(used.as_str()).is_none_or(|below| below >= own) {
                faults.push(format!("{} uses {used}, which is not below it", source.path.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_layers_of_the_architecture_are_the_ones_that_are_checked() {
    let text = fs::read_to_string(project().join("ARCHITECTURE.md")).unwrap();
    let section = text.split("## The layers").nth(1).unwrap().split("## ").next().unwrap();
    let (table, rest) = section.split_once("Beside them stand ").unwrap();
    let names = |text: &str| -> Vec<String> {
        text.split('`').skip(1).step_by(2).map(|name| name.trim_end_matches('/').to_owned()).collect()
    };
    let rows = table.lines().filter(|line| line.starts_with("| `"));
    let rows: Vec<Vec<String>> = rows.map(|row| names(row.split('|').nth(1).unwrap())).collect();
    let beside = names(rest.split(", which know nothing").next().unwrap());

    let checked: BTreeSet<&str> = LAYERS.iter().flat_map(|layer| layer.iter().copied()).collect();
    let told: BTreeSet<&str> = rows.iter().flatten().chain(&beside).map(String::as_str).collect();
    assert_eq!(told, checked);
    // From the top to the bottom; adapters stand in one layer, and have a row each.
    let height = |name: &String| LAYERS.iter().position(|layer| layer.contains(&name.as_str())).unwrap();
    let lowest = |row: &Vec<String>| row.iter().map(height).min().unwrap();
    let highest = |row: &Vec<String>| row.iter().map(height).max().unwrap();
    for pair in rows.windows(2) {
        assert!(lowest(&pair[0]) >= highest(&pair[1]), "{:?} stands above {:?}", pair[0], pair[1]);
    }
}

#[test]
fn the_rooms_of_the_rules_use_those_below_them_only() {
    let room = |file: &str| {
        let inside = file.strip_prefix("domain/")?;
        inside.split(['/', '.']).next().map(str::to_owned).filter(|room| room != "mod")
    };
    let height = |room: &str| ROOMS.iter().position(|known| *known == room);
    let mut faults = Vec::new();
    for (file, uses) in &arrows().of {
        let Some(own) = room(file) else { continue };
        if height(&own).is_none() {
            faults.push(format!("{file} is in no room"));
        }
        for (used, name) in uses {
            if room(used).is_some_and(|used| height(&used) > height(&own)) {
                faults.push(format!("{file} uses {name}, which is not below it"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn no_two_files_use_each_other() {
    let arrows = arrows();
    let circles = arrows.circles();
    let told = |circle: &Vec<String>| {
        let arrow = |pair: &[String]| format!("{} -> {} ({})", pair[0], pair[1], arrows.of[&pair[0]][&pair[1]]);
        circle.windows(2).map(arrow).collect::<Vec<_>>().join("\n  ")
    };
    assert!(circles.is_empty(), "{}", circles.iter().map(told).collect::<Vec<_>>().join("\n"));
}

#[test]
fn no_file_is_longer_than_a_reader_can_hold() {
    let length = |source: &Source| source.code.lines().count();
    let long: Vec<_> = sources()
        .iter()
        .filter(|source| length(source) > MOST_LINES)
        .map(|source| format!("{} has {} lines", source.path.display(), length(source)))
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn every_link_in_the_documents_leads_somewhere() {
    let mut documents = files(&project().join("docs"), "md");
    let others = ["README.md", "ARCHITECTURE.md", "CHANGELOG.md", "SECURITY.md", "benches/peers/README.md"];
    documents.extend(others.map(|name| project().join(name)));
    documents.push(project().join("config/helm/schedule-callback/README.md"));
    let mut faults = Vec::new();
    for document in documents {
        let text = fs::read_to_string(&document).unwrap();
        // What stands between the fences is code.
        for prose in text.split("```").step_by(2) {
            let links = prose.split("](").skip(1).chain(prose.split("src=\"").skip(1));
            for link in links.map(|rest| rest.split([')', '"', '#']).next().unwrap_or_default()) {
                let place = document.parent().unwrap().join(link);
                if !link.is_empty() && !link.contains("://") && !place.exists() {
                    faults.push(format!("{}: {link} is not there", document.display()));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_migration_is_applied_in_the_order_of_its_number() {
    let names: Vec<String> = files(&project().join("src/postgres/migrations"), "sql")
        .iter()
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    let program = fs::read_to_string(project().join("src/postgres/migrate.rs")).unwrap();
    let included: Vec<&str> =
        program.split("include_str!(\"migrations/").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(included, names);
    for (name, number) in names.iter().zip(1..) {
        assert!(name.starts_with(&format!("{number:04}_")), "{name} is number {number}");
    }
}

#[test]
fn nothing_is_left_for_later() {
    // Put together here, so that this file does not find itself.
    let marks = [["TO", "DO"], ["FIX", "ME"], ["XX", "X:"], ["todo", "!("], ["unimplemented", "!("], ["dbg", "!("]];
    let marks = marks.map(|parts| parts.concat());
    let folders = ["src", "tests", "benches", "fuzz", "tools", "config"];
    let mut found = Vec::new();
    for folder in folders.map(|folder| project().join(folder)).iter().filter(|folder| folder.is_dir()) {
        for path in ["rs", "sh", "sql", "toml", "py", "mjs"].iter().flat_map(|extension| files(folder, extension)) {
            if path.components().any(|part| part.as_os_str() == "node_modules" || part.as_os_str() == "target") {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            for (line, number) in text.lines().zip(1..) {
                if marks.iter().any(|mark| line.contains(mark.as_str())) {
                    found.push(format!("{}:{number}: {}", path.display(), line.trim()));
                }
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn every_dependency_says_what_it_is_for() {
    let manifest = fs::read_to_string(project().join("Cargo.toml")).unwrap();
    let mut are_dependencies = false;
    let mut before = "";
    let mut without_reason = Vec::new();
    let mut seen = 0;
    for line in manifest.lines() {
        if line.starts_with('[') {
            are_dependencies = line.ends_with("dependencies]");
        } else if are_dependencies && line.contains(" = ") && !line.starts_with('#') {
            seen += 1;
            if !line.contains(" # ") && !before.starts_with("# ") {
                without_reason.push(line);
            }
        }
        before = line;
    }
    assert!(seen > 20, "{seen} dependencies were found");
    assert!(without_reason.is_empty(), "no comment beside or above: {}", without_reason.join("\n"));
}

#[test]
fn no_program_leaves_a_rule_of_the_protocol_out() {
    // What stands in `ingest/kept.rs` is compiled in with the feature `mutants` only.
    let implements = |line: &str| line.contains("impl") && line.contains(" Keeps<") && line.contains(" for ");
    let found: Vec<_> =
        sources().into_iter().filter(|source| source.code.lines().any(implements)).map(|source| source.path).collect();
    assert_eq!(found, ["ingest/kept.rs", "protocol/keeping.rs"].map(Path::new));
}

#[test]
fn only_one_file_has_unsafe_code() {
    let found: Vec<_> = sources()
        .into_iter()
        .filter(|source| {
            ["unsafe {", "unsafe fn", "unsafe impl", "(unsafe_code"].iter().any(|mark| source.code.contains(mark))
        })
        .map(|source| source.path)
        .collect();
    assert_eq!(found, [Path::new("kafka/topic_ids.rs")]);
}

#[test]
fn only_one_module_reads_the_clock() {
    let reads = ["Utc::now", "Local::now", "SystemTime::now"];
    let found: Vec<_> = sources()
        .into_iter()
        .filter(|source| reads.iter().any(|read| source.code.contains(read)))
        .map(|source| source.path)
        .collect();
    assert_eq!(found, [Path::new("clock.rs")]);
}

#[test]
fn only_tests_leave_a_rule_of_the_protocol_out() {
    let marks = ["with_rules(", "impl Rules for"];
    let mut found = Vec::new();
    for source in sources() {
        for mark in marks {
            found.extend(source.code.matches(mark).map(|mark| (mark.to_owned(), source.path.clone())));
        }
    }
    found.sort();
    // The type that keeps all rules; where a machine is made, and the one use of that, with this type.
    let expected = [("impl Rules for", "firing/rules.rs"), ("with_rules(", "firing.rs"), ("with_rules(", "firing.rs")];
    assert_eq!(found, expected.map(|(mark, file)| (mark.to_owned(), Path::new("protocol").join(file))));
}
