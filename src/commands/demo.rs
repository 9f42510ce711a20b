//! `demo`: the whole job with nothing installed but PostgreSQL's programs (docs/contract.md#the-program).
//!
//! It is the service that `run` runs, between a broker in this process and a private database. It ends by itself and
//! leaves nothing behind, however it ends: what lies outside this process is in the care of a keeper.

mod broker;
mod keeper;
mod postgres;
mod published;
mod router;
mod samples;
mod screen;
mod states;
mod story;
mod summary;

use std::io::{self, ErrorKind};
use std::thread::{Builder, JoinHandle};

use anyhow::Context as _;
use schedule_callback::config::Config;
use schedule_callback::kafka::publisher::Publisher;
use schedule_callback::service::{self, ServiceError, cluster_of, endpoint_of};
use schedule_callback::stop::Stop;
use schedule_callback::telemetry;
use schedule_callback::wire::directory_file;
use tokio::runtime::Runtime;

use self::broker::Broker;
use self::postgres::Postgres;
use self::published::Outlet;
use self::screen::Screen;
use self::story::{Story, Told};
use super::directory;
use super::failure::Failure;
use super::run::{runtime, stop_on_signals};

/// Skills, agents and security users that the sample commands name.
const DIRECTORY: &str = include_str!("../../config/sample/directory.json");

/// The mock broker keeps a fetch that finds nothing for all of this time, also when a record comes meanwhile; a real one
/// answers at once.
const FETCH_WAIT_MILLIS: u32 = 20;

/// Show the whole job on this machine, in about 35 seconds; needs PostgreSQL's programs and nothing else.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Show the service's own log between the lines, on standard error.
    #[arg(long)]
    verbose: bool,
}

/// Shows it, until it is told or a signal comes.
pub(super) fn main(arguments: &Arguments) -> Result<(), Failure> {
    let runtime = runtime()?;
    let stop = Stop::default();
    stop_on_signals(&runtime, &stop)?;
    let shown = show(arguments, &runtime, &stop);
    runtime.shutdown_background();
    match shown {
        // Whoever read it has seen enough, as `head` has.
        Err(Failure::Internal(error)) if is_broken_pipe(&error) => Ok(()),
        shown => shown,
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}

fn show(arguments: &Arguments, runtime: &Runtime, stop: &Stop) -> Result<(), Failure> {
    let mut screen = Screen::on_standard_output();
    screen.heading("The whole job on this machine, in about 35 seconds; Ctrl-C ends it sooner.").map_err(internal)?;
    let mut postgres = Postgres::start()?;
    let folder = postgres.folder().to_owned();
    let told = show_with(&mut postgres, &mut screen, arguments, runtime, stop);
    let stopped = postgres.stop().map_err(Failure::Internal);
    let end = match told? {
        Told::ToItsEnd => "The service has stopped in order",
        Told::Interrupted => "Interrupted; the service has stopped in order",
    };
    stopped?;
    screen.heading(&format!("{end}, and {} is gone.", folder.display())).map_err(internal)
}

fn show_with(
    postgres: &mut Postgres,
    screen: &mut Screen,
    arguments: &Arguments,
    runtime: &Runtime,
    stop: &Stop,
) -> Result<Told, Failure> {
    let broker = Broker::start().map_err(Failure::internal)?;
    let config = settings(&broker, postgres, arguments.verbose)?;
    telemetry::start_logging(&config.log).map_err(Failure::internal)?;
    let Some(version) =
        postgres.wait_until_it_answers(runtime, &endpoint_of(&config).map_err(Failure::internal)?, stop)?
    else {
        return Ok(Told::Interrupted);
    };
    prepare_topics(&broker, &config).map_err(Failure::Internal)?;
    screen
        .line(&format!("PostgreSQL {version}, private, in {}", postgres.folder().display()))
        .and_then(|()| {
            screen.line("Kafka: librdkafka's mock broker, inside this process; topics and directory are made")
        })
        .and_then(|()| screen.line("the service starts and joins its group, for which the mock broker takes 3 s"))
        .map_err(internal)?;
    let service = Running::start(&config, runtime)?;
    let told = tell(&config, screen, &service, stop);
    // Its own fault says more than what the story lacked for it.
    service.stop()?;
    told.map_err(Failure::Internal)
}

/// The settings of the service, from a text as `--config` would read it. The environment does not count: it may name
/// servers that are not to be touched.
fn settings(broker: &Broker, postgres: &Postgres, verbose: bool) -> Result<Config, Failure> {
    let quoted = |text: String| toml::Value::String(text).to_string();
    let text = format!(
        "[kafka]\nbootstrap_servers = {}\n[kafka.properties]\n\"fetch.wait.max.ms\" = {FETCH_WAIT_MILLIS}\n\
         [topics]\nstate = \"callback.state\"\n[postgres]\nurl = {}\n[ops]\nlisten = \"off\"\n[log]\nlevel = \"{}\"\n",
        quoted(broker.bootstrap_servers()),
        quoted(postgres.connection()),
        if verbose { "info" } else { "error" },
    );
    Config::from_sources(Some(("the demo's settings", &text)), []).map_err(Failure::internal)
}

fn prepare_topics(broker: &Broker, config: &Config) -> anyhow::Result<()> {
    broker.make_topics(&config.topics)?;
    let publisher = Publisher::new(&cluster_of(config)?)?;
    directory::publish(&publisher, &config.topics, &directory_file::read(DIRECTORY.as_bytes())?)?;
    publisher.finish()?;
    Ok(())
}

fn tell(config: &Config, screen: &mut Screen, service: &Running, stop: &Stop) -> anyhow::Result<Told> {
    let cluster = cluster_of(config)?;
    let outlet = Outlet::open(&cluster, &config.topics)?;
    let publisher = Publisher::new(&cluster)?;
    let may_go_on = || !stop.is_set() && !service.has_ended();
    Story::new(screen, &publisher, config.topics.commands.as_str(), outlet, &may_go_on).tell(&samples::all())
}

fn internal(error: io::Error) -> Failure {
    Failure::Internal(error.into())
}

/// The service, in a thread of its own.
struct Running {
    stop: Stop,
    thread: JoinHandle<Result<(), ServiceError>>,
}

impl Running {
    fn start(config: &Config, runtime: &Runtime) -> Result<Self, Failure> {
        let stop = Stop::default();
        let (config, runtime, told) = (config.clone(), runtime.handle().clone(), stop.clone());
        let thread = Builder::new()
            .name("service".to_owned())
            .spawn(move || service::run(&config, &runtime, &told))
            .map_err(internal)?;
        Ok(Self { stop, thread })
    }

    fn has_ended(&self) -> bool {
        self.thread.is_finished()
    }

    fn stop(self) -> Result<(), Failure> {
        self.stop.set();
        let ended =
            self.thread.join().map_err(|_| anyhow::anyhow!("the service panicked")).map_err(Failure::Internal)?;
        ended.context("the service ended by itself").map_err(Failure::Internal)
    }
}
