//! `/runbook`: docs/operations.md of this very version, as a page. Whoever is woken may have no other way to it.
//!
//! It renders the little of Markdown that the document has: headings, paragraphs, lists, tables, blocks of code; within a
//! line code, bold text and links. What is linked elsewhere keeps its text only: this page leads nowhere else.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, PreEscaped, html};

use super::document::{answer, document};
use super::status::Shown;

const OPERATIONS: &str = include_str!("../../docs/operations.md");

/// `/runbook`.
pub(super) async fn page(State(shown): State<Arc<Shown>>) -> Response {
    let content = html! { section class="text" { (render(OPERATIONS)) } };
    answer(StatusCode::OK, &document(&shown, "Runbook", "", &content))
}

/// The document as HTML.
fn render(markdown: &str) -> Markup {
    let mut blocks = Vec::new();
    let mut lines = markdown.lines().peekable();
    while let Some(line) = lines.next() {
        let line = line.trim_end();
        if line.starts_with("```") {
            let code: Vec<&str> = lines.by_ref().take_while(|line| !line.starts_with("```")).collect();
            blocks.push(html! { pre tabindex="0" { code { (code.join("\n")) } } });
        } else if let Some(heading) = line.strip_prefix("# ") {
            blocks.push(html! { h1 { (inline(heading)) } });
        } else if let Some(heading) = line.strip_prefix("## ") {
            blocks.push(html! { h2 id=(anchor(heading)) { (inline(heading)) } });
        } else if let Some(heading) = line.strip_prefix("### ") {
            blocks.push(html! { h3 id=(anchor(heading)) { (inline(heading)) } });
        } else if line.starts_with('|') {
            let mut rows = vec![line];
            while let Some(row) = lines.next_if(|line| line.starts_with('|')) {
                rows.push(row);
            }
            blocks.push(table(&rows));
        } else if !line.is_empty() && !line.starts_with("<!--") {
            let mut items = vec![line.to_owned()];
            let ends =
                |line: &&str| line.is_empty() || ["#", "|", "```", "<!--"].iter().any(|mark| line.starts_with(mark));
            while let Some(line) = lines.next_if(|line| !ends(line)) {
                match items.last_mut() {
                    Some(item) if !line.starts_with("- ") => *item = format!("{item} {}", line.trim()),
                    _ => items.push(line.to_owned()),
                }
            }
            blocks.push(paragraphs(&items));
        }
    }
    html! { @for block in &blocks { (block) } }
}

/// Text, and behind or instead of it the items of a list.
fn paragraphs(items: &[String]) -> Markup {
    let (text, list): (Vec<&String>, Vec<&String>) = items.iter().partition(|item| !item.starts_with("- "));
    html! {
        @for text in text { p { (inline(text)) } }
        @if !list.is_empty() { ul { @for item in list { li { (inline(&item[2..])) } } } }
    }
}

fn table(rows: &[&str]) -> Markup {
    let cells =
        |row: &&str| -> Vec<String> { row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect() };
    let rows: Vec<Vec<String>> = rows.iter().map(cells).collect();
    html! {
        div class="scroll" tabindex="0" { table {
            thead { tr { @for cell in &rows[0] { th scope="col" { (inline(cell)) } } } }
            tbody { @for row in rows.iter().skip(2) { tr { @for cell in row { td { (inline(cell)) } } } } }
        } }
    }
}

/// As forges make them: lower case, blanks as hyphens, nothing else but letters, digits, hyphens and underscores.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
}

fn inline(text: &str) -> Markup {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['`', '*', '[']) {
        let (before, marked) = rest.split_at(at);
        out.push_str(&html! { (before) }.into_string());
        let (markup, after) = marked_part(marked);
        out.push_str(&markup.into_string());
        rest = after;
    }
    out.push_str(&html! { (rest) }.into_string());
    PreEscaped(out)
}

/// What begins with a mark, and what comes behind it.
fn marked_part(text: &str) -> (Markup, &str) {
    if let Some((code, after)) = text.strip_prefix('`').and_then(|text| text.split_once('`')) {
        return (html! { code { (code) } }, after);
    }
    if let Some((bold, after)) = text.strip_prefix("**").and_then(|text| text.split_once("**")) {
        return (html! { strong { (inline(bold)) } }, after);
    }
    if let Some((label, after)) = text.strip_prefix('[').and_then(|text| text.split_once("]("))
        && let Some((target, after)) = after.split_once(')')
    {
        let markup = if target.starts_with('#') {
            html! { a href=(target) { (inline(label)) } }
        } else {
            inline(label)
        };
        return (markup, after);
    }
    let length = text.chars().next().map_or(0, char::len_utf8);
    (html! { (&text[..length]) }, &text[length..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_little_of_markdown_that_there_is_becomes_html() {
        let text = "## A *word* & `b<c`\n\nOne\ntwo **three** [here](#a) [there](x.md).\n- first\n  more\n- second\n\n| a | b |\n|---|---|\n| 1 | `2` |\n\n```sh\nls < x\n```\n";
        let expected = "<h2 id=\"a-word--bc\">A *word* &amp; <code>b&lt;c</code></h2>\
             <p>One two <strong>three</strong> <a href=\"#a\">here</a> there.</p>\
             <ul><li>first more</li><li>second</li></ul>\
             <div class=\"scroll\" tabindex=\"0\"><table><thead><tr><th scope=\"col\">a</th><th scope=\"col\">b</th></tr></thead>\
             <tbody><tr><td>1</td><td><code>2</code></td></tr></tbody></table></div>\
             <pre tabindex=\"0\"><code>ls &lt; x</code></pre>";
        assert_eq!(render(text).into_string(), expected);
    }

    #[test]
    fn every_link_within_the_runbook_leads_somewhere() {
        let page = render(OPERATIONS).into_string();
        for link in page.split("href=\"#").skip(1) {
            let target = link.split('"').next().unwrap();
            assert!(page.contains(&format!("id=\"{target}\"")), "{target}");
        }
        assert!(page.contains("<h3 id=\"schedulecallbacknotready\">"), "the first page links it");
        assert!(!page.contains("```") && !page.contains("]("), "{page}");
    }
}
