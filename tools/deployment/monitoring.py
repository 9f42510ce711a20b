"""Checks docker-compose.yml without an engine, and what its profile `monitoring` mounts.

What it mounts is there, what services name is there, Grafana is given a data source and the dashboard where it looks for
them; and a real Prometheus (tools/promtool.sh) starts with the configuration, loads every alert and looks for the
service. Grafana itself is not started.
"""

import json
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

import yaml

PROJECT = pathlib.Path(__file__).resolve().parents[2]
# How long Prometheus may take, on a machine that does much else.
DEADLINE_SECONDS = 60


def main():
    compose = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())
    faults = list(faults_of_compose(compose)) + list(faults_of_grafana(compose)) + list(faults_of_prometheus())
    print("\n".join(faults) or f"docker-compose.yml: {len(compose['services'])} services, and Prometheus has its alerts")
    sys.exit(1 if faults else 0)


def faults_of_compose(compose):
    services = compose["services"]
    for name, service in services.items():
        for needed in service.get("depends_on", []):
            if needed not in services:
                yield f"{name} depends on {needed}, which is not there"
            # What is started only with a profile must not be waited for by what starts without.
            elif not set(services[needed].get("profiles", [])) <= set(service.get("profiles", [])):
                yield f"{name} depends on {needed}, which starts with another profile"
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            known = (PROJECT / source).exists() if source.startswith(".") else source in compose["volumes"]
            if not known:
                yield f"{name} mounts {source}, which is not there"
        for port in service.get("ports", []):
            if not port.startswith("127.0.0.1:"):
                yield f"{name} listens for others than this machine: {port}"


def faults_of_grafana(compose):
    mounts = dict(volume.split(":")[1::-1] for volume in compose["services"]["grafana"]["volumes"])
    provisioning = PROJECT / mounts["/etc/grafana/provisioning"]
    [source] = yaml.safe_load((provisioning / "datasources/prometheus.yml").read_text())["datasources"]
    host, port = source["url"].removeprefix("http://").split(":")
    if host not in compose["services"] or not compose["services"][host]["ports"][0].endswith(f":{port}"):
        yield f"Grafana asks {source['url']}, where nobody is"
    [provider] = yaml.safe_load((provisioning / "dashboards/schedule-callback.yml").read_text())["providers"]
    found = [place for place in mounts if place.startswith(provider["options"]["path"] + "/")]
    if len(found) != 1 or json.loads((PROJECT / mounts[found[0]]).read_text())["uid"] != "schedule-callback":
        yield f"Grafana finds no dashboard in {provider['options']['path']}"
    elif compose["services"]["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"] != found[0]:
        yield "Grafana begins with another page than the dashboard"


def faults_of_prometheus():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = "127.0.0.1:%d" % free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder, open(f"{folder}/log", "w+") as log:
        prometheus = subprocess.Popen(
            [PROJECT / "tools/promtool.sh", f"--config.file={PROJECT}/config/prometheus/prometheus.yml",
             f"--storage.tsdb.path={folder}/data", f"--web.listen-address={address}"],
            env={"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "PROMETHEUS": "server"}, stdout=log, stderr=log)
        try:
            deadline = time.monotonic() + DEADLINE_SECONDS
            # It looks for what it scrapes some seconds after it is ready.
            while not (asked(address, "/-/ready") and targets(address)):
                if prometheus.poll() is not None or time.monotonic() > deadline:
                    log.seek(0)
                    yield f"Prometheus did not start:\n{log.read()}"
                    return
                time.sleep(0.2)
            groups = json.loads(asked(address, "/api/v1/rules"))["data"]["groups"]
            loaded = {rule["name"] for group in groups for rule in group["rules"]}
            written = yaml.safe_load((PROJECT / "config/prometheus/alerts.yml").read_text())["groups"]
            wanted = {rule.get("alert") or rule["record"] for group in written for rule in group["rules"]}
            if loaded != wanted:
                yield f"Prometheus has not loaded {sorted(wanted - loaded)}"
            if targets(address) != ["schedule-callback:9464"]:
                yield "Prometheus does not look for the service"
        finally:
            prometheus.terminate()
            prometheus.wait()


def targets(address):
    active = json.loads(asked(address, "/api/v1/targets"))["data"]["activeTargets"]
    return [target["labels"]["instance"] for target in active]


def asked(address, path):
    """The answer's text, or nothing while there is none."""
    try:
        with urllib.request.urlopen(f"http://{address}{path}", timeout=5) as answer:
            return answer.read().decode()
    except OSError:
        return None


if __name__ == "__main__":
    main()
