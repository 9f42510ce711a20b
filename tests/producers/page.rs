//! The page docs/producers.md: its snippets are the tested programs' own lines.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::cases::project;

/// Before a block of code in the page; in a program, after the language's sign of a comment and without the rest.
const BEGIN: &str = "<!-- snippet: ";

fn programs(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            programs(&path, found);
        } else if path.extension().is_some_and(|ending| ["py", "java", "mjs", "go"].iter().any(|own| ending == *own)) {
            found.push(path);
        }
    }
}

/// The lines between `snippet: NAME` and `end`, moved to the left edge.
fn snippets() -> BTreeMap<String, String> {
    let mut found = Vec::new();
    programs(&project().join("tools/producers"), &mut found);
    let mut snippets: BTreeMap<String, (PathBuf, String)> = BTreeMap::new();
    for path in found {
        let text = fs::read_to_string(&path).unwrap();
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            let comment = line.trim().trim_start_matches(['#', '/']).trim();
            let Some(name) = comment.strip_prefix("snippet: ") else { continue };
            let is_end = |line: &str| ["# end", "// end"].contains(&line.trim());
            let block: Vec<&str> = lines.by_ref().take_while(|line| !is_end(line)).collect();
            let margin =
                block.iter().filter(|line| !line.trim().is_empty()).map(|line| line.len() - line.trim_start().len());
            let margin = margin.min().unwrap_or(0);
            let block: Vec<&str> = block.iter().map(|line| line.get(margin..).unwrap_or_default()).collect();
            let text = block.join("\n").trim_matches('\n').to_owned();
            // A snippet may stand in several places of its program: what it imports, and what it does.
            match snippets.get_mut(name) {
                None => drop(snippets.insert(name.to_owned(), (path.clone(), text))),
                Some((file, before)) => {
                    assert_eq!(*file, path, "the snippet {name} stands in two programs");
                    before.extend(["\n\n", &text]);
                }
            }
        }
    }
    snippets.into_iter().map(|(name, (_, text))| (name, text)).collect()
}

/// The page with each snippet's block written anew; and the names of its snippets.
fn renewed(page: &str, snippets: &BTreeMap<String, String>) -> (String, Vec<String>) {
    let mut text = String::new();
    let mut names = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        text += line;
        text.push('\n');
        let Some(name) = line.strip_prefix(BEGIN).and_then(|rest| rest.strip_suffix(" -->")) else { continue };
        let fence = lines.next().unwrap_or_default();
        assert!(fence.starts_with("```"), "no block of code follows {line}");
        let _: usize = lines.by_ref().take_while(|line| *line != "```").count();
        let snippet = snippets.get(name).map(String::as_str);
        let snippet = snippet.unwrap_or_else(|| panic!("no program has the snippet {name}"));
        text.extend([fence, "\n", snippet, "\n```\n"]);
        names.push(name.to_owned());
    }
    (text, names)
}

#[test]
fn the_pages_snippets_are_the_lines_of_the_programs_that_the_tests_run() {
    let path = project().join("docs/producers.md");
    let page = fs::read_to_string(&path).unwrap();
    let snippets = snippets();
    let (renewed, mut names) = renewed(&page, &snippets);
    names.sort();
    assert_eq!(names, snippets.keys().cloned().collect::<Vec<_>>(), "each snippet is on the page, once");
    if std::env::var_os("WRITE_PRODUCERS").is_some() {
        fs::write(&path, renewed).unwrap();
    } else {
        assert!(renewed == page, "docs/producers.md has other lines than tools/producers: make producers-page");
    }
}
