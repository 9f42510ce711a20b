"""Checks the manifests of config/kubernetes without a cluster.

Each against the JSON schemas that Kubernetes publishes, strictly (a key that is not one is a fault), for an old and a
new version; then what no schema says: that names meet, that one place names the image, that roles and ports are those of
the rest, and that no pod asks for a privilege.
"""

import pathlib
import re
import sys
import tomllib
from urllib.parse import urlsplit

import kubernetes_validate
import yaml

PROJECT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = PROJECT / "config/kubernetes"
VERSIONS = ["1.29", "1.37"]


def main():
    files = sorted(FOLDER.rglob("*.yaml"))
    documents = {
        str(path.relative_to(FOLDER)): [d for d in yaml.safe_load_all(path.read_text()) if d] for path in files
    }
    kustomizations = {name: documents.pop(name)[0] for name in list(documents) if name.endswith("kustomization.yaml")}
    faults = []
    for name, parts in documents.items():
        for part in parts:
            faults += [f"{name}: {fault}" for fault in faults_of_schema(part)]
    everything = [part for parts in documents.values() for part in parts]
    faults += faults_of_kustomizations(kustomizations, set(documents))
    faults += faults_of_names(everything)
    faults += faults_of_addresses(everything)
    for part in everything:
        if part["kind"] in ("Deployment", "Job"):
            faults += [f"{part['metadata']['name']}: {fault}" for fault in faults_of_pod(part["spec"]["template"]["spec"])]
        if part["kind"] == "PodDisruptionBudget" and part["spec"].get("unhealthyPodEvictionPolicy") != "AlwaysAllow":
            faults.append(f"{part['metadata']['name']}: a pod that is not ready keeps its node from being drained")
    print("\n".join(faults) or f"{len(everything)} objects in {len(documents)} files are as Kubernetes {VERSIONS} wants them")
    sys.exit(1 if faults else 0)


def faults_of_schema(part):
    for version in VERSIONS:
        try:
            kubernetes_validate.validate(part, version, strict=True)
        except kubernetes_validate.ValidationError as error:
            yield f"Kubernetes {version}: {error.message} at {'.'.join(map(str, error.path))}"


def faults_of_kustomizations(kustomizations, files):
    """Each file is applied by one of them, and the image is named in one place, with this version."""
    listed = set()
    for name, kustomization in kustomizations.items():
        folder = pathlib.PurePath(name).parent
        listed |= {str(folder / file) for file in kustomization.get("resources", [])}
        if name == "image/kustomization.yaml":
            continue
        if [(FOLDER / folder / component).resolve() for component in kustomization["components"]] != [FOLDER / "image"]:
            yield f"{name}: takes its image from elsewhere than image/"
        if "images" in kustomization:
            yield f"{name}: names an image, which image/ does"
    if listed != files - {"secret.example.yaml"}:
        yield f"{sorted(listed ^ (files - {'secret.example.yaml'}))} is listed and not there, or the reverse"
    version = tomllib.loads((PROJECT / "Cargo.toml").read_text())["package"]["version"]
    if kustomizations["image/kustomization.yaml"]["images"] != [{"name": "schedule-callback", "newTag": version}]:
        yield f"image/kustomization.yaml: is not version {version}"


