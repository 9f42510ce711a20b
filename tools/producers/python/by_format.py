"""Producers whose libraries no registry that we use has: their records made by the format that is documented of them.

- Go's `kafka_confluent` binding of the CloudEvents SDK: attributes with the prefix `ce-`, otherwise as its Sarama binding.
- .NET: `System.Text.Json` escapes `+` and what is not ASCII; `DateTimeOffset` has seven digits in the format "O"; a
  `StreamWriter` with `Encoding.UTF8` begins with a byte order mark.
- Java's serializer of Confluent's schema registry: byte 0, four bytes of the schema's id, then JSON.
- Other registries' framing: Apicurio's with eight bytes of an id, AWS Glue's with byte 3, the compression and a UUID.
- kcat on lines that end as those of Windows do, and PowerShell's `>`, which writes UTF-16.
"""

import json

from confluent_kafka import Producer

from sending import CORRELATION, KEY, SERVERS, SOURCE, TENANT, TIME, TOPIC, plain, type_and_data

producer = Producer({"bootstrap.servers": SERVERS})


def record(library, case, value, headers=None, key=KEY):
    producer.produce(TOPIC, key=key, value=value, headers=headers)
    producer.flush()
    print(json.dumps({"library": library, "package": None, "version": "by its format", "case": case}), flush=True)


def event(command_id, command):
    kind, _ = type_and_data(command)
    return {"specversion": "1.0", "id": command_id, "source": SOURCE, "type": kind, "time": TIME,
            "tenantid": TENANT, "correlationid": CORRELATION}


def as_dotnet(value):
    """JSON as `System.Text.Json` writes it by default."""
    text = json.dumps(value, separators=(",", ":"))
    for escaped in "+'<>&":
        text = text.replace(escaped, f"\\u{ord(escaped):04X}")
    return text


for command in ["schedule", "cancel", "reschedule"]:
    data = type_and_data(command)[1]
    library, case = "go-confluent", f"binary-{command}"
    attributes = [(f"ce-{name}", value) for name, value in event(f"{library}.{case}", command).items()]
    record(library, case, json.dumps(data), [*attributes, ("content-type", "application/json")])
    case = f"structured-{command}"
    value = json.dumps({**event(f"{library}.{case}", command), "datacontenttype": "application/json", "data": data})
    record(library, case, value, [("content-type", "application/cloudevents+json")])

library, case = "dotnet", "plain-schedule"
seven_digits = TIME.replace("0Z", "00000+00:00")
record(library, case, as_dotnet(plain(f"{library}.{case}", issuedAt=seven_digits)))
case = "plain-byte-order-mark"
record(library, case, b"\xef\xbb\xbf" + as_dotnet(plain(f"{library}.{case}")).encode())
case = "binary-byte-order-mark"
attributes = [(f"ce_{name}", value) for name, value in event(f"{library}.{case}", "schedule").items()]
record(library, case, b"\xef\xbb\xbf" + as_dotnet(type_and_data("schedule")[1]).encode(), attributes)

library, case = "java-schema-registry", "plain-schedule"
record(library, case, (0).to_bytes(1, "big") + (100001).to_bytes(4, "big") + json.dumps(plain(f"{library}.{case}")).encode())

library, case = "apicurio", "plain-eight-bytes-of-id"
record(library, case, (0).to_bytes(1, "big") + (100001).to_bytes(8, "big") + json.dumps(plain(f"{library}.{case}")).encode())
library, case = "aws-glue", "plain-schedule"
schema_version = bytes.fromhex("8b5f2f9ac7a14d0fa6d3b7d0a2b1c3e4")
record(library, case, bytes([3, 0]) + schema_version + json.dumps(plain(f"{library}.{case}")).encode())

library, case = "kcat", "plain-line-of-windows"
record(library, case, json.dumps(plain(f"{library}.{case}")) + "\r", key=None)
library, case = "powershell", "plain-utf-16"
record(library, case, b"\xff\xfe" + json.dumps(plain(f"{library}.{case}")).encode("utf-16-le"), key=None)
