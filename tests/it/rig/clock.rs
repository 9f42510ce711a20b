//! A clock of the day that a test sets, for one process: what `clock.c` says, compiled when it is first needed.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use super::keeper;
use super::service::ServiceConfig;

static LIBRARY: LazyLock<PathBuf> = LazyLock::new(|| {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/rig/clock.c");
    let library = keeper::folder("clock").join("clock.so");
    let output = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"])
        .arg(&library)
        .arg(source)
        .arg("-ldl")
        .output()
        .expect("a C compiler, which Rust's own linker needs too");
    assert!(output.status.success(), "clock.c: {}", String::from_utf8_lossy(&output.stderr));
    library
});

/// The clock of the services that were told of it; right until it is set.
#[derive(Debug)]
pub struct MovedClock {
    file: File,
    path: PathBuf,
}

impl MovedClock {
    /// A clock that is right.
    pub fn new() -> Self {
        let path = keeper::folder("clock").join("offset");
        fs::write(&path, 0_i64.to_ne_bytes()).expect("the folder is ours");
        let file = File::options().write(true).open(&path).expect("the file is ours");
        Self { file, path }
    }

    /// A configuration of services that have this clock.
    pub fn of(&self, config: ServiceConfig) -> ServiceConfig {
        let text = |path: &Path| path.display().to_string();
        config.env("LD_PRELOAD", &text(&LIBRARY)).env("CLOCK_OFFSET_FILE", &text(&self.path))
    }

    /// Sets it: so many seconds ahead of the machine's, or behind.
    pub fn set(&self, seconds: i64) {
        self.file.write_all_at(&(seconds * 1_000_000).to_ne_bytes(), 0).expect("the file is ours");
    }
}
