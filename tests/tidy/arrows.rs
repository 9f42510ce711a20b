//! Which file of `src` uses which, read from the text: from `use` declarations and from paths in the code.
//!
//! What counts is where a name is defined. So a name that a module re-exports leads to the file that has it, and a
//! module that only declares and re-exports its children does not use them. Methods are not seen, since no path leads
//! to them: their type is enough.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::iter;

/// The files of the program and the arrows between them.
pub struct Arrows {
    /// What each file uses: file → the other files, each with one name that leads there.
    pub of: BTreeMap<String, BTreeMap<String, String>>,
}

/// One file, as far as it matters here.
struct File {
    /// Its path from `src` on.
    name: String,
    /// The module that it is, from the crate's root on.
    module: Vec<String>,
    /// What `use` declarations bring into its scope: name → absolute path.
    imports: BTreeMap<String, Import>,
    /// The paths in its code with two parts and more, as they stand there, and the single names.
    paths: Vec<Vec<String>>,
}

struct Import {
    path: Vec<String>,
    is_public: bool,
}

impl Arrows {
    /// Reads the files: path from `src` on, and text.
    pub fn between(sources: &[(String, String)]) -> Self {
        let files: Vec<File> = sources.iter().map(|(name, text)| File::read(name, text)).collect();
        let modules: BTreeMap<&[String], &File> =
            files.iter().filter(|file| file.name != "main.rs").map(|file| (file.module.as_slice(), file)).collect();
        let mut of = BTreeMap::new();
        for file in &files {
            let mut uses = BTreeMap::new();
            for path in file.used(&modules) {
                if let Some(target) = resolve(&path, &modules, 0)
                    && target.name != file.name
                {
                    uses.entry(target.name.clone()).or_insert_with(|| path.join("::"));
                }
            }
            of.insert(file.name.clone(), uses);
        }
        Self { of }
    }

    /// Every circle, as the shortest way from a file back to it; one for each set of files that use each other.
    pub fn circles(&self) -> Vec<Vec<String>> {
        let mut told: BTreeSet<&str> = BTreeSet::new();
        let mut circles = Vec::new();
        for file in self.of.keys() {
            if !told.contains(file.as_str())
                && let Some(way) = self.way_back(file)
            {
                let ahead = self.reached(file);
                told.extend(ahead.iter().filter(|other| self.reached(other).contains(file.as_str())));
                circles.push(way);
            }
        }
        circles
    }

    fn next<'a>(&'a self, file: &str) -> impl Iterator<Item = &'a str> {
        self.of.get(file).into_iter().flat_map(|uses| uses.keys().map(String::as_str))
    }

    fn reached<'a>(&'a self, from: &str) -> BTreeSet<&'a str> {
        let mut reached = BTreeSet::new();
        let mut waiting: Vec<&str> = self.next(from).collect();
        while let Some(file) = waiting.pop() {
            if reached.insert(file) {
                waiting.extend(self.next(file));
            }
        }
        reached
    }

    fn way_back(&self, start: &str) -> Option<Vec<String>> {
        let mut before: BTreeMap<&str, &str> = BTreeMap::new();
        let mut waiting: VecDeque<&str> = VecDeque::new();
        let start = self.of.get_key_value(start)?.0.as_str();
        waiting.push_back(start);
        while let Some(file) = waiting.pop_front() {
            for next in self.next(file) {
                if next == start {
                    let mut way = vec![start.to_owned()];
                    let mut file = file;
                    while file != start {
                        way.push(file.to_owned());
                        file = before[file];
                    }
                    way.push(start.to_owned());
                    way.reverse();
                    return Some(way);
                }
                if !before.contains_key(next) {
                    before.insert(next, file);
                    waiting.push_back(next);
                }
            }
        }
        None
    }
}

/// The file that defines what an absolute path names: the deepest module on it, or the one that this re-exports from.
fn resolve<'a>(path: &[String], modules: &BTreeMap<&[String], &'a File>, depth: usize) -> Option<&'a File> {
    let mut length = 0;
    while length < path.len() && modules.contains_key(&path[..=length]) {
        length += 1;
    }
    let module = modules.get(&path[..length])?;
    match path.get(length).and_then(|name| module.imports.get(name)) {
        Some(import) if depth < 8 => {
            let further = import.path.iter().chain(&path[length + 1..]).cloned().collect::<Vec<_>>();
            resolve(&further, modules, depth + 1).or(Some(module))
        }
        _ => Some(module),
    }
}

