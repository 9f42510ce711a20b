//! The operator's page, on real servers and in a real browser.
//!
//! With `OPERATOR_PAGE=<folder>` the pictures go to that folder: `make page` does that.

use std::path::PathBuf;

use schedule_callback::clock;
use serde_json::{Value, json};

use crate::answers::Dialogue;
use crate::rig::{Chromium, DEADLINE, Message, Scope, ServiceProcess, Sql, eventually, wait_until};
use crate::sample;

const PARTITIONS: i32 = 4;

/// What must be on no page: names, notes, more of a number than its last two digits, security users.
const PERSONAL: [&str; 8] = ["Ana", "García", "invoice", "415555", "5552671", "555 26", "su-1", "nobody-knows"];

/// The contrast of each piece of text that is seen with what is behind it, as WCAG 2.2 defines it (1.4.3): the least,
/// and where. Colours are those that the browser has worked out; what is behind is the first ground that is opaque.
const CONTRAST: &str = r#"
(() => {
  const parse = text => (text.match(/[\d.]+/g) || []).map(Number);
  const light = c => { const s = c / 255; return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4; };
  const luminance = ([r, g, b]) => 0.2126 * light(r) + 0.7152 * light(g) + 0.0722 * light(b);
  const ground = element => {
    for (let e = element; e; e = e.parentElement) {
      const c = parse(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] === 1) return c;
    }
    return [255, 255, 255];
  };
  let least = { ratio: 21, text: "" };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.textContent.trim() || element.closest("title, desc, style")) continue;
    const style = getComputedStyle(element);
    const ink = parse(element.namespaceURI.endsWith("svg") ? style.fill : style.color);
    const [a, b] = [luminance(ink), luminance(ground(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < least.ratio) least = { ratio, text: node.textContent, ink: ink.join(), ground: ground(element).join() };
  }
  return least;
})()
"#;

/// The rows of a history: what, which command or event, its result, the revision.
const STEPS: &str =
    "[...document.querySelectorAll('tbody tr')].map(row => [1, 2, 3, 4].map(n => row.children[n].textContent))";

/// A schedule command in that many hours and a few minutes.
fn schedule_in(id: &str, hours: i64, minutes: i64) -> Message {
    sample::binary(id, &sample::schedule(&sample::in_seconds(hours * 3_600 + minutes * 60)))
}

/// Callbacks for three days: many by day, few by night. In UTC, as the page's hours are.
fn three_days() -> Vec<Message> {
    let hour_now = clock::now().micros() / 3_600_000_000 % 24;
    let mut commands = Vec::new();
    for hour in 1..72 {
        let by_day = [1, 0, 0, 1, 0, 1, 2, 6, 14, 21, 24, 22, 12, 15, 22, 25, 20, 15, 11, 7, 5, 4, 2, 1];
        let of_day = usize::try_from((hour_now + hour) % 24).unwrap();
        for number in 0..by_day[of_day] - by_day[of_day] * (hour / 24) / 4 {
            commands.push(schedule_in(&format!("plan-{hour}-{number}"), hour, number * 53 % 59));
        }
    }
    commands
}

/// Commands that are refused, each for another reason, and one that is none.
fn refused() -> Vec<Message> {
    let schedule = sample::schedule(&sample::in_seconds(60));
    let changes = [
        json!({"skillId": "99"}),
        json!({"skillId": "99"}),
        json!({"phoneNumber": "+1 415 555"}),
        json!({"scheduleDate": "2020-01-01T00:00:00Z"}),
        json!({"securityUser": "nobody-knows"}),
        json!({"targetAgentId": "1236", "phoneNumber": "call Ana García"}),
    ];
    let refused = changes.iter().enumerate();
    let refused =
        refused.map(|(number, change)| sample::binary(&format!("refused-{number}"), &sample::with(&schedule, change)));
    refused.chain([Message::new("contact", "{\"securityUser\":")]).collect()
}

fn page_of(ops: &str, path: &str) -> String {
    format!("http://{ops}{path}")
}

/// Callbacks that wait, by hour from this one on, as a person would count them.
fn waiting_by_hour(sql: &Sql) -> Vec<i64> {
    let query = "select count(c.callback_id) from generate_series(0, 71) hour
         left join callback c on c.cancelled_at is null
              and c.fire_at >= greatest(now(), date_trunc('hour', now()) + hour * interval '1 hour')
              and c.fire_at < date_trunc('hour', now()) + (hour + 1) * interval '1 hour'
         group by hour order by hour";
    sql.rows(query, &[]).iter().map(|row| row.get(0)).collect()
}

