"""Checks the Helm chart of config/helm without a cluster.

It is linted; its defaults make the objects of config/kubernetes, all but the Namespace; with every option on, what comes
out is as Kubernetes and check.py want it; and values that cannot work are refused, by name.
"""

import copy
import json
import pathlib
import re
import subprocess
import sys
import tomllib

import yaml

import check

PROJECT = check.PROJECT
CHART = PROJECT / "config/helm/schedule-callback"
EVERYTHING = PROJECT / "tools/deployment/everything.yaml"
NAME = "schedule-callback"

# What the check wants to be refused, and a word of the reason.
REFUSED = [
    (["replicas=two"], "replicas"),
    (["replica=3"], "replica"),
    (["settings.due.windw=60s"], "windw"),
    (["settings.results.pace=10"], "pace"),
    (["settings.kafka.bootstrap_servers=null"], "bootstrap_servers"),
    (["settings.ops.listen=127.0.0.1:9464"], "listen"),
    (["settings.ops.listen=off"], "listen"),
    (["settings.postgres.url=postgresql://somebody:secret@db/x"], "url"),
    (["resources.limits.memory=null"], "memory"),
    (["terminationGracePeriodSeconds=5"], "terminationGracePeriodSeconds"),
    (["networkPolicy.kafka.peers=null"], "peers"),
    (["keda.minReplicas=0"], "minReplicas"),
    (["keda.enabled=true", "keda.minReplicas=9"], "minReplicas"),
    (["keda.metadata.topic=other"], "topic"),
    (["image.digest=sha256:12"], "digest"),
]


def main():
    faults = list(faults_of_versions()) + list(faults_of_schema_of_values())
    linted = helm("lint", "--strict", CHART)
    if linted.returncode:
        sys.exit(linted.stdout + linted.stderr)
    defaults, every = rendered(), rendered("--values", EVERYTHING)
    for objects in (defaults, every, rendered(release="callbacks")):
        faults += faults_of_objects(objects)
    # What follows takes the objects for what they should be.
    if not faults:
        faults += differences(in_manifests(), {key(part): plain(part) for part in defaults}, "")
        faults += faults_of_everything({part["kind"]: part for part in every if part["kind"] != "Job"})
        faults += faults_of_refusals()
    print("\n".join(faults) or f"config/helm: {len(defaults)} objects as in config/kubernetes, {len(every)} with every option")
    sys.exit(1 if faults else 0)


def helm(*arguments):
    tool = PROJECT / "tools/deployment/tool.sh"
    return subprocess.run([tool, "helm", *arguments], capture_output=True, text=True, check=False)


def rendered(*arguments, release=NAME):
    """What the chart makes, as objects."""
    answer = helm("template", release, CHART, "--namespace", NAME, *arguments)
    if answer.returncode:
        sys.exit(answer.stderr)
    return [part for part in yaml.safe_load_all(answer.stdout) if part]


def manifests():
    """The objects of config/kubernetes: of the examples of Secrets, too."""
    files = [file for file in check.FOLDER.rglob("*.yaml") if file.name != "kustomization.yaml"]
    return [part for file in files for part in yaml.safe_load_all(file.read_text()) if part]


def in_manifests():
    """What the defaults have to make. The Namespace is there before a release is, and Secrets are somebody else's."""
    image = yaml.safe_load((check.FOLDER / "image/kustomization.yaml").read_text())["images"][0]
    objects = {key(part): plain(part) for part in manifests() if part["kind"] not in ("Namespace", "Secret")}
    for part in objects.values():
        for container in containers(part):
            container["image"] = f"{image.get('newName', image['name'])}:{image['newTag']}"
    return objects


def key(part):
    return f"{part['kind']} {named(part)}"


def named(part):
    """Its name. That of a Job of the chart ends with a digest of what it does."""
    name = part["metadata"]["name"]
    return re.sub("-[0-9a-f]{8}$", "", name) if part["kind"] == "Job" else name


def containers(part):
    return part["spec"]["template"]["spec"]["containers"] if part["kind"] in ("Deployment", "Job") else []


def plain(part):
    """The object, without what may differ: a Job's digest, the checksum of the settings, and how those are written."""
    part = copy.deepcopy(part)
    part["metadata"]["name"] = named(part)
    if part["kind"] == "Deployment":
        part["spec"]["template"]["metadata"]["annotations"].pop("checksum/settings", None)
    if part["kind"] == "ConfigMap":
        part["data"]["service.toml"] = toml(part["data"]["service.toml"])
    return part


def toml(text):
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        sys.exit(f"the settings are no TOML ({error}):\n{text}")


def differences(wanted, found, where):
    if isinstance(wanted, dict) and isinstance(found, dict):
        for name in sorted(wanted.keys() | found.keys()):
            inside = f"{where}.{name}" if where else name
            if name not in found:
                yield f"{inside} is in config/kubernetes, and the chart's defaults do not make it"
            elif name not in wanted:
                yield f"{inside} is made by the chart's defaults, and is not in config/kubernetes"
            else:
                yield from differences(wanted[name], found[name], inside)
    elif isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        for index, pair in enumerate(zip(wanted, found)):
            yield from differences(*pair, f"{where}[{index}]")
    elif wanted != found:
        yield f"{where} is {wanted!r} in config/kubernetes, and {found!r} by the chart's defaults"


