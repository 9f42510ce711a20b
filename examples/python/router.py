"""A router: takes callbacks that are due and queues each call once.

`router.py` goes on for ever; `router.py 3` ends after three events. The calls go to a database in a file, which stands
for the system that makes them: `CALLS_FILE`, or a new one in the system's folder for such files.
"""

import json
import os
import sqlite3
import sys
import tempfile

from confluent_kafka import Consumer


def main():
    limit = int(sys.argv[1]) if len(sys.argv) > 1 else None
    consumer = Consumer({
        "bootstrap.servers": os.environ.get("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9092"),
        "group.id": os.environ.get("ROUTER_GROUP", "router-python"),
        # Due events are written in transactions. Those of an aborted attempt must not ring anybody's phone.
        "isolation.level": "read_committed",
        # A new group begins with what is there: a callback that came due before this router started is still owed.
        "auto.offset.reset": "earliest",
        # Committed by hand, after the call is queued: a crash in between brings the event again, and never loses it.
        "enable.auto.commit": False,
    })
    consumer.subscribe([os.environ.get("DUE_TOPIC", "callback.due")])
    file = os.environ.get("CALLS_FILE") or tempfile.mkstemp(prefix="router-python-", suffix=".sqlite")[1]
    print(f"calls go to {file}", file=sys.stderr)
    calls = sqlite3.connect(file)
    # What was queued and by which event, in one table: both are stored or neither.
    calls.execute("create table if not exists call (source text, id text, event text, primary key (source, id))")
    events = 0
    while limit is None or events < limit:
        record = consumer.poll(0.2)
        if record is None:
            continue
        if record.error():
            raise RuntimeError(record.error())
        queue(calls, record)
        consumer.commit(record, asynchronous=False)
        events += 1
    consumer.close()


def queue(calls, record):
    headers = dict(record.headers())
    source, event_id = headers["ce_source"].decode(), headers["ce_id"].decode()
    # An event's source and id are the same however often it comes: the primary key lets it in once.
    with calls:
        added = calls.execute("insert or ignore into call values (?, ?, ?)", (source, event_id, record.value().decode()))
    if added.rowcount == 0:
        print(f"repeat {event_id}", flush=True)
        return
    # The agent, if there is one, takes precedence; else anyone with the skill.
    target = json.loads(record.value())["target"]
    whom = target["agentId"] if target["type"] == "agent" else target["skillId"]
    print(f"queued {event_id} for {target['type']} {whom}", flush=True)


if __name__ == "__main__":
    main()