/// The numbers of the page's plot, from its table.
fn plotted(chromium: &mut Chromium) -> Vec<i64> {
    let cells = chromium.value("[...document.querySelectorAll('details td.number')].map(cell => cell.textContent)");
    let number = |cell: &Value| cell.as_str().unwrap().replace(',', "").replace("about ", "").parse().unwrap();
    cells.as_array().unwrap().iter().map(number).collect()
}

fn save(name: &str, picture: &[u8]) {
    if let Some(folder) = std::env::var_os("OPERATOR_PAGE") {
        std::fs::write(PathBuf::from(folder).join(name), picture).unwrap();
    }
}

/// Looks at the page that is open on a screen and on a phone, in light and in dark.
fn look_at_it(chromium: &mut Chromium, name: &str) {
    for (width, height) in [(1280, 900), (360, 740)] {
        for dark in [false, true] {
            chromium.look(width, height, dark);
            let needed = chromium.value("document.documentElement.scrollWidth").as_u64().unwrap();
            assert_eq!(needed, u64::from(width), "{name} at {width} px: nothing is cut off or scrolled sideways");
            let least = chromium.value(CONTRAST);
            assert!(least["ratio"].as_f64().unwrap() >= 4.5, "{name} at {width} px, dark {dark}: {least}");
            let whole = chromium.value("document.documentElement.scrollHeight").as_u64().unwrap();
            let picture = chromium.picture(width, u32::try_from(whole).unwrap());
            assert!(picture.starts_with(b"\x89PNG\r\n\x1a\n"));
            save(&format!("{name}-{width}-{}.png", if dark { "dark" } else { "light" }), &picture);
        }
    }
    let said = chromium.events("Log.entryAdded");
    assert!(said.is_empty(), "the browser found fault with {name}: {said:?}");
}

/// Of a fired callback the page tells when it was fired, how late, and where its event is; as whoever reads the topic sees it.
fn find_what_fired(scope: &Scope<'_>, service: &ServiceProcess, chromium: &mut Chromium, fired: i64) {
    let path = format!("/callback?id={fired}");
    let event =
        scope.read_to_end(&scope.topics.due).into_iter().find(|event| event.json()["callbackId"] == fired).unwrap();
    let body = service.get(&path).unwrap().body;
    for expected in [
        format!("topic <code>{}</code>, partition {}, offset {}", scope.topics.due, event.partition, event.offset),
        format!("<code>{fired}.1.1</code>"),
        format!("<time datetime=\"{}\">", event.json()["firedAt"].as_str().unwrap()),
        " its time</dd>".to_owned(),
    ] {
        assert!(body.contains(&expected), "{expected:?} is not in {body}");
    }
    chromium.open(&page_of(&service.ops().to_string(), &path));
    let command = event.json()["commandId"].clone();
    let expected = json!([["schedule", command, "Success", "1"], ["fired", format!("{fired}.1.1"), "published", ""]]);
    assert_eq!(chromium.value(STEPS), expected, "its history in order");
    look_at_it(chromium, "fired");
}

/// By the command that made it, or was refused; by the end of its number, in its own tenant alone.
fn find_otherwise(service: &ServiceProcess, chromium: &mut Chromium, fired: i64, moved: i64) {
    let find = |query: &str| service.get(&format!("/find{query}")).unwrap();
    let link = |id: i64| format!("<a href=\"/callback?id={id}\">");
    let by_command = find("?command=moved-3&source=%2Fstudio&tenant=");
    assert!(by_command.body.contains(&link(moved)), "{}", by_command.body);
    assert!(find("?command=refused-0&source=%2Fstudio").body.contains("SKILL_UNKNOWN"));
    assert_eq!(find("?command=refused-0&source=%2Fother").status, 404);
    assert_eq!(find("?command=refused-0").status, 400);
    let by_number = find("?digits=555-2671");
    assert!(by_number.body.contains(&link(fired)), "{}", by_number.body);
    assert!(
        by_number.body.contains("<span class=\"state due published\">due, published</span>")
            && by_number.body.contains("state pending"),
        "{}",
        by_number.body
    );
    for nothing in ["?digits=2672", "?digits=2671&tenant=other"] {
        let body = find(nothing).body;
        assert!(body.contains("None of the callbacks") && !body.contains("class=\"state "), "{nothing}: {body}");
    }
    assert_eq!(find("?digits=671").status, 400);
    chromium.look(1280, 900, false);
    chromium.open(&page_of(&service.ops().to_string(), "/find?digits=2671"));
    look_at_it(chromium, "find");
    chromium.open(&page_of(&service.ops().to_string(), "/runbook"));
    assert_eq!(chromium.value("document.getElementById('schedulecallbacknotready').tagName"), "H3");
    look_at_it(chromium, "runbook");
}