impl File {
    fn read(name: &str, text: &str) -> Self {
        let mut module: Vec<String> = name.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
        if module.last().is_some_and(|last| last == "mod") || module == ["lib"] || module == ["main"] {
            module.pop();
        }
        let tokens = without_tests(&tokens(text));
        let mut file = Self { name: name.to_owned(), module, imports: BTreeMap::new(), paths: Vec::new() };
        let mut at = 0;
        while at < tokens.len() {
            if tokens[at] == "use" {
                let end = at + tokens[at..].iter().position(|token| token == ";").unwrap_or(tokens.len() - at);
                // `pub use`, `pub(crate) use`.
                let is_public = at > 0 && (tokens[at - 1] == "pub" || tokens[at - 1] == ")");
                for (name, path) in leaves(&tokens[at + 1..end]) {
                    let path = file.absolute(&path);
                    file.imports.insert(name, Import { path, is_public });
                }
                at = end;
            } else if is_name(&tokens[at]) && (at == 0 || tokens[at - 1] != ".") {
                let mut path = vec![tokens[at].clone()];
                while tokens.get(at + 1).is_some_and(|token| token == "::")
                    && tokens.get(at + 2).is_some_and(|token| is_name(token))
                {
                    path.push(tokens[at + 2].clone());
                    at += 2;
                }
                file.paths.push(path);
            }
            at += 1;
        }
        file
    }

    /// A path from the crate's root on, where its first part says so; else the path as it is.
    fn absolute(&self, path: &[String]) -> Vec<String> {
        let mut base = self.module.clone();
        let mut rest = path;
        match path.first().map(String::as_str) {
            Some("crate" | "schedule_callback") => return path[1..].to_vec(),
            Some("self") => rest = &path[1..],
            Some("super") => {
                while rest.first().is_some_and(|part| part == "super") {
                    base.pop();
                    rest = &rest[1..];
                }
            }
            _ => return path.to_vec(),
        }
        base.extend_from_slice(rest);
        base
    }

    /// The absolute paths of all that the code uses of this crate.
    fn used(&self, modules: &BTreeMap<&[String], &Self>) -> Vec<Vec<String>> {
        let child = |name: &String| -> Vec<String> { self.module.iter().chain([name]).cloned().collect() };
        let mut used = Vec::new();
        for path in &self.paths {
            let first = &path[0];
            if let Some(import) = self.imports.get(first) {
                // A single name that is also a module's is a variable.
                if path.len() == 1 && modules.contains_key(import.path.as_slice()) {
                    continue;
                }
                used.push(import.path.iter().chain(&path[1..]).cloned().collect());
            } else if path.len() > 1 && matches!(first.as_str(), "crate" | "schedule_callback" | "self" | "super") {
                used.push(self.absolute(path));
            } else if path.len() > 1 && modules.contains_key(child(first).as_slice()) {
                used.push(child(first).into_iter().chain(path[1..].iter().cloned()).collect());
            }
        }
        for import in self.imports.values() {
            // What is passed on from elsewhere is used, and so is what has no name of its own here: a trait, a glob.
            let is_own = import.path.starts_with(&self.module) && import.path.len() > self.module.len();
            let is_module = modules.contains_key(import.path.as_slice());
            if !(is_module || import.is_public && is_own) {
                used.push(import.path.clone());
            }
        }
        // Paths into this crate only: the first part is a module of its own.
        used.retain(|path| path.first().is_some_and(|first| modules.contains_key(std::slice::from_ref(first))));
        used
    }
}

fn is_name(token: &str) -> bool {
    token.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
}

/// The names that a `use` declaration brings in, each with its path.
fn leaves(tree: &[String]) -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    let mut prefix: Vec<String> = Vec::new();
    let mut at = 0;
    while at < tree.len() {
        match tree[at].as_str() {
            "::" => {}
            "{" => {
                for part in parts(&tree[at + 1..tree.len() - 1]) {
                    for (name, path) in leaves(part) {
                        let path: Vec<String> = prefix.iter().cloned().chain(path).collect();
                        found.push((name, path));
                    }
                }
                // `use a::{self, b}` brings in `a`.
                for (name, path) in &mut found {
                    if name == "self" && path.len() > 1 {
                        path.pop();
                        *name = path.last().cloned().unwrap_or_default();
                    }
                }
                return found;
            }
            "as" => return vec![(tree[at + 1].clone(), prefix)],
            "*" => return vec![(format!("* of {}", prefix.join("::")), prefix)],
            name => prefix.push(name.to_owned()),
        }
        at += 1;
    }
    prefix.last().cloned().map(|name| vec![(name, prefix)]).unwrap_or_default()
}

/// The parts of what stands in braces, between its own commas.
fn parts(tokens: &[String]) -> Vec<&[String]> {
    let mut depth = 0;
    tokens
        .split(|token| {
            match token.as_str() {
                "{" => depth += 1,
                "}" => depth -= 1,
                _ => {}
            }
            depth == 0 && token == ","
        })
        .filter(|part| !part.is_empty())
        .collect()
}

/// Takes out what is compiled for tests only.
fn without_tests(tokens: &[String]) -> Vec<String> {
    let mark = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at..].len() < mark.len() || tokens[at..at + mark.len()] != mark {
            kept.push(tokens[at].clone());
            at += 1;
            continue;
        }
        let mut depth = 0;
        at += mark.len();
        let is_visibility = |token: &&String| matches!(token.as_str(), "pub" | "(" | "crate" | "super" | ")");
        let is_import = tokens[at..].iter().find(|token| !is_visibility(token)).is_some_and(|token| token == "use");
        while at < tokens.len() {
            match tokens[at].as_str() {
                "{" | "(" | "[" => depth += 1,
                "}" | ")" | "]" => depth -= 1,
                _ => {}
            }
            at += 1;
            if depth == 0 && (tokens[at - 1] == ";" || tokens[at - 1] == "}" && !is_import) {
                break;
            }
        }
    }
    kept
}

