//! What the service is measured on: one broker and one database, or a cluster that may lose one of each.

use std::path::{Path, PathBuf};

/// The servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Site {
    /// One broker, one database.
    Single,
    /// Three brokers that are controllers too, replication 3, `min.insync.replicas` 2; a primary whose commits wait for a
    /// standby.
    Cluster,
}

impl Site {
    /// `BENCH_CLUSTER=3` is the cluster.
    ///
    /// # Panics
    /// With any other number of brokers.
    pub fn from_environment() -> Self {
        match std::env::var("BENCH_CLUSTER").unwrap_or_default().as_str() {
            "" | "1" => Self::Single,
            "3" => Self::Cluster,
            other => panic!("BENCH_CLUSTER={other}: there are clusters of three brokers only"),
        }
    }

    /// Where the figures are kept.
    pub fn results(self) -> PathBuf {
        project().join("target/bench").join(match self {
            Self::Single => "results.json",
            Self::Cluster => "results-cluster.json",
        })
    }

    /// The page that is rendered from them; its pictures lie in the folder of its name.
    pub fn page(self) -> PathBuf {
        project().join("docs").join(match self {
            Self::Single => "benchmarks.md",
            Self::Cluster => "benchmarks-cluster.md",
        })
    }

    /// What they are, for the page.
    pub const fn brokers(self) -> &'static str {
        match self {
            Self::Single => "one node",
            Self::Cluster => "three nodes, replication 3, `min.insync.replicas` 2",
        }
    }

    /// The same of the database server.
    pub const fn databases(self) -> &'static str {
        match self {
            Self::Single => "",
            Self::Cluster => " with a standby that every commit waits for (`synchronous_standby_names` `*`)",
        }
    }
}

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