#[test]
fn it_shows_the_service_as_it_is_in_a_browser_without_scripts() {
    let scope = Scope::new(PARTITIONS);
    sample::load_directory(&scope);
    let (one, other) = (scope.service().start(), scope.service().start());
    // Not by the page: what it has counted is kept for a minute.
    wait_until("both have their part", DEADLINE, || {
        let has_two = |metrics: &str| metrics.lines().any(|line| line == "schedule_callback_shards 2");
        [&one, &other].iter().all(|service| has_two(&service.get("/metrics").unwrap().body))
    });
    let mut results = scope.reader(&scope.topics.results);
    let mut answered = 0;
    let mut send = |commands: Vec<Message>, unanswered: usize| {
        answered += commands.len() - unanswered;
        scope.produce(&scope.topics.commands, commands);
        results.wait_for(answered).last().unwrap().json()["callbackId"].as_i64()
    };
    send(three_days(), 0);
    // Not at once, so that they are in time.
    let first = clock::now().plus_micros(4_000_000);
    let soon = |number: i64| {
        let date = first.plus_micros(number * 70_000).to_string();
        sample::binary(&format!("soon-{number}"), &sample::schedule(&date))
    };
    let fired = send((0..40).map(soon).collect(), 0).unwrap();
    // The last one cannot be read, not even who sent it.
    send(refused(), 1);
    // One that is moved and then called off.
    let moved = send(vec![schedule_in("moved", 30, 0)], 0).unwrap();
    let naming = json!({"callbackId": moved});
    let reschedule = sample::reschedule(&naming, &sample::in_seconds(50 * 3_600));
    send(vec![sample::typed("moved-2", "callback.reschedule.v1", &reschedule)], 0);
    send(vec![sample::typed("moved-3", "callback.cancel.v1", &sample::cancel(&naming))], 0);
    scope.reader(&scope.topics.due).wait_for(40);

    let ops = one.ops().to_string();
    let mut chromium = Chromium::start();
    chromium.look(1280, 900, false);
    chromium.open(&page_of(&ops, "/"));
    assert_eq!(chromium.value("document.title"), "Overview · schedule-callback");
    // Again where an hour has just begun between the one and the other.
    let in_the_same_hour = eventually("page and database are read in the same hour", DEADLINE, || {
        let hour = || clock::now().micros() / 3_600_000_000;
        let before = hour();
        chromium.open(&page_of(&ops, "/"));
        let both = (plotted(&mut chromium), waiting_by_hour(&scope.sql()));
        (hour() == before).then_some(both)
    });
    assert_eq!(in_the_same_hour.0, in_the_same_hour.1);
    let text = chromium.value("document.body.innerText");
    let text = text.as_str().unwrap();
    for expected in ["Ready.", "2 shards of this instance", "2 shards of ", "Success", "of all instances"] {
        assert!(text.contains(expected), "{expected:?} is not in {text}");
    }
    let both = format!("{text}{}", other.get("/").unwrap().body);
    for code in ["SKILL_UNKNOWN", "PHONE_NUMBER_SYNTAX", "SCHEDULE_DATE_IN_PAST", "SECURITY_USER_UNKNOWN", "NOT_JSON"] {
        assert!(both.contains(code), "{code} is on neither page: {both}");
    }
    assert_eq!(chromium.value("document.querySelectorAll('#shards ~ .scroll tbody tr').length"), PARTITIONS);
    look_at_it(&mut chromium, "overview");
    chromium.look(1280, 900, false);
    let height = chromium.value("document.getElementById('decisions').getBoundingClientRect().top + scrollY");
    let picture = chromium.picture(1280, num(&height) + 150);
    save("operator-page.png", &picture);

    // The form, as a person uses it; nothing but this server is ever asked.
    chromium.value("document.getElementById('id').focus()");
    chromium.enter(&format!(" {moved} "));
    let asked: Vec<String> = chromium
        .events("Network.requestWillBeSent")
        .iter()
        .map(|event| event["request"]["url"].as_str().unwrap().to_owned())
        .filter(|url| !url.starts_with("data:"))
        .collect();
    assert_eq!(asked, [page_of(&ops, &format!("/callback?id=+{moved}+"))]);
    assert_eq!(chromium.value("document.querySelector('.state').textContent"), "cancelled");
    let expected = json!([
        ["schedule", "moved", "Success", "1"],
        ["reschedule", "moved-2", "Success", "2"],
        ["cancel", "moved-3", "Success", "2"]
    ]);
    assert_eq!(chromium.value(STEPS), expected);
    let text = chromium.value("document.body.innerText");
    assert!(text.as_str().unwrap().contains("…71"), "{text}");
    look_at_it(&mut chromium, "callback");

    let path = format!("/callback?id={fired}");
    wait_until("it is told that it has fired", DEADLINE, || {
        // Exactly by whoever has the shard, by the other as soon as the marker is copied.
        [&one, &other]
            .iter()
            .any(|service| service.get(&path).unwrap().body.contains("<span class=\"state due published\">"))
    });
    find_what_fired(&scope, &one, &mut chromium, fired);
    find_otherwise(&one, &mut chromium, fired, moved);

    for path in
        ["/", &path, &format!("/callback?id={moved}"), "/find?digits=2671", "/find?command=moved&source=%2Fstudio"]
    {
        for service in [&one, &other] {
            let body = service.get(path).unwrap().body;
            for personal in PERSONAL {
                assert!(!body.contains(personal), "{personal:?} is on {path}");
            }
        }
    }
    let unknown = one.get(&format!("/callback?id={}", moved + (1 << 40))).unwrap();
    assert_eq!(unknown.status, 404, "{}", unknown.body);
    assert!(unknown.body.contains("There is no callback"), "{}", unknown.body);
}