/// Names, `::`, and single characters; no comments, texts or lifetimes.
fn tokens(text: &str) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    let get = |at: usize| characters.get(at).copied().unwrap_or('\0');
    while at < characters.len() {
        let rest = || characters[at..].iter().take(2).collect::<String>();
        match get(at) {
            _ if rest() == "//" => at += characters[at..].iter().take_while(|c| **c != '\n').count(),
            '"' => at = after_text(&characters, at),
            'r' if matches!(get(at + 1), '"' | '#')
                && !(at > 0 && (get(at - 1).is_alphanumeric() || get(at - 1) == '_')) =>
            {
                let hashes = characters[at + 1..].iter().take_while(|c| **c == '#').count();
                if get(at + 1 + hashes) == '"' {
                    let end: Vec<char> = iter::once('"').chain(iter::repeat_n('#', hashes)).collect();
                    at += hashes + 2;
                    while at < characters.len() && !characters[at..].starts_with(&end) {
                        at += 1;
                    }
                    at += end.len();
                } else {
                    at += 1 + hashes;
                }
            }
            '\'' if get(at + 1) == '\\' => {
                at += 3;
                at += 1 + characters[at..].iter().take_while(|c| **c != '\'').count();
            }
            '\'' if get(at + 2) == '\'' => at += 3,
            ':' if rest() == "::" => {
                tokens.push("::".to_owned());
                at += 2;
            }
            first if first.is_ascii_alphabetic() || first == '_' => {
                let name: String =
                    characters[at..].iter().take_while(|c| c.is_ascii_alphanumeric() || **c == '_').collect();
                at += name.len();
                tokens.push(name);
            }
            blank if blank.is_whitespace() => at += 1,
            other => {
                tokens.push(other.to_string());
                at += 1;
            }
        }
    }
    tokens
}

fn after_text(characters: &[char], begin: usize) -> usize {
    let mut at = begin + 1;
    while at < characters.len() && characters[at] != '"' {
        at += if characters[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn circles(sources: &[(&str, &str)]) -> Vec<Vec<String>> {
        let sources: Vec<_> = sources.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        Arrows::between(&sources).circles()
    }

    const PARENT: &str = "mod child;\nmod other;\npub use self::child::{self, Thing as Renamed};\n";

    #[test]
    fn a_module_that_declares_and_passes_on_does_not_use_its_children() {
        let root = ("lib.rs", "pub mod a;");
        let child = ("a/child.rs", "use super::Own;\npub struct Thing(Own);");
        let parent = format!("{PARENT}pub struct Own;");
        assert!(circles(&[root, ("a/mod.rs", &parent), child]).is_empty());
        let parent = format!("{PARENT}pub struct Own(Renamed);");
        assert_eq!(circles(&[root, ("a/mod.rs", &parent), child]), [["a/child.rs", "a/mod.rs", "a/child.rs"]]);
        let parent = format!("{PARENT}pub struct Own;\nfn f() {{ child::f() }}");
        assert_eq!(circles(&[root, ("a/mod.rs", &parent), child]), [["a/child.rs", "a/mod.rs", "a/child.rs"]]);
    }

    #[test]
    fn a_name_leads_to_the_file_that_has_it_by_whatever_way() {
        let root = ("lib.rs", "pub mod a;\npub mod b;");
        let parent = ("a.rs", PARENT);
        let child = ("a/child.rs", "use crate::b::{self, deep::{Deep}};\npub struct Thing(Deep);");
        let circle = ["a/child.rs", "b.rs", "a/child.rs"];
        for back in ["use crate::a::Renamed;", "fn f(_: crate::a::Renamed) {}", "use crate::a;\nfn f(_: a::Renamed) {}"]
        {
            let b = format!("pub use self::inner as deep;\n{back}");
            assert_eq!(circles(&[root, parent, child, ("b.rs", &b)]), [circle], "{back}");
        }
    }

    #[test]
    fn tests_comments_and_texts_use_nothing() {
        let root = ("lib.rs", "pub mod a;\npub mod b;");
        let a = ("a.rs", "use crate::b::B;\npub struct A(B);");
        for nothing in [
            "// crate::a::A",
            "/// [`A`](crate::a::A)\nfn f() {}",
            "const C: char = '\\'';\nconst T: &str = \"use crate::a::A;\";",
            "const T: &str = r#\"\" crate::a::A\"#;",
            "#[cfg(test)]\nuse crate::a::A;",
            "#[cfg(test)]\nmod tests {\n use super::*;\n use crate::a::A;\n}",
        ] {
            let b = format!("{nothing}\npub struct B;");
            assert!(circles(&[root, a, ("b.rs", &b)]).is_empty(), "{nothing}");
        }
        assert!(!circles(&[root, a, ("b.rs", "#[cfg(test)]\nmod tests {}\npub struct B(crate::a::A);")]).is_empty());
    }
}
