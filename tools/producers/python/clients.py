"""Kafka clients of Python without a CloudEvents SDK: confluent-kafka, kafka-python and aiokafka."""

import asyncio
import json
from datetime import datetime

from aiokafka import AIOKafkaProducer
from confluent_kafka import Producer
from kafka import KafkaProducer

from sending import CORRELATION, KEY, SERVERS, SOURCE, TENANT, TIME, TOPIC, Library, plain, type_and_data


def with_confluent_kafka():
    library = Library("python-confluent-kafka", "confluent-kafka")

    # snippet: python-confluent-kafka
    producer = Producer({"bootstrap.servers": SERVERS})

    def send(command_id, kind, command):
        headers = {
            "ce_specversion": "1.0",
            "ce_id": command_id,
            "ce_source": SOURCE,
            "ce_type": kind,
            "ce_time": TIME,
            "ce_tenantid": TENANT,
            "ce_correlationid": CORRELATION,
            "content-type": "application/json",
        }
        producer.produce(TOPIC, key=KEY, value=json.dumps(command), headers=headers)
    # end

    def record(case, value, key=KEY, headers=None):
        producer.produce(TOPIC, key=key, value=value, headers=headers)
        producer.flush()
        library.sent(case)

    for command in ["schedule", "cancel", "reschedule"]:
        send(library.id(f"binary-{command}"), *type_and_data(command))
        producer.flush()
        library.sent(f"binary-{command}")
        record(f"plain-{command}", json.dumps(plain(library.id(f"plain-{command}"), command)))
    record("plain-utf8", json.dumps(plain(library.id("plain-utf8")), ensure_ascii=False), key=None)
    integers = plain(library.id("plain-integers"), tenantId=7, correlationId=17)
    record("plain-integers", json.dumps(integers))
    # An id that is a number, as a database gives it.
    record("plain-integer-id", json.dumps(plain(8841001)))
    # Times as `strftime` writes them: an offset without a colon, the name of a zone; and seconds since the epoch.
    moment = datetime.fromisoformat(TIME.replace("Z", "+00:00"))
    for case, form in [("plain-strftime-offset", "%Y-%m-%dT%H:%M:%S%z"), ("plain-strftime-zone-name", "%Y-%m-%dT%H:%M:%S%Z")]:
        record(case, json.dumps(plain(library.id(case), issuedAt=moment.strftime(form))))
    record("plain-epoch", json.dumps(plain(library.id("plain-epoch"), issuedAt=moment.timestamp())))
    # Local time, of which `isoformat` says no offset.
    naive = moment.replace(tzinfo=None).isoformat()
    record("plain-without-offset", json.dumps(plain(library.id("plain-without-offset"), issuedAt=naive)))
    # A whole number that passed through a float, as spreadsheets and data frames have it; and empty cells.
    record("plain-floats", json.dumps(plain(library.id("plain-floats"), skillId=4711.0, caption="", scriptType=None)))
    # `str()` of a dict where `json.dumps` was meant.
    record("plain-str", str(plain(library.id("plain-str"))))
    # Once too often: JSON in a JSON string.
    record("plain-json-in-a-string", json.dumps(json.dumps(plain(library.id("plain-json-in-a-string")))))
    # A file that an editor of Windows saved, sent as it is.
    record("plain-byte-order-mark", json.dumps(plain(library.id("plain-byte-order-mark"))).encode("utf-8-sig"))
    # Several commands in one record.
    several = [plain(library.id("plain-list"))]
    record("plain-list", json.dumps(several))
    record("plain-two-lines", "\n".join(json.dumps(plain(library.id(f"plain-two-lines-{n}"))) for n in (1, 2)))
    # Not a number that JSON has, which Python writes all the same.
    record("plain-nan", json.dumps(plain(library.id("plain-nan"), caption=float("nan"))))
    record("null", None)


def with_kafka_python():
    library = Library("python-kafka-python", "kafka-python")

    # snippet: python-kafka-python
    producer = KafkaProducer(
        bootstrap_servers=SERVERS,
        key_serializer=str.encode,
        value_serializer=lambda command: json.dumps(command).encode(),
    )

    def send(command_id, kind, command):
        headers = [
            ("ce_specversion", b"1.0"),
            ("ce_id", command_id.encode()),
            ("ce_source", SOURCE.encode()),
            ("ce_type", kind.encode()),
            ("ce_time", TIME.encode()),
            ("ce_tenantid", TENANT.encode()),
            ("ce_correlationid", CORRELATION.encode()),
            ("content-type", b"application/json"),
        ]
        producer.send(TOPIC, key=KEY, value=command, headers=headers)
    # end

    for command in ["schedule", "cancel", "reschedule"]:
        send(library.id(f"binary-{command}"), *type_and_data(command))
        producer.flush()
        library.sent(f"binary-{command}")
    producer.send(TOPIC, key=KEY, value=plain(library.id("plain-schedule"))).get()
    library.sent("plain-schedule")
    producer.send(TOPIC, key=KEY, value=json.dumps(plain(library.id("plain-json-in-a-string")))).get()
    library.sent("plain-json-in-a-string")
    producer.close()


async def with_aiokafka():
    library = Library("python-aiokafka", "aiokafka")

    # snippet: python-aiokafka
    producer = AIOKafkaProducer(
        bootstrap_servers=SERVERS,
        key_serializer=str.encode,
        value_serializer=lambda command: json.dumps(command).encode(),
    )

    async def send(command_id, kind, command):
        headers = [
            ("ce_specversion", b"1.0"),
            ("ce_id", command_id.encode()),
            ("ce_source", SOURCE.encode()),
            ("ce_type", kind.encode()),
            ("ce_time", TIME.encode()),
            ("ce_tenantid", TENANT.encode()),
            ("ce_correlationid", CORRELATION.encode()),
            ("content-type", b"application/json"),
        ]
        await producer.send_and_wait(TOPIC, key=KEY, value=command, headers=headers)
    # end

    await producer.start()
    for command in ["schedule", "cancel", "reschedule"]:
        await send(library.id(f"binary-{command}"), *type_and_data(command))
        library.sent(f"binary-{command}")
    await producer.send_and_wait(TOPIC, key=KEY, value=plain(library.id("plain-schedule")))
    library.sent("plain-schedule")
    await producer.stop()


with_confluent_kafka()
with_kafka_python()
asyncio.run(with_aiokafka())
