"""Checks the manifests of config/kubernetes without a cluster.

Each against the JSON schemas that Kubernetes publishes, strictly (a key that is not one is a fault), for an old and a
new version; then what no schema says: that names meet, and that no pod asks for a privilege.
"""

import pathlib
import sys

import kubernetes_validate
import yaml

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "config/kubernetes"
VERSIONS = ["1.29", "1.37"]


def main():
    files = sorted(FOLDER.glob("*.yaml"))
    documents = {path.name: [d for d in yaml.safe_load_all(path.read_text()) if d] for path in files}
    kustomization = documents.pop("kustomization.yaml")[0]
    faults = []
    for name, parts in documents.items():
        for part in parts:
            faults += [f"{name}: {fault}" for fault in faults_of_schema(part)]
    everything = [part for parts in documents.values() for part in parts]
    faults += faults_of_names(everything, kustomization, documents)
    for part in everything:
        if part["kind"] in ("Deployment", "Job"):
            faults += [f"{part['metadata']['name']}: {fault}" for fault in faults_of_pod(part["spec"]["template"]["spec"])]
    print("\n".join(faults) or f"{len(everything)} objects in {len(documents)} files are as Kubernetes {VERSIONS} wants them")
    sys.exit(1 if faults else 0)


def faults_of_schema(part):
    for version in VERSIONS:
        try:
            kubernetes_validate.validate(part, version, strict=True)
        except kubernetes_validate.ValidationError as error:
            yield f"Kubernetes {version}: {error.message} at {'.'.join(map(str, error.path))}"


def faults_of_names(everything, kustomization, documents):
    listed = set(kustomization["resources"])
    applied_otherwise = {"jobs.yaml", "secret.example.yaml"}
    if listed != set(documents) - applied_otherwise:
        yield f"kustomization.yaml: {listed ^ (set(documents) - applied_otherwise)} is listed and not there, or the reverse"
    named = {(part["kind"], part["metadata"]["name"]) for part in everything}
    for part in everything:
        if part["kind"] not in ("Deployment", "Job"):
            continue
        template = part["spec"]["template"]
        labels = template["metadata"]["labels"].items()
        pod = template["spec"]
        wanted = {("ServiceAccount", pod["serviceAccountName"])}
        wanted |= {("ConfigMap", volume["configMap"]["name"]) for volume in pod["volumes"]}
        for container in pod["containers"]:
            wanted |= {("Secret", v["valueFrom"]["secretKeyRef"]["name"]) for v in container.get("env", [])}
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
