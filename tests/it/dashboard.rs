//! The dashboard's queries, asked of a real Prometheus that scrapes a running service.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::rig::{self, DEADLINE, Ending, Scope, Supervised, wait_until};
use crate::sample;

/// Prometheus from tools/promtool.sh, with nothing but this one service to scrape.
struct Prometheus {
    process: Supervised,
    address: SocketAddr,
}

impl Prometheus {
    fn scraping(service: SocketAddr) -> Self {
        let folder = rig::folder("prometheus");
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, rig::free_port()));
        let config = folder.join("prometheus.yml");
        let job = json!({"job_name": "schedule-callback", "static_configs": [{"targets": [service.to_string()]}]});
        // JSON is YAML.
        let text = json!({"global": {"scrape_interval": "500ms", "scrape_timeout": "500ms"}, "scrape_configs": [job]});
        fs::write(&config, text.to_string()).unwrap();
        let mut command = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/promtool.sh"));
        command
            .env("PROMETHEUS", "server")
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.tsdb.path={}", folder.join("data").display()))
            .arg(format!("--web.listen-address={address}"));
        let process = Supervised::start(&mut command, folder.join("prometheus.log"), Ending::Kill);
        let mut prometheus = Self { process, address };
        wait_until("Prometheus is ready", DEADLINE, || {
            let ended = prometheus.process.try_wait();
            assert!(ended.is_none(), "Prometheus ended with {ended:?}; {}", prometheus.process.log_tail());
            rig::get(address, "/-/ready").is_ok_and(|answer| answer.status == 200)
        });
        prometheus
    }

    /// The values that a query comes to now; Prometheus writes them as texts.
    fn ask(&self, query: &str) -> Vec<String> {
        let encoded: Vec<_> = query.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let answer = rig::get(self.address, &format!("/api/v1/query?query={}", encoded.concat())).unwrap();
        assert_eq!(answer.status, 200, "{query}: {}", answer.body);
        let answer: Value = serde_json::from_str(&answer.body).unwrap();
        let found = answer["data"]["result"].as_array().unwrap();
        found.iter().map(|series| series["value"][1].as_str().unwrap().to_owned()).collect()
    }
}

/// Every query of the dashboard as Grafana would send it, with all instances chosen; a filter that hides what is zero
/// is left out.
fn queries() -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/grafana/schedule-callback.json");
    let dashboard: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let targets = panels.iter().flat_map(|panel| panel["targets"].as_array().into_iter().flatten());
    targets
        .map(|target| {
            let query = target["expr"].as_str().unwrap().replace("$__rate_interval", "10m");
            let query = ["cluster", "namespace", "job", "instance"]
                .iter()
                .fold(query, |query, name| query.replace(&format!("${name}"), ".*"));
            query.strip_suffix(" > 0").unwrap_or(&query).to_owned()
        })
        .collect()
}

#[test]
fn every_query_of_the_dashboard_finds_data_of_a_running_service() {
    let scope = Scope::new(2);
    sample::load_directory(&scope);
    let mut service = scope.service().set("kafka.properties.statistics.interval.ms", 200).start();
    let prometheus = Prometheus::scraping(service.ops());
    wait_until("a first scrape", DEADLINE, || !prometheus.ask("schedule_callback_build_info").is_empty());

    let soon = sample::schedule(&sample::in_seconds(5));
    let refused = sample::with(&soon, &json!({"phoneNumber": "12"}));
    let unassigned = sample::with(&soon, &json!({"phoneNumber": "+448675309"}));
    let commands = [
        sample::binary("c-1", &soon),
        sample::binary("c-1", &soon),
        sample::binary("c-2", &refused),
        sample::binary("c-3", &unassigned),
        rig::Message::new("c-4", "not JSON"),
    ];
    scope.produce(&scope.topics.commands, commands);
    scope.reader(&scope.topics.results).wait_for(4);
    scope.reader(&scope.topics.due).wait_for(2);
    // Connections to PostgreSQL that end: the batch after that is run again.
    scope.sql().run(
        "select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid()",
    );
    // In time, so that callbacks are seen to be fired between two scrapes.
    let later = |id, seconds| sample::binary(id, &sample::schedule(&sample::in_seconds(seconds)));
    scope.produce(&scope.topics.commands, [later("c-5", 6), later("c-6", 9)]);
    scope.reader(&scope.topics.results).wait_for(6);
    scope.reader(&scope.topics.due).wait_for(4);

    let queries = queries();
    assert!(queries.len() > 40, "{}", queries.len());
    let without = || queries.iter().filter(|query| prometheus.ask(query).is_empty()).collect::<Vec<_>>();
    wait_until("data for every query", DEADLINE, || without().is_empty());
    // A quantile of nothing is not a number: nothing was overdue, and what a start does came before the first scrape.
    // What came after the scrape before the last one shows with the next.
    let at_start = ["catch_up", "window_load_seconds", "takeover_seconds"];
    let mut unexpected =
        queries.iter().filter(|query| !at_start.iter().any(|part| query.contains(part))).collect::<Vec<_>>();
    wait_until("a number for every quantile", DEADLINE, || {
        unexpected.retain(|query| prometheus.ask(query).iter().any(|value| value == "NaN"));
        unexpected.is_empty()
    });
    assert_eq!(service.terminate().code(), Some(0));
}
