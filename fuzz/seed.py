#!/usr/bin/env python3
"""Writes the seeds of the corpus from the judged examples and the samples: fuzz/corpus/<target>/seed-NN.

A selection, so that the corpus stays small: of the dates and numbers a few of every verdict and reason.
Usage: fuzz/seed.py
"""

import base64
import json
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
CASES = PROJECT / "tests/cases"


def seed(target, texts):
    folder = PROJECT / "fuzz/corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    for number, text in enumerate(texts):
        (folder / f"seed-{number:02}").write_bytes(text if isinstance(text, bytes) else text.encode())


def rows(file, columns, reason, each):
    """`columns` of the first `each` rows of every reason, joined as the targets read them."""
    lines = (CASES / file).read_text().splitlines()
    names = lines[0].split("\t")
    taken = {}
    for line in lines[1:]:
        row = dict(zip(names, line.split("\t")))
        taken.setdefault(reason(row), []).append("\t".join(row[name] for name in columns).rstrip("\t"))
    return [text for texts in taken.values() for text in texts[:each]]


def commands():
    for file in [PROJECT / "config/sample/commands.ndjson", CASES / "check/commands.ndjson"]:
        yield from file.read_text().splitlines()


def envelopes():
    plain = [line for line in commands() if line.startswith("{")]
    payload = json.dumps({"securityUser": "su-1", "skillId": 4711, "caption": "é"}, ensure_ascii=False)
    attributes = {"specversion": "1.0", "id": "c-1", "source": "/studio", "type": "callback.schedule.v1",
                  "time": "2026-11-23T10:00:00+01:00", "tenantid": "acme", "correlationid": "corr",
                  "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "tracestate": "a=1"}
    headers = "\n".join(f"{name if name.startswith('trace') else 'ce_' + name}: {value}"
                        for name, value in attributes.items())
    structured = "content-type: application/cloudevents+json; charset=utf-8\n\n"
    encoded = base64.b64encode(payload.encode()).decode()
    yield from plain[:8]
    yield f"{headers}\ncontent-type: application/json\n\n{payload}"
    yield f"{headers}\n\n"
    yield f"{headers}\nce_id\n\n{payload}"
    yield structured + json.dumps({**attributes, "data": json.loads(payload)}, ensure_ascii=False)
    yield structured + json.dumps({**attributes, "data_base64": encoded})
    yield structured + json.dumps({**attributes, "data": {}, "data_base64": encoded})
    for value in ['{"a":1,"a":2}', "[]", '"\\ud800"', "\ufeff{}", '{"commandId":1}', "[[[[{}]]]]", "", "nul"]:
        yield f"ce_id: c-1\nce_source: /studio\nce_type: callback.cancel.v1\n\n{value}"
    yield b"ce_id: \xff\xfe\n\n{\xed\xa0\x80}"


def payloads():
    yield from commands()
    amendment = {"securityUser": "su-1", "callbackId": 1025, "reason": "r"}
    scheduled_by = {"source": "/sample", "commandId": "c-1"}
    for kind, more in [("cancel", {}), ("cancel", {"scheduledBy": scheduled_by, "callbackId": None}),
                       ("reschedule", {"scheduleDate": "2026-11-24T10:00", "timeZone": "Europe/Madrid"}),
                       ("reschedule", {"phoneNumber": "020 7946 0958", "targetAgentId": "1234", "skillId": "4712"})]:
        yield f"callback.{kind}.v1\n" + json.dumps({**amendment, **more})
    schedule = {"securityUser": "{user}", "variables": {"user": "su-1"}, "phoneNumber": "+1 415 555 2671 ext. 12",
                "skillId": "4711", "targetAgentId": "1235", "scheduleDate": "2026-W48-2T10:30", "notes": "a\tb",
                "caption": "Call \"Ana\" \U0001f600", "scriptType": "Phone", "definedBranches": ["Success", "x"]}
    yield "callback.schedule.v1\n" + json.dumps(schedule)
    yield "another\n" + json.dumps(schedule)


def directories():
    file = (PROJECT / "config/sample/directory.json").read_text()
    ids = {"skills": "skillId", "agents": "agentId", "securityUsers": "securityUser"}
    for name, records in json.loads(file).items():
        for record in records:
            yield f"{name} default/{record[ids[name]]}\n" + json.dumps(record)
        yield f"{name} acme/1"
    yield "skills\n{}"
    yield "agents a b/1\n[]"
    yield "file\n" + file
    yield "file\n" + (CASES / "check/directory.json").read_text()


def configurations():
    yield (PROJECT / "config/service.toml").read_text()
    yield '[tenants.default]\ndefault_region = "ES"\ntime_zone = "Europe/Madrid"\n'
    yield '[kafka.properties]\n"security.protocol" = "ssl"\nlinger.ms = 5\n'
    yield '[rules]\nhorizon = "9d"\nphone = "valid"\n[due]\nwindow = "10s"\nstage_ahead = "20s"\n'
    yield "\n---\nSCHEDULE_CALLBACK__DUE__WINDOW=30s\nSCHEDULE_CALLBACK__LIMITS__COMMAND_BYTES=x\n"
    yield "\n---\nSCHEDULE_CALLBACK__POSTGRES__URL=host=a password=b\nSCHEDULE_CALLBACK__LOG__LEVEL=warn,a=debug"
    yield '[postgres]\nurl = "postgresql://u:p@h:5/d?sslmode=require"\n[ops]\nlisten = "off"\n'
    for wrong in ["[", "a = ", "[due]\nwindow = 5\n", "[topics]\ndue = \"x\"\nresults = \"x\"\n", "x.y.z = 1979-05-27"]:
        yield wrong


if __name__ == "__main__":
    seed("date", rows("schedule_date.tsv", ["text", "time_zone"], lambda row: row["code"] or row["verdict"], 4))
    seed("phone", rows("phone.tsv", ["number", "default_region"], lambda row: row["verdict"] + row["why"], 2))
    seed("envelope", envelopes())
    seed("command", payloads())
    seed("directory", directories())
    seed("config", configurations())
