//! docs/contract.md against the code: what the code knows is written into the page's marked parts, and every example is
//! judged by the rules that the service itself judges by.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its functions too")]

mod examples;
mod fields;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;
use schedule_callback::contract::Message;

const PAGE: &str = "docs/contract.md";

fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn read(path: &str) -> String {
    fs::read_to_string(project(path)).unwrap()
}

/// The text of a marked part.
fn part(name: &str) -> String {
    match name {
        "attributes" => fields::attributes(),
        "limits" => fields::limits(),
        "settings" => fields::settings(),
        "permissions" => fields::permissions(),
        "schedule-fields" => fields::table(Message::ScheduleCommand),
        "cancel-fields" => fields::table(Message::CancelCommand),
        "reschedule-fields" => fields::table(Message::RescheduleCommand),
        "report-fields" => fields::table(Message::ReportCommand),
        "state-fields" => fields::table(Message::State),
        "lifecycle-fields" => fields::lifecycle(),
        "outcomes" => examples::outcomes(),
        "reports" => examples::reports(),
        "result-fields" => fields::table(Message::Result),
        "due-fields" => fields::table(Message::Due),
        "skill-fields" => fields::table(Message::DirectorySkill),
        "agent-fields" => fields::table(Message::DirectoryAgent),
        "security-user-fields" => fields::table(Message::DirectorySecurityUser),
        "codes" => examples::codes(),
        "warnings" => examples::warnings(),
        "reasons" => examples::reasons(),
        "dates-accepted" => examples::dates_accepted(),
        "dates-refused" => examples::dates_refused(),
        "zones" => examples::zones(),
        "numbers-accepted" => examples::numbers_accepted(),
        "numbers-refused" => examples::numbers_refused(),
        "amendments" => examples::amendments(),
        other => panic!("{PAGE} has a part {other}, which nothing writes"),
    }
}

#[test]
fn what_the_page_says_of_the_code_is_what_the_code_says() {
    let text = read(PAGE);
    let mark = Regex::new(r"(?s)<!-- from the code: ([a-z-]+) -->\n.*?<!-- end -->").unwrap();
    let names: Vec<_> = mark.captures_iter(&text).map(|found| found[1].to_owned()).collect();
    assert_eq!(names.len(), 26, "{names:?}");
    let written = mark.replace_all(&text, |found: &regex::Captures<'_>| {
        format!("<!-- from the code: {} -->\n{}\n<!-- end -->", &found[1], part(&found[1]).trim_end())
    });
    if std::env::var_os("WRITE_CONTRACT").is_some() {
        fs::write(project(PAGE), written.as_bytes()).unwrap();
    }
    let is_kept = written == read(PAGE);
    assert!(is_kept, "{PAGE} is out of date: `make contract` writes it anew");
}

/// The anchors that a forge makes of the page's headings.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings =
        text.lines().filter_map(|line| line.strip_prefix("#")).map(|line| line.trim_start_matches('#').trim());
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, '-' | '_' | ' ');
    headings.map(|heading| heading.to_lowercase().chars().filter(kept).collect::<String>().replace(' ', "-")).collect()
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs" || end == "md" || end == "py") {
            found.push(path);
        }
    }
}

#[test]
fn whoever_cites_the_page_cites_a_section_that_it_has() {
    let page = read(PAGE);
    let anchors = anchors(&page);
    let citation = Regex::new(r"contract\.md#([a-z0-9_-]+)|\]\(#([a-z0-9_-]+)\)").unwrap();
    let mut sources = vec![project(PAGE), project("README.md"), project("ARCHITECTURE.md")];
    for folder in ["src", "tests", "docs", "benches"] {
        files(&project(folder), &mut sources);
    }
    let mut cited = 0;
    for source in sources {
        let text = fs::read_to_string(&source).unwrap();
        let is_the_page = source == project(PAGE);
        for found in citation.captures_iter(&text) {
            let Some(anchor) = found.get(1).or(found.get(2).filter(|_| is_the_page)) else { continue };
            assert!(anchors.contains(anchor.as_str()), "{}: {PAGE} has no #{}", source.display(), anchor.as_str());
            cited += 1;
        }
        // What nobody outside can look up.
        let of_another_text = concat!("contract ", "§");
        assert!(!text.contains(of_another_text), "{} cites a text that is not in the project", source.display());
    }
    assert!(cited > 60, "{cited}");
}
