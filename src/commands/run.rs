//! `run`: the service, until a signal.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use schedule_callback::config::{Config, SettingsInForce};
use schedule_callback::service::{self, ServiceError};
use schedule_callback::stop::Stop;
use schedule_callback::telemetry;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::failure::Failure;

/// Exit status after a second signal: 128 and the number of SIGINT, as a shell shows it.
const IMPATIENT: i32 = 130;

/// Consume commands, publish results, fire callbacks, until SIGTERM or SIGINT.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Settings; environment variables `SCHEDULE_CALLBACK__SECTION__KEY` win over them.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Only look whether the settings are good, and print those that count; opens nothing.
    #[arg(long)]
    check_config: bool,
}

/// Runs the service.
pub(super) fn main(arguments: &Arguments) -> Result<(), Failure> {
    if arguments.check_config {
        return check(arguments.config.as_deref());
    }
    let config = load(arguments.config.as_deref())?;
    use_small_pages();
    let runtime = runtime()?;
    let stop = Stop::default();
    stop_on_signals(&runtime, &stop)?;
    let exporting = telemetry::spans::start(runtime.handle());
    let outcome = service::run(&config, runtime.handle(), &stop).map_err(Failure::from);
    exporting.finish();
    // A query that hangs must not keep a process that is told to end.
    runtime.shutdown_background();
    if outcome.is_ok() {
        tracing::info!("stopped in order");
    }
    outcome
}

/// Memory in pages of 4 KiB instead of 2 MiB: a burst needs much memory for a moment, in small pieces, and the kernel clears
/// each page before it is used (docs/decisions/0014-small-pages.md).
#[cfg(target_os = "linux")]
fn use_small_pages() {
    if let Err(error) = rustix::thread::disable_transparent_huge_pages(true) {
        tracing::debug!(
            %error,
            "transparent huge pages could not be switched off, so the setting of the system stays in force"
        );
    }
}

#[cfg(not(target_os = "linux"))]
const fn use_small_pages() {}

/// Says that the settings are good, and which they are.
fn check(file: Option<&Path>) -> Result<(), Failure> {
    let config = Config::load(file, std::env::vars_os()).map_err(Failure::usage)?;
    let settings = SettingsInForce::load(file, std::env::vars_os(), &config).map_err(Failure::usage)?;
    writeln!(io::stdout().lock(), "# The configuration is good. `run` would use these settings.\n{settings}")
        .map_err(Failure::internal)
}

/// The settings, and logging as they say.
pub(super) fn load(file: Option<&Path>) -> Result<Config, Failure> {
    let config = Config::load(file, std::env::vars_os()).map_err(Failure::usage)?;
    telemetry::start_logging(&config.log).map_err(Failure::internal)?;
    Ok(config)
}

/// The runtime of database connections and the ops server; the loops have threads of their own.
pub(super) fn runtime() -> Result<Runtime, Failure> {
    Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("io")
        .enable_all()
        .build()
        .context("the runtime cannot be started")
        .map_err(Failure::Internal)
}

/// The first signal stops in order, the second at once.
pub(super) fn stop_on_signals(runtime: &Runtime, stop: &Stop) -> Result<(), Failure> {
    let _inside = runtime.enter();
    let listen = |kind| signal(kind).context("signals cannot be listened to").map_err(Failure::Internal);
    let (mut terminate, mut interrupt) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
    let stop = stop.clone();
    runtime.spawn(async move {
        either(&mut terminate, &mut interrupt).await;
        tracing::info!("a signal to stop has come; a second one ends the process at once");
        stop.set();
        either(&mut terminate, &mut interrupt).await;
        std::process::exit(IMPATIENT);
    });
    Ok(())
}

async fn either(one: &mut Signal, other: &mut Signal) {
    tokio::select! {
        _ = one.recv() => {}
        _ = other.recv() => {}
    }
}

impl From<ServiceError> for Failure {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::Settings(_) | ServiceError::Misplaced(_) => Self::Usage(error.into()),
            ServiceError::Unavailable(_) => Self::Unavailable(error.into()),
            ServiceError::Internal(_) => Self::Internal(error.into()),
        }
    }
}
