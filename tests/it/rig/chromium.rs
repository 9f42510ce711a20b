//! Chromium without a window, spoken to through two pipes.
//!
//! Source: the Chrome DevTools Protocol; with `--remote-debugging-pipe` the browser reads messages from file descriptor
//! 3 and writes to 4, each message JSON and ended by a zero byte.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::keeper::{self, Ending};
use super::process::tail;
use super::wait::DEADLINE;

/// Hands the pipes that Rust makes as standard input and output on as 3 and 4; `exec` keeps the process number.
const PIPES: &str = r#"log=$1; shift; exec "$@" 3<&0 4>&1 </dev/null >"$log" 2>&1"#;

/// A browser with one empty profile and one page, in which scripts of pages do not run. Killed when dropped.
#[derive(Debug)]
pub struct Chromium {
    process: Child,
    commands: ChildStdin,
    messages: Receiver<Value>,
    events: VecDeque<Value>,
    log: PathBuf,
    session: Option<String>,
    number: u64,
}

impl Chromium {
    /// Starts it: `CHROMIUM` names the program, else it is `chromium`.
    pub fn start() -> Self {
        let folder = keeper::folder("chromium");
        let log = folder.join("log");
        let program = std::env::var_os("CHROMIUM").unwrap_or_else(|| "chromium".into());
        let mut process = Command::new("sh")
            .args(["-c", PIPES, "chromium"])
            .arg(&log)
            .arg(program)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
            .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
            // Some containers have hardly any shared memory.
            .args(["--disable-dev-shm-usage", "--hide-scrollbars", "--remote-debugging-pipe"])
            .arg(format!("--user-data-dir={}", folder.join("profile").display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .expect("sh runs");
        keeper::watch(process.id(), Ending::Kill);
        let (sender, messages) = channel();
        let output = process.stdout.take().expect("standard output is piped");
        thread::spawn(move || {
            for message in BufReader::new(output).split(0).map_while(Result::ok) {
                let message = serde_json::from_slice(&message).expect("a message is JSON");
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let commands = process.stdin.take().expect("standard input is piped");
        let mut chromium = Self { process, commands, messages, events: VecDeque::new(), log, session: None, number: 0 };
        let target = chromium.call("Target.createTarget", &json!({"url": "about:blank"}));
        let session = chromium.call("Target.attachToTarget", &json!({"targetId": target["targetId"], "flatten": true}));
        chromium.session = session["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Network", "Log", "Runtime"] {
            chromium.call(&format!("{domain}.enable"), &json!({}));
        }
        chromium.call("Emulation.setScriptExecutionDisabled", &json!({"value": true}));
        chromium
    }

    /// A window of that size, in pixels, for people who like it light or dark.
    pub fn look(&mut self, width: u32, height: u32, dark: bool) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600});
        self.call("Emulation.setDeviceMetricsOverride", &size);
        let scheme = if dark { "dark" } else { "light" };
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.call("Emulation.setEmulatedMedia", &features);
    }

    /// Opens a page and waits until it has all it needs.
    pub fn open(&mut self, url: &str) {
        self.forget();
        self.call("Page.navigate", &json!({"url": url}));
        self.wait_for_page();
    }

    /// Types a text and Enter where the focus is, and waits for the page that this leads to.
    pub fn enter(&mut self, text: &str) {
        self.forget();
        self.call("Input.insertText", &json!({"text": text}));
        for kind in ["keyDown", "keyUp"] {
            let key = json!({"type": kind, "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"});
            self.call("Input.dispatchKeyEvent", &key);
        }
        self.wait_for_page();
    }

    /// The value of a JavaScript expression on the page; the page's own policy does not concern it.
    pub fn value(&mut self, expression: &str) -> Value {
        let answer = self.call("Runtime.evaluate", &json!({"expression": expression, "returnByValue": true}));
        assert!(answer.get("exceptionDetails").is_none(), "{expression}: {answer}");
        answer["result"]["value"].clone()
    }

    /// What the browser has said since the last page was asked for, of that kind: `Log.entryAdded`, ….
    pub fn events(&self, method: &str) -> Vec<&Value> {
        self.events.iter().filter(|event| event["method"] == method).map(|event| &event["params"]).collect()
    }

    /// A picture of the page from its top, as PNG.
    pub fn picture(&mut self, width: u32, height: u32) -> Vec<u8> {
        let clip = json!({"x": 0, "y": 0, "width": width, "height": height, "scale": 1});
        let how = json!({"format": "png", "captureBeyondViewport": true, "clip": clip});
        let answer = self.call("Page.captureScreenshot", &how);
        STANDARD.decode(answer["data"].as_str().expect("a picture")).expect("base64")
    }

    fn forget(&mut self) {
        self.events.clear();
    }

    fn wait_for_page(&mut self) {
        while self.events("Page.loadEventFired").is_empty() {
            let event = self.receive("a page");
            self.events.push_back(event);
        }
    }

    /// Sends a command and waits for its answer; events that come meanwhile are kept.
    fn call(&mut self, method: &str, parameters: &Value) -> Value {
        self.number += 1;
        let mut command = json!({"id": self.number, "method": method, "params": parameters});
        if let Some(session) = &self.session {
            command["sessionId"] = json!(session);
        }
        let sent = write!(self.commands, "{command}\0").and_then(|()| self.commands.flush());
        assert!(sent.is_ok(), "Chromium is gone (tools/setup.sh page installs it); {}", tail(&self.log));
        loop {
            let message = self.receive(method);
            if message["id"] == self.number {
                assert!(message.get("error").is_none(), "{command}: {message}");
                return message["result"].clone();
            }
            self.events.push_back(message);
        }
    }

    fn receive(&self, what: &str) -> Value {
        self.messages.recv_timeout(DEADLINE).unwrap_or_else(|error| {
            panic!("Chromium, asked for {what}: {error} (tools/setup.sh page installs it); {}", tail(&self.log))
        })
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        keeper::forget(self.process.id());
        // A process that has ended already is as good.
        self.process.kill().ok();
        self.process.wait().ok();
    }
}