#[test]
fn of_a_tracked_callback_it_shows_presentations_reports_and_the_end() {
    let scope = Scope::new(1);
    sample::load_directory(&scope);
    let skill = json!({"skillId":"4713","name":"B","active":true,"mediaType":"phone","direction":"outbound",
        "lifecycle":{"retry":{"noAnswer":["10s"]}}});
    scope.produce(&scope.topics.skills, [Message::new("default/4713", skill.to_string())]);
    let permissions = ["commitments:create", "commitments:report"];
    let user = json!({"securityUser":"su-router","agentId":"1234","active":true,"permissions":permissions});
    scope.produce(&scope.topics.security_users, [Message::new("default/su-router", user.to_string())]);
    let service = scope.service().start();
    let mut dialogue = Dialogue::with(&scope);
    let mut due = scope.reader(&scope.topics.due);
    let schedule = sample::with(&sample::schedule(&sample::in_seconds(1)), &json!({"skillId": "4713"}));
    let mut ask = |id: &str, kind: &str, payload: &Value| {
        let result = dialogue.ask(0, id, kind, payload);
        assert_eq!(result["condition"], "Success", "{result}");
        result["callbackId"].as_i64().unwrap()
    };
    let mut fires = |id: &str| {
        due.wait_until(id, |events| events.iter().any(|event| event.header("ce_id") == Some(id)));
    };
    let report = |id: i64, attempt: i64, outcome: &str| json!({"securityUser": "su-router", "callbackId": id, "attempt": attempt, "outcome": outcome, "agentId": "1234"});
    let page = |id: i64| service.get(&format!("/callback?id={id}")).unwrap().body;
    let shows = |body: &str, expected: &[&str]| {
        for part in expected {
            assert!(body.contains(part), "{part:?} is not in {body}");
        }
    };
    let [first, second] =
        [format!("t-{}", 1), format!("t-{}", 2)].map(|id| ask(&id, "callback.schedule.v1", &schedule));
    for id in [first, second] {
        fires(&format!("{id}.1.1"));
    }
    wait_until("its due event is published", DEADLINE, || page(first).contains(">due, published</span>"));
    ask("r-1", "callback.report.v1", &report(first, 1, "noAnswer"));
    let again = page(first);
    shows(
        &again,
        &["<span class=\"state pending\">pending</span>", "1<span class=\"quiet\"> (dialled and not reached)"],
    );
    shows(
        &again,
        &[
            "<code>noAnswer</code> by agent 1234",
            "<code>noAnswer</code>: pending, attempt 2 at <time",
            "presented again",
        ],
    );
    fires(&format!("{first}.1.2"));
    wait_until("it is due again", DEADLINE, || page(first).contains(">due, published</span>"));
    ask("r-2", "callback.report.v1", &report(first, 2, "connected"));
    let ended = page(first);
    shows(&ended, &["<span class=\"state completed\">completed</span>", "</time>, <code>CONNECTED</code></dd>"]);
    shows(&ended, &["<code>connected</code>: completed, attempt 2, <code>CONNECTED</code>"]);
    let mut chromium = Chromium::start();
    chromium.look(1280, 900, false);
    chromium.open(&page_of(&service.ops().to_string(), &format!("/callback?id={first}")));
    let expected = json!([
        ["schedule", "t-1", "Success", "1"],
        ["fired", format!("{first}.1.1"), "published", ""],
        ["report", "r-1", "Success", "1"],
        ["fired", format!("{first}.1.2"), "published", ""],
        ["report", "r-2", "Success", "1"]
    ]);
    assert_eq!(chromium.value(STEPS), expected);
    look_at_it(&mut chromium, "completed");

    // Of the other one nobody has said what came of it, as if its time for that were over.
    ask("r-3", "callback.report.v1", &report(second, 1, "accepted"));
    shows(&page(second), &["<span class=\"state accepted\">accepted</span>", "<dt>Next report</dt><dd>until <time"]);
    scope.sql().run(&format!(
        "update callback set fire_at = scheduled_for, cancelled_at = scheduled_for where callback_id = {second}"
    ));
    shows(
        &page(second),
        &[
            "<span class=\"state missed\">missed</span>",
            "<td>ended by time</td>",
            "missed, <code>OUTCOME_UNKNOWN</code>",
        ],
    );
    let found = service.get("/find?digits=2671").unwrap().body;
    shows(&found, &["<span class=\"state missed\">missed</span>", "<span class=\"state completed\">completed</span>"]);
}

