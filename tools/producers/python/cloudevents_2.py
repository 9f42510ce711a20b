"""The CloudEvents SDK 2.x (`cloudevents.core`), sent with confluent-kafka."""

import json
from datetime import datetime
from zoneinfo import ZoneInfo

from cloudevents.core.formats.json import JSONFormat

# snippet: python-cloudevents-2
from cloudevents.core.bindings.kafka import KafkaMessage, to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent
from confluent_kafka import Producer
# end

from sending import CORRELATION, KEY, SERVERS, SOURCE, TENANT, TIME, TOPIC, Library, type_and_data

library = Library("python-cloudevents-2", "cloudevents")
ISSUED_AT = datetime.fromisoformat(TIME.replace("Z", "+00:00"))

# snippet: python-cloudevents-2
producer = Producer({"bootstrap.servers": SERVERS})


def event_of(command_id, kind, command):
    attributes = {
        "id": command_id,
        "source": SOURCE,
        "type": kind,
        "time": ISSUED_AT,
        "datacontenttype": "application/json",
        "tenantid": TENANT,
        "correlationid": CORRELATION,
        "partitionkey": KEY,  # becomes the record's key
    }
    return CloudEvent(attributes, command)


def send(event):
    message = to_binary_event(event)  # or to_structured_event(event)
    producer.produce(TOPIC, key=message.key, value=message.value, headers=message.headers)
# end


def send_message(case, message, **more):
    producer.produce(TOPIC, key=message.key, value=message.value, headers=message.headers)
    producer.flush()
    library.sent(case, **more)


def changed(case, data=None, **attributes):
    """The schedule command with these attributes; `None` takes one away."""
    event = event_of(library.id(case), *type_and_data("schedule"))
    every = {**event.get_attributes(), **attributes}
    left = {name: value for name, value in every.items() if value is not None}
    return CloudEvent(left, event.get_data() if data is None else data)


for command in ["schedule", "cancel", "reschedule"]:
    case = f"binary-{command}"
    send(event_of(library.id(case), *type_and_data(command)))
    producer.flush()
    library.sent(case)
    case = f"structured-{command}"
    send_message(case, to_structured_event(event_of(library.id(case), *type_and_data(command))))

send_message("binary-no-content-type", to_binary_event(changed("binary-no-content-type", datacontenttype=None)))
send_message("structured-no-content-type", to_structured_event(changed("structured-no-content-type", datacontenttype=None)))
in_madrid = ISSUED_AT.astimezone(ZoneInfo("Europe/Madrid"))
send_message("binary-local-time", to_binary_event(changed("binary-local-time", time=in_madrid)))
send_message("structured-local-time", to_structured_event(changed("structured-local-time", time=in_madrid)))
send_message("binary-integers", to_binary_event(changed("binary-integers", tenantid=7, correlationid=17)))
send_message("structured-integers", to_structured_event(changed("structured-integers", tenantid=7, correlationid=17)))
# The data as bytes: the SDK writes `data_base64`.
as_bytes = json.dumps(type_and_data("schedule")[1]).encode()
send_message("structured-bytes", to_structured_event(changed("structured-bytes", data=as_bytes)))
# The data as JSON text: the SDK writes a JSON string.
as_text = json.dumps(type_and_data("schedule")[1])
send_message("binary-text", to_binary_event(changed("binary-text", data=as_text)))
send_message("structured-json-in-a-string", to_structured_event(changed("structured-json-in-a-string", data=as_text)))
# The event as JSON, and no headers at all.
send_message("json-no-headers", KafkaMessage({}, KEY, JSONFormat().write(changed("json-no-headers", partitionkey=None))))
