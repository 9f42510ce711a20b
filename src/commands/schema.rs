//! `schema`: prints what messages look like, for those who write producers and consumers.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::builder::PossibleValuesParser;
use schedule_callback::config::Config;
use schedule_callback::contract::{Message, asyncapi};
use serde_json::{Value, json};

use super::failure::Failure;

/// Print the JSON Schemas of all messages and the AsyncAPI document, or one of them.
///
/// Without a name: one object, {"asyncapi": …, "schemas": {NAME: …}}.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The one to print; without it all.
    #[arg(value_parser = names())]
    name: Option<String>,
    /// Write each into a file of its own instead: asyncapi.json and schemas/NAME.json in this folder.
    #[arg(long, value_name = "FOLDER", conflicts_with = "name")]
    into: Option<PathBuf>,
    /// Settings: topics, brokers and group of the AsyncAPI document.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// The one document that is no schema.
const ASYNCAPI: &str = "asyncapi";

fn names() -> PossibleValuesParser {
    let schemas = Message::ALL.map(Message::name);
    PossibleValuesParser::new([ASYNCAPI].into_iter().chain(schemas))
}

/// Prints or writes what is asked for.
pub(super) fn main(arguments: &Arguments) -> Result<(), Failure> {
    let config = Config::load(arguments.config.as_deref(), std::env::vars_os()).map_err(Failure::usage)?;
    if let Some(folder) = &arguments.into {
        return write_all(folder, &config).map_err(Failure::Usage);
    }
    let name = arguments.name.as_deref();
    let document = match Message::ALL.into_iter().find(|message| name == Some(message.name())) {
        Some(message) => message.schema(),
        None if name == Some(ASYNCAPI) => asyncapi(&config),
        None => all(&config),
    };
    match io::stdout().lock().write_all(&text_of(&document)) {
        // Whoever reads it has seen enough, as `head` has.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        done => done.map_err(Failure::internal),
    }
}

fn all(config: &Config) -> Value {
    let schemas: Value = Message::ALL.iter().map(|message| (message.name(), message.schema())).collect();
    json!({ASYNCAPI: asyncapi(config), "schemas": schemas})
}

fn write_all(folder: &Path, config: &Config) -> anyhow::Result<()> {
    let schemas = folder.join("schemas");
    fs::create_dir_all(&schemas).with_context(|| format!("{} cannot be made", schemas.display()))?;
    write(&folder.join("asyncapi.json"), &asyncapi(config))?;
    for message in Message::ALL {
        write(&schemas.join(format!("{}.json", message.name())), &message.schema())?;
    }
    Ok(())
}

fn write(file: &Path, document: &Value) -> anyhow::Result<()> {
    fs::write(file, text_of(document)).with_context(|| format!("{} cannot be written", file.display()))
}

fn text_of(document: &Value) -> Vec<u8> {
    format!("{document:#}\n").into_bytes()
}
