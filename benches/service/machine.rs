//! The machine, as Linux tells (proc(5)).

use serde::{Deserialize, Serialize};

use crate::grounds::{PARTITIONS, POSTGRES_SETTINGS, Servers};
use crate::rig::usage::{in_mib, read};

/// What the figures depend on.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Machine {
    /// The processor, and how many of its cores there are.
    pub processor: String,
    /// The memory, in GiB.
    pub memory_gib: f64,
    /// The kernel's version.
    pub kernel: String,
    /// Versions and settings of the servers.
    pub servers: String,
}

impl Machine {
    /// Looks at this machine.
    pub fn look(servers: &Servers) -> Self {
        let cpuinfo = read("/proc/cpuinfo");
        let model = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ")).map(|it| it.1);
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        let settings: Vec<_> = POSTGRES_SETTINGS.iter().map(|(name, value)| format!("{name} {value}")).collect();
        Self {
            processor: format!("{cores} × {}", model.unwrap_or("unknown")),
            memory_gib: in_mib(&read("/proc/meminfo"), "MemTotal:") / 1024.0,
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            servers: format!(
                "Apache Kafka {}, {}, {PARTITIONS} partitions a topic; PostgreSQL {}{}: {}; service, servers and \
                 measuring program share the machine",
                kafka_version(),
                servers.site.brokers(),
                servers.postgres.sql("postgres").value::<String>("show server_version", &[]),
                servers.site.databases(),
                settings.join(", ")
            ),
        }
    }
}

/// The version that the rig's Maven project names.
fn kafka_version() -> &'static str {
    const PROJECT: &str = include_str!("../../tests/it/rig/kafka/pom.xml");
    let broker = PROJECT.split_once("kafka_2.13").map_or("", |it| it.1);
    broker.split_once("<version>").and_then(|it| it.1.split_once('<')).map_or("unknown", |it| it.0)
}