def faults_of_objects(objects):
    """What check.py wants of all objects. Those of operators (ServiceMonitor, ScaledObject) have no schema there."""
    secrets = [part for part in manifests() if part["kind"] == "Secret"]
    core = [part for part in objects if part["kind"] not in ("ServiceMonitor", "ScaledObject")]
    against_schemas = [f"{key(part)}: {fault}" for part in core for fault in check.faults_of_schema(part)]
    if against_schemas:
        yield from against_schemas
        return
    for part in objects:
        if part["kind"] in ("Deployment", "Job"):
            yield from (f"{key(part)}: {fault}" for fault in check.faults_of_pod(part["spec"]["template"]["spec"]))
    # What names the image is one value, so all containers have the same.
    images = {container["image"] for part in objects for container in containers(part)}
    if len(images) != 1 or not re.search("[:@]", next(iter(images))):
        yield f"not one image with a tag: {images}"
    nameless = copy.deepcopy(objects)
    for part in nameless:
        for container in containers(part):
            container["image"] = NAME
    yield from check.faults_of_names(nameless + secrets)


def faults_of_everything(found):
    """What every option makes, where neither a schema nor the defaults say so. `found` is by kind."""
    values = yaml.safe_load(EVERYTHING.read_text())
    pod = found["Deployment"]["spec"]["template"]
    [container] = pod["spec"]["containers"]
    labels = pod["metadata"]["labels"].items()
    port = int(values["settings"]["ops"]["listen"].rsplit(":", 1)[1])
    [trigger] = found["ScaledObject"]["spec"]["triggers"]
    [endpoint] = found["ServiceMonitor"]["spec"]["endpoints"]
    ports = found["Service"]["spec"]["ports"]
    settings = toml(found["ConfigMap"]["data"]["service.toml"])
    image = values["image"]
    wanted = {
        "the settings are those of the values": values["settings"].items() <= settings.items(),
        "KEDA alone says how many pods there are": "replicas" not in found["Deployment"]["spec"],
        "KEDA scales the Deployment": found["ScaledObject"]["spec"]["scaleTargetRef"]
        == {"name": found["Deployment"]["metadata"]["name"]},
        "KEDA looks at the group, its commands and the brokers of the settings": trigger["metadata"].items()
        >= {
            "bootstrapServers": settings["kafka"]["bootstrap_servers"],
            "consumerGroup": settings["kafka"]["group_id"],
            "topic": settings["topics"]["commands"],
        }.items(),
        "KEDA's parameters are texts": all(isinstance(value, str) for value in trigger["metadata"].values()),
        "the Service selects the pods": found["Service"]["spec"]["selector"].items() <= labels,
        "the ServiceMonitor selects the Service": found["ServiceMonitor"]["spec"]["selector"]["matchLabels"].items()
        <= found["Service"]["metadata"]["labels"].items(),
        "the ServiceMonitor names a port of the Service": [endpoint["port"]] == [port["name"] for port in ports],
        "nobody scrapes twice": not any("prometheus.io" in name for name in pod["metadata"]["annotations"]),
        "one port everywhere": {port}
        == {container["ports"][0]["containerPort"], ports[0]["port"]}
        | {entry["port"] for rule in found["NetworkPolicy"]["spec"]["ingress"] for entry in rule["ports"]},
        "the digest names the image": container["image"] == f"{image['repository']}@{image['digest']}",
        "variables are added": container["env"][1:] == values["extraEnv"],
        "pods are spread by name": all(
            constraint["labelSelector"]["matchLabels"].items() <= labels
            for constraint in pod["spec"]["topologySpreadConstraints"]
        ),
    }
    for name in ("nodeSelector", "tolerations", "affinity", "priorityClassName"):
        wanted[f"{name} is the pod's"] = pod["spec"].get(name) == values[name]
    yield from (f"{EVERYTHING.name}: it is not so that {what}" for what, holds in wanted.items() if not holds)


def faults_of_refusals():
    for settings, word in REFUSED:
        arguments = [argument for setting in settings for argument in ("--set", setting)]
        answer = helm("template", NAME, CHART, *arguments)
        if answer.returncode == 0:
            yield f"{settings} is not refused"
        elif word not in answer.stderr:
            yield f"{settings} is refused without naming {word}: {answer.stderr}"


def faults_of_versions():
    version = tomllib.loads((PROJECT / "Cargo.toml").read_text())["package"]["version"]
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    if not chart["version"] == chart["appVersion"] == version:
        yield f"config/helm: Chart.yaml is not version {version}"


def faults_of_schema_of_values():
    """Each default has a schema and the reverse; and the settings are those of config/service.toml."""
    schema = json.loads((CHART / "values.schema.json").read_text())
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    # What Helm gives a chart that is part of another one.
    described = schema["properties"].keys() - {"global"}
    for name in sorted(described ^ values.keys()):
        yield f"config/helm: {name} is not in both values.yaml and values.schema.json"
    sections = tomllib.loads((PROJECT / "config/service.toml").read_text())
    # A URL has a password in it, and comes from a Secret.
    del sections["postgres"]["url"]
    found = schema["properties"]["settings"]["properties"]
    for section in sorted(sections.keys() | found.keys()):
        keys = found.get(section, {}).get("properties", {}).keys()
        for name in sorted(sections.get(section, {}).keys() ^ keys):
            yield f"config/helm: settings.{section}.{name} is not in both config/service.toml and values.schema.json"
    kinds = {str: "string", int: "integer", bool: "boolean"}
    for section, defaults in sections.items():
        for name, default in defaults.items():
            kind = found[section]["properties"].get(name, {}).get("type") if section in found else None
            if kind not in (None, kinds.get(type(default), "object")):
                yield f"config/helm: settings.{section}.{name} is not a {kind}"


if __name__ == "__main__":
    main()
