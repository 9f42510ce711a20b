//! The report: Markdown for people, JSON for programs, a timeline; and the logs where a promise was broken.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use serde_json::json;

use crate::figures::{Distribution, Figures};
use crate::life_figures::LifeFigures;
use crate::run::{Plan, Run};
use crate::timeline;

/// So many broken promises are shown on the screen.
const SHOWN: usize = 20;

/// A report in the making.
pub struct Report<'a> {
    plan: &'a Plan,
    run: &'a Run,
    figures: Figures,
}

impl<'a> Report<'a> {
    /// Of a run.
    pub fn of(plan: &'a Plan, run: &'a Run) -> Self {
        Self { plan, run, figures: Figures::of(run) }
    }

    /// Writes it into the folder: `report.md`, `report.json`, `timeline.svg`; and `logs` where a promise was broken.
    pub fn write(&self, folder: &Path) {
        fs::create_dir_all(folder).unwrap();
        fs::write(folder.join("report.md"), self.markdown()).unwrap();
        fs::write(folder.join("report.json"), format!("{:#}\n", self.json())).unwrap();
        fs::write(folder.join("timeline.svg"), timeline::draw(self.run)).unwrap();
        let logs = folder.join("logs");
        if logs.exists() {
            fs::remove_dir_all(&logs).unwrap();
        }
        if !self.run.broken.is_empty() {
            copy_logs(&self.run.logs, &logs);
        }
    }

    /// For the screen.
    pub fn summary(&self) -> String {
        let Run { history, broken, rounds, .. } = self.run;
        let (commands, results, due) = (history.commands.len(), history.results.len(), history.due.len());
        let lives = self.figures.lives.as_ref().map_or_else(String::new, |lives| {
            format!(
                ", {} reports, {} presentations of tracked callbacks",
                lives.reported(),
                lives.presentations.values().sum::<usize>()
            )
        });
        let mut text = format!(
            "{} faults, {commands} commands, {results} results, {due} due events{lives}: {} promises broken",
            rounds.len(),
            broken.len()
        );
        for broken in broken.iter().take(SHOWN) {
            write!(text, "\n  {broken}").unwrap();
        }
        text
    }

    fn json(&self) -> serde_json::Value {
        let rounds: Vec<_> = self
            .run
            .rounds
            .iter()
            .map(|round| {
                json!({
                    "fault": round.fault.to_string(), "began": round.began.to_string(),
                    "mended": round.mended.to_string(), "recovered": round.recovered.map(|at| at.to_string())
                })
            })
            .collect();
        let broken: Vec<_> = self
            .run
            .broken
            .iter()
            .map(|broken| {
                json!({"promise": format!("{:?}", broken.promise), "subject": broken.subject, "evidence": broken.evidence})
            })
            .collect();
        json!({
            "seed": self.plan.seed, "rounds": rounds, "mutant": self.plan.mutant,
            "began": self.run.span.0.to_string(), "ended": self.run.span.1.to_string(),
            "figures": self.figures.json(), "broken": broken
        })
    }