def faults_of_addresses(everything):
    """Roles are those that config/postgres/roles.sql makes, each for its work, and the network lets every port out."""
    urls = {
        part["metadata"]["name"]: urlsplit(part["stringData"]["url"])
        for part in everything
        if part["kind"] == "Secret" and "url" in part["stringData"]
    }
    made = set(re.findall(r"schedule_callback_[a-z]+", (PROJECT / "config/postgres/roles.sql").read_text()))
    work = {"schedule-callback": "schedule_callback_writer", "schedule-callback-migrate": "schedule_callback_owner"}
    for part in everything:
        name = part["metadata"]["name"]
        if part["kind"] not in ("Deployment", "Job") or name not in work:
            continue
        for container in part["spec"]["template"]["spec"]["containers"]:
            for variable in container["env"]:
                role = urls[variable["valueFrom"]["secretKeyRef"]["name"]].username
                if role != work[name] or role not in made:
                    yield f"{name}: connects as {role}, and needs {work[name]}"
    [policy] = [part["spec"] for part in everything if part["kind"] == "NetworkPolicy"]
    open_ports = {port["port"] for rule in policy["egress"] for port in rule["ports"]}
    [settings] = [part["data"]["service.toml"] for part in everything if part["kind"] == "ConfigMap"]
    # Those of examples in comments, too.
    wanted = {int(port) for port in re.findall(r"bootstrap_servers = .*:(\d+)", settings)}
    wanted |= {url.port or 5432 for url in urls.values()}
    if not wanted <= open_ports:
        yield f"the network lets {sorted(wanted - open_ports)} not out"
    files = re.findall(r'"(/run/secrets/[^"]+)"', settings)
    pods = [part["spec"]["template"]["spec"] for part in everything if part["kind"] in ("Deployment", "Job")]
    keys = {part["metadata"]["name"]: part["stringData"] for part in everything if part["kind"] == "Secret"}
    for file in files:
        folder, key = file.rsplit("/", 1)
        for pod in pods:
            mounts = {mount["mountPath"]: mount["name"] for c in pod["containers"] for mount in c["volumeMounts"]}
            secrets = {v["name"]: v["secret"]["secretName"] for v in pod["volumes"] if "secret" in v}
            if key not in keys.get(secrets.get(mounts.get(folder)), {}):
                yield f"{file} is named in the settings, and in no Secret that is mounted there"


def faults_of_names(everything):
    named = {(part["kind"], part["metadata"]["name"]) for part in everything}
    for part in everything:
        if part["kind"] not in ("Deployment", "Job"):
            continue
        template = part["spec"]["template"]
        labels = template["metadata"]["labels"].items()
        pod = template["spec"]
        wanted = {("ServiceAccount", pod["serviceAccountName"])}
        wanted |= {("ConfigMap", volume["configMap"]["name"]) for volume in pod["volumes"] if "configMap" in volume}
        wanted |= {("Secret", volume["secret"]["secretName"]) for volume in pod["volumes"] if "secret" in volume}
        for container in pod["containers"]:
            if container["image"] != "schedule-callback":
                yield f"{part['metadata']['name']}: names a version of its image, which image/ does"
            sources = [variable["valueFrom"] for variable in container.get("env", []) if "valueFrom" in variable]
            wanted |= {("Secret", source["secretKeyRef"]["name"]) for source in sources if "secretKeyRef" in source}
            ports = {port["name"] for port in container.get("ports", [])}
            for probe in ("readinessProbe", "livenessProbe"):
                if probe in container and container[probe]["httpGet"]["port"] not in ports:
                    yield f"{part['metadata']['name']}: {probe} names a port that is not there"
            if not {mount["name"] for mount in container["volumeMounts"]} <= {v["name"] for v in pod["volumes"]}:
                yield f"{part['metadata']['name']}: a mount of a volume that is not there"
        for missing in sorted(wanted - named):
            yield f"{part['metadata']['name']}: {missing} is not there"
        selectors = [part["spec"]["selector"]] if part["kind"] == "Deployment" else []
        selectors += [p["spec"]["podSelector"] for p in everything if p["kind"] == "NetworkPolicy"]
        if part["kind"] == "Deployment":
            selectors += [p["spec"]["selector"] for p in everything if p["kind"] == "PodDisruptionBudget"]
        for selector in selectors:
            if not selector["matchLabels"].items() <= labels:
                yield f"{part['metadata']['name']}: {selector} does not select its pods"


def faults_of_pod(pod):
    """The profile `restricted` of https://kubernetes.io/docs/concepts/security/pod-security-standards/, and more."""
    security = pod.get("securityContext", {})
    if security.get("runAsNonRoot") is not True or security.get("seccompProfile") != {"type": "RuntimeDefault"}:
        yield "runs as root, or without the runtime's seccomp profile"
    if pod.get("automountServiceAccountToken") is not False:
        yield "has the cluster's token"
    for container in pod["containers"]:
        wanted = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
        if container.get("securityContext") != wanted:
            yield f"{container['name']} has a privilege: {container.get('securityContext')}"
        if "memory" not in container["resources"]["limits"]:
            yield f"{container['name']} may take all memory"


if __name__ == "__main__":
    main()
