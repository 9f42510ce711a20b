//! The corpus of every fuzz target goes through its function, without a fuzzer: `make fuzz` looks for more.

#![expect(clippy::unwrap_used, reason = "tests; clippy knows only those functions as such that carry the attribute")]

use std::fs;
use std::path::{Path, PathBuf};

#[path = "../fuzz/src/targets.rs"]
mod targets;

type Target = fn(&[u8]);

/// The targets by name.
const TARGETS: [(&str, Target); 6] = [
    ("command", targets::command),
    ("config", targets::config),
    ("date", targets::date),
    ("directory", targets::directory),
    ("envelope", targets::envelope),
    ("phone", targets::phone),
];

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

#[test]
fn no_input_of_the_corpus_breaks_what_must_hold() {
    targets::make_ready();
    for (name, target) in TARGETS {
        let inputs = files(&fuzz().join("corpus").join(name));
        assert!(inputs.len() >= 10, "{} inputs for {name}", inputs.len());
        for path in inputs {
            let input = fs::read(&path).unwrap();
            // A panic says what broke; this says by which input.
            let whole = std::panic::catch_unwind(|| target(&input));
            assert!(whole.is_ok(), "{}", path.display());
        }
    }
}

#[test]
fn every_target_has_a_corpus_and_is_replayed() {
    let names: Vec<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let of_files = |folder: &str| -> Vec<String> {
        let stem = |path: PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned();
        files(&fuzz().join(folder)).into_iter().map(stem).collect()
    };
    assert_eq!(of_files("fuzz_targets"), names);
    assert_eq!(of_files("corpus"), names);
}
