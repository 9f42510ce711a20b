"""The CloudEvents SDK 1.x (`cloudevents.http`, `cloudevents.kafka`), sent with confluent-kafka."""

import json
from datetime import datetime

from cloudevents.conversion import to_json

# snippet: python-cloudevents-1
from cloudevents.http import CloudEvent
from cloudevents.kafka import KafkaMessage, to_binary, to_structured
from confluent_kafka import Producer
# end

from sending import CORRELATION, KEY, SERVERS, SOURCE, TENANT, TIME, TOPIC, Library, type_and_data

library = Library("python-cloudevents-1", "cloudevents")
ISSUED_AT = datetime.fromisoformat(TIME.replace("Z", "+00:00"))

# snippet: python-cloudevents-1
producer = Producer({"bootstrap.servers": SERVERS})


def event_of(command_id, kind, command):
    attributes = {
        "id": command_id,
        "source": SOURCE,
        "type": kind,
        "time": ISSUED_AT.isoformat(),
        "datacontenttype": "application/json",
        "tenantid": TENANT,
        "correlationid": CORRELATION,
        "partitionkey": KEY,  # becomes the record's key
    }
    return CloudEvent(attributes, command)


def send(event):
    message = to_binary(event)  # or to_structured(event)
    producer.produce(TOPIC, key=message.key, value=message.value, headers=message.headers)
# end


def send_message(case, message, **more):
    producer.produce(TOPIC, key=message.key, value=message.value, headers=message.headers)
    producer.flush()
    library.sent(case, **more)


def changed(case, **attributes):
    """The schedule command with these attributes; `None` takes one away."""
    event = event_of(library.id(case), *type_and_data("schedule"))
    every = {**event.get_attributes(), **attributes}
    return CloudEvent.create({name: value for name, value in every.items() if value is not None}, event.get_data())


for command in ["schedule", "cancel", "reschedule"]:
    case = f"binary-{command}"
    send(event_of(library.id(case), *type_and_data(command)))
    producer.flush()
    library.sent(case)
    case = f"structured-{command}"
    send_message(case, to_structured(event_of(library.id(case), *type_and_data(command))))

# It asks every event for its content type; `None` is how one says that there is none.
case = "binary-no-content-type"
event = event_of(library.id(case), *type_and_data("schedule"))
event["datacontenttype"] = None
send_message(case, to_binary(event))
send_message("structured-no-content-type", to_structured(changed("structured-no-content-type", datacontenttype=None)))

# The data as bytes: the SDK writes `data_base64`.
marshal = lambda data: json.dumps(data).encode()
send_message("structured-bytes", to_structured(changed("structured-bytes"), data_marshaller=marshal))
# Attributes as JSON numbers, which structured mode can have.
send_message("structured-integers", to_structured(changed("structured-integers", tenantid=7, correlationid=17)))
# The event as JSON, and no headers at all.
event = changed("json-no-headers", partitionkey=None)
send_message("json-no-headers", KafkaMessage({}, KEY, to_json(event)))
# Data that is JSON text already: the SDK writes it as a JSON string.
event = changed("binary-json-in-a-string")
event.data = json.dumps(event.get_data())
send_message("binary-json-in-a-string", to_binary(event))
# `str()` of a time where `isoformat()` was meant.
send_message("binary-time-by-str", to_binary(changed("binary-time-by-str", time=str(ISSUED_AT))))
