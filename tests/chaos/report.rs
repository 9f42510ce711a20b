//! stub
use crate::run::{Plan, Run};
use std::path::Path;
pub struct Report {
    text: String,
    broken: Vec<String>,
    logs: std::path::PathBuf,
}
impl Report {
    pub fn of(plan: &Plan, run: &Run) -> Self {
        Self {
            text: format!(
                "{plan:?} {} commands {} results {} due; {} broken",
                run.history.commands.len(),
                run.history.results.len(),
                run.history.due.len(),
                run.broken.len()
            ),
            broken: run.broken.iter().map(ToString::to_string).collect(),
            logs: run.logs.clone(),
        }
    }
    pub fn write(&self, folder: &Path) {
        std::fs::create_dir_all(folder).unwrap();
        std::fs::write(folder.join("report.md"), self.broken.join("\n")).unwrap();
        if !self.broken.is_empty() {
            for entry in std::fs::read_dir(&self.logs).unwrap().flatten() {
                let name = entry.file_name().to_string_lossy().into_owned();
                if name.starts_with("service") {
                    let to = folder.join("logs").join(&name);
                    std::fs::create_dir_all(&to).unwrap();
                    for file in std::fs::read_dir(entry.path()).unwrap().flatten() {
                        std::fs::copy(file.path(), to.join(file.file_name())).ok();
                    }
                }
            }
        }
    }
    pub fn summary(&self) -> String {
        format!("{}\n{}", self.text, self.broken.iter().take(20).cloned().collect::<Vec<_>>().join("\n"))
    }
}