fn num(value: &Value) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels of a page")]
    let pixels = value.as_f64().unwrap() as u32;
    pixels
}

/// So many callbacks in the hours from the second on, as if they had been scheduled; and PostgreSQL's statistics of them.
fn fill(sql: &Sql, callbacks: i64) {
    sql.run(&format!(
        "insert into callback (callback_id, shard, fire_at, scheduled_for, revision, attempt, tenant, skill_id,
             phone_number, requested_by, command_source, command_id, revised_by, created_at)
         select (1000000 + number) << 10, 0, at, at, 1, 1, 'default', 4711, '+14155552671', 1234, '/studio',
                'bulk-' || number, 'bulk-' || number, now()
         from generate_series(1, {callbacks}) number,
              lateral (select now() + interval '1 hour' + number * interval '70 hours' / {callbacks} as at) t;
         analyze callback"
    ));
}

#[test]
fn it_estimates_what_is_too_much_to_count_and_is_shown_while_postgresql_is_away() {
    const MANY: i64 = 150_000;
    let scope = Scope::new(2);
    sample::load_directory(&scope);
    fill(&scope.sql(), MANY);
    let (proxy, url) = scope.postgres.proxy(&scope.database);
    let service = scope.service().set("postgres.url", url).start();
    let page = || service.get("/").unwrap();
    let body = page().body;
    assert!(body.contains("Estimated from PostgreSQL") && body.contains("plot estimated"), "{body}");
    let mut chromium = Chromium::start();
    chromium.open(&page_of(&service.ops().to_string(), "/"));
    let estimated: i64 = plotted(&mut chromium).iter().sum();
    assert!((MANY * 9 / 10..=MANY * 11 / 10).contains(&estimated), "{estimated} of {MANY}");

    proxy.stall();
    wait_until("it is shown though nothing comes back", DEADLINE, || {
        let answer = page();
        answer.status == 200 && answer.body.contains("the database did not answer within 3s")
    });
    proxy.cut();
    let asked = eventually("it says what is missing", DEADLINE, || {
        let answer = page();
        answer.body.contains("The owners are those of before").then_some(answer)
    });
    assert_eq!(asked.status, 200);
    for expected in ["plot estimated", "2 shards of this instance", "PostgreSQL at 127.0.0.1:"] {
        assert!(asked.body.contains(expected), "{expected:?} is not in {}", asked.body);
    }
    let id = (1_000_000_i64 + 1) << 10;
    let callback = service.get(&format!("/callback?id={id}")).unwrap();
    assert_eq!(callback.status, 503, "{}", callback.body);
    assert!(callback.body.contains("cannot be shown now"), "{}", callback.body);

    proxy.resume();
    wait_until("it shows all again", DEADLINE, || {
        let callback = service.get(&format!("/callback?id={id}")).unwrap();
        callback.status == 200 && callback.body.contains("<span class=\"state pending\">")
    });
    // The page's connection reads, and cannot do anything else.
    let sql = scope.sql();
    let query =
        "select count(*) from pg_stat_activity where datname = $1 and application_name = 'schedule-callback page'";
    let connections: i64 = sql.value(query, &[&scope.database]);
    assert_eq!(connections, 1, "one connection, however many pages");
}
