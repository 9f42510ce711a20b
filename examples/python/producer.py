"""A producer: asks for a callback, waits for the result, does what its branch says.

`producer.py 15` asks for a callback in 15 seconds, of the sample directory's skill 4715.
"""

import json
import os
import sys
import time
import uuid
from datetime import datetime, timedelta, timezone

from confluent_kafka import Consumer, Producer, TopicPartition

SERVERS = os.environ.get("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9092")
COMMANDS = os.environ.get("COMMANDS_TOPIC", "callback.commands")
RESULTS = os.environ.get("RESULTS_TOPIC", "callback.results")
PATIENCE = 30  # seconds; the answer takes milliseconds, unless a server is away


def main():
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    when = datetime.now(timezone.utc) + timedelta(seconds=seconds)
    # Unique within tenant and source, and the same when this command is sent again: then it gets the same result and
    # makes no second callback. Best taken from what it is about, for instance the call and the step of the script.
    command_id = f"python-{uuid.uuid4()}"
    # Comes back on the result, so that whoever waits finds it.
    correlation_id = f"waiting-for-{command_id}"
    command = {
        "securityUser": "su-1",
        "firstName": "Ana",
        "phoneNumber": "+1 415 555 2671",
        "skillId": "4715",
        "targetAgentId": "",  # required, and empty for "whoever has the skill"
        "scheduleDate": when.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    # Listen before asking, so that the result cannot come in between. A real producer has one such consumer and keeps
    # the requests that wait in a map by correlation id.
    answers = listen_at_the_end()
    send(command_id, correlation_id, command)
    print(f"sent {command_id}", flush=True)
    result = wait_for_result(answers, correlation_id)
    answers.close()
    if result is None:
        # Not refused: the service answers as soon as it can, and never twice. Sending the same id again is safe.
        sys.exit(f"no result within {PATIENCE} s: the command stays in its topic and will be answered")
    take_branch(result)


def send(command_id, correlation_id, command):
    # Idempotent: what the client sends again after a lost acknowledgement is stored once.
    producer = Producer({"bootstrap.servers": SERVERS, "enable.idempotence": True})
    producer.produce(
        COMMANDS,
        # The key keeps one contact's commands in order: a cancel never overtakes the schedule command before it.
        key="contact-7",
        value=json.dumps(command),
        # A CloudEvent in binary mode: attributes in headers, data in the value.
        headers={
            "ce_specversion": "1.0",
            "ce_id": command_id,
            "ce_source": "/examples/python",
            "ce_type": "callback.schedule.v1",
            "ce_correlationid": correlation_id,
            "content-type": "application/json",
        },
    )
    if producer.flush(10) > 0:
        sys.exit("the broker did not take the command")


def listen_at_the_end():
    # The client wants a group; it is never joined: every producer has to see all results. `read_committed` (the
    # client's default, said all the same) shows each result once; without it, those of aborted attempts would show, too.
    consumer = Consumer({"bootstrap.servers": SERVERS, "group.id": "unused", "isolation.level": "read_committed"})
    partitions = consumer.list_topics(RESULTS, timeout=10).topics[RESULTS].partitions
    ends = []
    for partition in partitions:
        _, end = consumer.get_watermark_offsets(TopicPartition(RESULTS, partition), timeout=10)
        ends.append(TopicPartition(RESULTS, partition, end))
    consumer.assign(ends)
    return consumer


def wait_for_result(answers, correlation_id):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        record = answers.poll(0.2)
        if record is None:
            continue
        if record.error():
            raise RuntimeError(record.error())
        if ("ce_correlationid", correlation_id.encode()) in (record.headers() or []):
            return json.loads(record.value())
    return None


def take_branch(result):
    """What a script does next. Its names are those of the action *Schedule Callback*."""
    if result["branch"] == "Success":
        # Keep the id: a cancel or reschedule names the callback by it, or by this command's source and id.
        print(f"Success: callback {result['callbackId']} at {result['scheduledFor']}")
        return
    # InvalidPhoneNumber, InvalidScheduleDate: ask the caller again. InvalidSkillId, InvalidTargetAgentId,
    # InvalidSecurityUser: the script or the directory has to be mended. Default: anything else. Sending the same command
    # again changes nothing; a corrected one needs an id of its own.
    for violation in result["violations"]:
        print(f"{result['branch']}: {violation['field']}: {violation['message']}")


if __name__ == "__main__":
    main()
