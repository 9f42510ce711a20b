"""What the Python programs share: the commands, and a line for each record that was sent."""

import json
import os
from importlib.metadata import version

SERVERS = os.environ["KAFKA_BOOTSTRAP_SERVERS"]
TOPIC = os.environ["COMMANDS_TOPIC"]
with open(os.environ["COMMANDS_FILE"], encoding="utf-8") as file:
    GIVEN = json.load(file)
SOURCE, TENANT, CORRELATION, KEY, TIME = (
    GIVEN[name] for name in ("source", "tenant", "correlation", "key", "time")
)


class Library:
    """Names the records of one library; each record's command id is the library's name and its own."""

    def __init__(self, name, distribution):
        self.name = name
        self.distribution = distribution
        self.version = version(distribution)

    def id(self, case):
        return f"{self.name}.{case}"

    def sent(self, case, **more):
        """Says that the record is in the topic; in the order of the topic's offsets."""
        line = {"library": self.name, "package": self.distribution, "version": self.version, "case": case, **more}
        print(json.dumps(line, ensure_ascii=False), flush=True)


def type_and_data(command):
    return GIVEN["commands"][command]["type"], GIVEN["commands"][command]["data"]


def plain(command_id, command="schedule", **more):
    """A command in plain JSON: its attributes stand among its fields."""
    kind, data = type_and_data(command)
    attributes = {
        "commandId": command_id,
        "type": kind,
        "source": SOURCE,
        "tenantId": TENANT,
        "correlationId": CORRELATION,
        "issuedAt": TIME,
    }
    return {**attributes, **data, **more}
