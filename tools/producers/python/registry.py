"""The serializers of Confluent's schema registry: JSON Schema, Avro and Protobuf, with a registry inside the process."""

# snippet: python-schema-registry
from confluent_kafka import Producer
from confluent_kafka.schema_registry import SchemaRegistryClient, topic_subject_name_strategy
from confluent_kafka.schema_registry.json_schema import JSONSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
# end
from confluent_kafka.schema_registry import header_schema_id_serializer
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.schema_registry.protobuf import ProtobufSerializer
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from sending import CORRELATION, KEY, SERVERS, SOURCE, TENANT, TIME, TOPIC, Library, plain, type_and_data

library = Library("python-schema-registry", "confluent-kafka")
producer = Producer({"bootstrap.servers": SERVERS})
# The client's own registry in memory: the framing is the same, and its first schema has the id 1.
registry = SchemaRegistryClient.new_client({"url": "mock://"})
# The subject's name does not depend on the topic's, nor does anything else of what is sent.
context = SerializationContext("callback.commands", MessageField.VALUE, headers=[])
SCHEMA = '{"$schema": "http://json-schema.org/draft-07/schema#", "title": "Command", "type": "object"}'
STRATEGY = {"subject.name.strategy": topic_subject_name_strategy}


def attributes(command_id, kind):
    return [
        ("ce_specversion", b"1.0"),
        ("ce_id", command_id.encode()),
        ("ce_source", SOURCE.encode()),
        ("ce_type", kind.encode()),
        ("ce_time", TIME.encode()),
        ("ce_tenantid", TENANT.encode()),
        ("ce_correlationid", CORRELATION.encode()),
        ("content-type", b"application/json"),
    ]


# snippet: python-schema-registry
serialize = JSONSerializer(SCHEMA, registry, conf=STRATEGY)


def send(command_id, kind, command):
    producer.produce(TOPIC, key=KEY, value=serialize(command, context), headers=attributes(command_id, kind))
# end


def record(case, value, headers=None):
    producer.produce(TOPIC, key=KEY, value=value, headers=headers)
    producer.flush()
    library.sent(case)


for command in ["schedule", "cancel", "reschedule"]:
    case = f"binary-{command}"
    send(library.id(case), *type_and_data(command))
    producer.flush()
    library.sent(case)
    case = f"plain-{command}"
    record(case, serialize(plain(library.id(case), command), context))

kind, data = type_and_data("schedule")
# A structured event in the framing.
case = "structured-schedule"
event = {"specversion": "1.0", "id": library.id(case), "source": SOURCE, "type": kind, "time": TIME,
         "tenantid": TENANT, "correlationid": CORRELATION, "datacontenttype": "application/json", "data": data}
record(case, serialize(event, context), [("content-type", b"application/cloudevents+json")])

# A schema id in the header instead of in the value: the value is JSON as it is.
with_header = JSONSerializer(SCHEMA, registry, conf={**STRATEGY, "schema.id.serializer": header_schema_id_serializer})
case = "plain-schema-id-in-header"
headed = SerializationContext("callback.commands", MessageField.VALUE, headers=[])
value = with_header(plain(library.id(case)), headed)
# The registry in memory draws a GUID for each schema; a fixed one makes the same record each time.
headers = [(name, guid[:1] + bytes(range(16))) for name, guid in headed.headers]
record(case, value, headers)

avro_schema = """{"type": "record", "name": "Command", "fields": [
    {"name": "commandId", "type": "string"}, {"name": "type", "type": "string"}, {"name": "source", "type": "string"},
    {"name": "securityUser", "type": "string"}, {"name": "phoneNumber", "type": "string"}]}"""
avro = AvroSerializer(registry, avro_schema, conf=STRATEGY)
fields = ["commandId", "type", "source", "securityUser", "phoneNumber"]
case = "avro"
record(case, avro({name: plain(library.id(case))[name] for name in fields}, context))
case = "binary-avro"
record(case, avro({name: plain(library.id(case))[name] for name in fields}, context), attributes(library.id(case), kind))

# A Protobuf message of the same fields, described here so that no compiler is needed.
file = descriptor_pb2.FileDescriptorProto(name="command.proto", package="crm", syntax="proto3")
message = file.message_type.add(name="Command")
for number, name in enumerate(fields, 1):
    message.field.add(name=name, number=number, type=descriptor_pb2.FieldDescriptorProto.TYPE_STRING,
                      label=descriptor_pb2.FieldDescriptorProto.LABEL_OPTIONAL)
descriptor = descriptor_pool.Default().AddSerializedFile(file.SerializeToString())
Command = message_factory.GetMessageClass(descriptor.message_types_by_name["Command"])
protobuf = ProtobufSerializer(Command, registry, conf={**STRATEGY, "use.deprecated.format": False})
case = "binary-protobuf"
value = protobuf(Command(**{name: plain(library.id(case))[name] for name in fields}), context)
record(case, value, attributes(library.id(case), kind))