    fn markdown(&self) -> String {
        let (plan, run, figures) = (self.plan, self.run, &self.figures);
        let mut text = format!(
            "# Chaos\n\nTwo instances on {}, {} faults, seed {}. Again: `make chaos ROUNDS={} SEED={}{}`.\n\n",
            if plan.is_cluster {
                "three brokers and a database with a synchronous standby"
            } else {
                "one broker and one database"
            },
            run.rounds.len(),
            plan.seed,
            plan.rounds,
            plan.seed,
            if plan.is_cluster { " CLUSTER=3" } else { "" }
        );
        let verdict = match run.broken.len() {
            0 => "**No promise was broken.**\n".to_owned(),
            count => format!("**{count} promises were broken**; the instances' logs are in `logs`.\n"),
        };
        text.push_str(&verdict);
        for broken in &run.broken {
            write!(text, "\n- {broken}").unwrap();
        }
        text.push_str("\n![Timeline](timeline.svg)\n");
        count_table(&mut text, "Commands", figures.commands.iter().map(|(kind, count)| (*kind, *count)));
        count_table(&mut text, "Results", figures.results.iter().map(|(kind, count)| (kind.as_str(), *count)));
        if let Some(lives) = &figures.lives {
            life_tables(&mut text, lives);
        }
        text.push_str(
            "\n## Faults\n\nThe pause is the longest time that any shard fired nothing, with the fault itself; the \
             recovery is from the mending until every shard had fired again.\n\n\
             | fault | times | pause: median | longest | recovery: median | longest | none within a minute |\n\
             |---|--:|--:|--:|--:|--:|--:|\n",
        );
        for (kind, fault) in &figures.faults {
            let [pause, longest_pause] = [500, 1_000].map(|rank| shown(&fault.pauses, rank));
            let [recovery, longest] = [500, 1_000].map(|rank| shown(&fault.recoveries, rank));
            let (times, unrecovered) = (fault.pauses.count(), fault.unrecovered);
            writeln!(text, "| {kind} | {times} | {pause} | {longest_pause} | {recovery} | {longest} | {unrecovered} |")
                .unwrap();
        }
        text.push_str(
            "\n## Lateness\n\nFrom the instant at which an attempt was wanted until a `read_committed` reader had its due event.\n\n\
             | due events | number | median | p90 | p99 | longest |\n|---|--:|--:|--:|--:|--:|\n",
        );
        let undisturbed = ("due while nothing was broken", &figures.lateness_undisturbed);
        for (what, lateness) in [("all", &figures.lateness), undisturbed] {
            let [p50, p90, p99, longest] = [500, 900, 990, 1_000].map(|rank| shown(lateness, rank));
            writeln!(text, "| {what} | {} | {p50} | {p90} | {p99} | {longest} |", lateness.count()).unwrap();
        }
        text
    }
}

fn life_tables(text: &mut String, lives: &LifeFigures) {
    let reports = lives.reports.iter().map(|(outcome, answers)| {
        let told = answers.iter().map(|(answer, count)| format!("{answer} {count}")).collect::<Vec<_>>().join(", ");
        format!("| `{outcome}` | {} | {told} |\n", answers.values().sum::<usize>())
    });
    text.push_str(
        "\n## Reports\n\nA report that was sent again is counted once.\n\n| outcome | number | answered |\n|---|--:|---|\n",
    );
    text.extend(reports);
    count_table(text, "How callbacks stand at the end", lives.ends.iter().map(|(end, count)| (end.as_str(), *count)));
    let presentations: Vec<_> =
        lives.presentations.iter().map(|(attempt, count)| (format!("attempt {attempt}"), *count)).collect();
    let again = ("again, since nobody had reported", lives.unacknowledged);
    let rows = presentations.iter().map(|(attempt, count)| (attempt.as_str(), *count)).chain([again]);
    count_table(text, "Due events of tracked callbacks", rows);
}

fn count_table<'a>(text: &mut String, title: &str, counts: impl Iterator<Item = (&'a str, usize)>) {
    write!(text, "\n## {title}\n\n| | number |\n|---|--:|\n").unwrap();
    for (what, count) in counts {
        writeln!(text, "| {what} | {count} |").unwrap();
    }
}

fn shown(distribution: &Distribution, per_mille: usize) -> String {
    distribution.per_mille(per_mille).map_or_else(|| "–".to_owned(), |millis| format!("{millis} ms"))
}

/// The rig keeps each instance's files in a folder of its own.
pub fn copy_logs(from: &Path, to: &Path) {
    for folder in fs::read_dir(from).unwrap().flatten() {
        let name = folder.file_name();
        if !name.to_string_lossy().starts_with("service") {
            continue;
        }
        fs::create_dir_all(to.join(&name)).unwrap();
        for file in fs::read_dir(folder.path()).unwrap().flatten() {
            fs::copy(file.path(), to.join(&name).join(file.file_name())).unwrap();
        }
    }
}
