//! `schedule-callback schema` as a person runs it, and the documents that are kept in `config/`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its functions too")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn schema(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_schedule-callback"));
    command.arg("schema").args(arguments);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("SCHEDULE_CALLBACK__") {
            command.env_remove(name);
        }
    }
    command.output().unwrap()
}

fn printed(arguments: &[&str]) -> Value {
    let output = schema(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Every file of the folder, by its path in it.
fn files(folder: &Path) -> Vec<(PathBuf, String)> {
    let in_folder = |sub: &str| -> Vec<PathBuf> {
        fs::read_dir(folder.join(sub)).unwrap().map(|entry| Path::new(sub).join(entry.unwrap().file_name())).collect()
    };
    let mut names = in_folder("schemas");
    names.push("asyncapi.json".into());
    names.sort();
    names.into_iter().map(|name| (name.clone(), fs::read_to_string(folder.join(name)).unwrap())).collect()
}

#[test]
fn the_documents_in_config_are_the_programs() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("schema");
    drop(fs::remove_dir_all(&folder));
    let output = schema(&["--into", folder.to_str().unwrap()]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let kept = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("config"));
    let made = files(&folder);
    let names = |files: &[(PathBuf, String)]| files.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&kept), names(&made));
    for ((name, kept), (_, made)) in kept.iter().zip(&made) {
        assert!(kept == made, "config/{} is out of date: `make schemas` writes it anew", name.display());
    }
}

#[test]
fn all_is_one_object_and_a_name_takes_its_part() {
    let all = printed(&[]);
    assert_eq!(all["asyncapi"], printed(&["asyncapi"]));
    assert_eq!(all["asyncapi"]["asyncapi"], "3.1.0");
    let schemas = all["schemas"].as_object().unwrap();
    assert_eq!(schemas.len(), 13);
    assert_eq!(schemas["result"], printed(&["result"]));
    for (name, schema) in schemas {
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema", "{name}");
    }
}

#[test]
fn the_asyncapi_document_has_the_topics_brokers_and_group_of_the_settings() {
    let config = format!("{}/schema.toml", env!("CARGO_TARGET_TMPDIR"));
    let settings = "[kafka]\nbootstrap_servers = 'a:1, b:2'\ngroup_id = 'ours'\n[topics]\nresults = 'answers'\n";
    fs::write(&config, settings).unwrap();
    let document = printed(&["asyncapi", "--config", &config]);
    assert_eq!(document["servers"]["kafka2"]["host"], "b:2");
    assert_eq!(document["channels"]["results"]["address"], "answers");
    assert_eq!(document["channels"]["commands"]["address"], "callback.commands");
    let group = &document["operations"]["decideCommand"]["bindings"]["kafka"]["groupId"]["enum"][0];
    assert_eq!(group, "ours");
}

#[test]
fn an_unknown_name_ends_with_64_and_the_names_there_are() {
    let output = schema(&["answer"]);
    assert_eq!(output.status.code(), Some(64));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("schedule-command") && said.contains("asyncapi"), "{said}");
}
