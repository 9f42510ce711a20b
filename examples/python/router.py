"""A router: takes callbacks that are due, queues each call once, and reports what came of it once.

`router.py` goes on for ever; `router.py 3` ends after three events. The calls go to a database in a file, which stands
for the system that makes them: `CALLS_FILE`, or a new one in the system's folder for such files. What comes of every call
is what `OUTCOME` says, `connected` if nothing else.
"""

import json
import os
import sqlite3
import sys
import tempfile

from confluent_kafka import Consumer, Producer

SERVERS = os.environ.get("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9092")
COMMANDS = os.environ.get("COMMANDS_TOPIC", "callback.commands")
SECURITY_USER = os.environ.get("SECURITY_USER", "su-4")
OUTCOME = os.environ.get("OUTCOME", "connected")


def main():
    limit = int(sys.argv[1]) if len(sys.argv) > 1 else None
    consumer = Consumer({
        "bootstrap.servers": SERVERS,
        "group.id": os.environ.get("ROUTER_GROUP", "router-python"),
        # Due events are written in transactions. Those of an aborted attempt must not ring anybody's phone.
        "isolation.level": "read_committed",
        # A new group begins with what is there: a callback that came due before this router started is still owed.
        "auto.offset.reset": "earliest",
        # Committed by hand, after the call is queued and reported: a crash in between brings the event again, and never
        # loses it.
        "enable.auto.commit": False,
    })
    consumer.subscribe([os.environ.get("DUE_TOPIC", "callback.due")])
    file = os.environ.get("CALLS_FILE") or tempfile.mkstemp(prefix="router-python-", suffix=".sqlite")[1]
    print(f"calls go to {file}", file=sys.stderr)
    calls = sqlite3.connect(file)
    # What was queued, by which event, and what came of it, in one table: all of it is stored or nothing.
    calls.execute(
        "create table if not exists call (source text, id text, event text, outcome text, primary key (source, id))"
    )
    # What the client sends again after a lost acknowledgement is stored once, and in order.
    reports = Producer({"bootstrap.servers": SERVERS, "enable.idempotence": True})
    events = 0
    while limit is None or events < limit:
        record = consumer.poll(0.2)
        if record is None:
            continue
        if record.error():
            raise RuntimeError(record.error())
        route(calls, reports, record)
        consumer.commit(record, asynchronous=False)
        events += 1
    consumer.close()


def route(calls, reports, record):
    headers = dict(record.headers())
    source, event_id = headers["ce_source"].decode(), headers["ce_id"].decode()
    event = json.loads(record.value())
    # An event's source and id are the same however often it comes: the primary key lets it in once.
    call = (source, event_id, record.value().decode(), OUTCOME)
    with calls:
        added = calls.execute("insert or ignore into call values (?, ?, ?, ?)", call)
    if added.rowcount == 0:
        print(f"repeat {event_id}", flush=True)
    else:
        # The agent, if there is one, takes precedence; else anyone with the skill.
        target = event["target"]
        whom = target["agentId"] if target["type"] == "agent" else target["skillId"]
        print(f"queued {event_id} for {target['type']} {whom}", flush=True)
    stored = calls.execute("select outcome from call where source = ? and id = ?", (source, event_id))
    (outcome,) = stored.fetchone()
    # Also for an event that came before: whether its reports were sent is not known. Their ids and contents are the same,
    # so they count once.
    tenant = headers["ce_tenantid"]
    report(reports, tenant, event_id, event, "accepted")  # it is queued: nobody else need be asked
    report(reports, tenant, event_id, event, outcome)  # a real router says so when the call is over


def report(reports, tenant, event_id, event, outcome):
    """Returns when the broker has the report."""
    reports.produce(
        COMMANDS,
        key=str(event["callbackId"]),  # one callback's reports stay in order
        # Only what is the same each time: the same id with another content is refused. So an `occurredAt` has to be stored
        # with the call.
        value=json.dumps({
            "securityUser": SECURITY_USER,
            "callbackId": event["callbackId"],
            "attempt": event["attempt"],
            "outcome": outcome,
        }),
        headers={
            "ce_specversion": "1.0",
            "ce_id": f"{event_id}.{outcome}",
            "ce_source": "/examples/python",
            "ce_type": "callback.report.v1",
            "ce_tenantid": tenant,
            "content-type": "application/json",
        },
    )
    if reports.flush(30) > 0:
        raise RuntimeError("the broker did not take the report")
    print(f"reported {outcome} of {event_id}", flush=True)


if __name__ == "__main__":
    main()
