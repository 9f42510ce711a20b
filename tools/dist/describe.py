"""Lists what is compiled into the released program: an SBOM in CycloneDX's JSON, and the licences' texts.

Usage: describe.py SBOM.json LICENCES.txt. Reads TARGET, NAME, VERSION, COMMIT and SOURCE_DATE_EPOCH from dist.sh.

What is listed is what Cargo resolves for this target with the features of a release, without what only builds or tests
need; the checksums are Cargo.lock's. The C libraries that crates bring along are components of their own, since known
faults are published under their names.
"""

import datetime
import json
import os
import pathlib
import re
import subprocess
import sys
import tomllib
import uuid

PROJECT = pathlib.Path(__file__).resolve().parents[2]
SPECIFICATION = "1.6"

# Crates that bring a C library along: its name, the file that says its version, how, and its identifier in the
# dictionary of products that faults are published for.
BUNDLED = {
    "rdkafka-sys": ("librdkafka", None, None, "cpe:2.3:a:confluent:librdkafka:{}:*:*:*:*:*:*:*"),
    "openssl-src": ("openssl", None, None, "cpe:2.3:a:openssl:openssl:{}:*:*:*:*:*:*:*"),
    "zstd-sys": ("zstd", None, None, "cpe:2.3:a:facebook:zstandard:{}:*:*:*:*:*:*:*"),
    "libz-sys": ("zlib", "src/zlib/zlib.h", r'#define ZLIB_VERSION "([^"]+)"', "cpe:2.3:a:zlib:zlib:{}:*:*:*:*:*:*:*"),
    "libmimalloc-sys": ("mimalloc", "c_src/mimalloc/v3/include/mimalloc.h", r"#define MI_MALLOC_VERSION (\d+)", None),
}
# Files of a crate that hold its licence, and those of the C libraries in them.
LICENCES = re.compile(r"^(licen[cs]es?|copying|notice|unlicense|copyright)\b.*", re.IGNORECASE)
LICENCES_INSIDE = {
    "rdkafka-sys": ["librdkafka/LICENSES.txt"],
    "openssl-src": ["openssl/LICENSE.txt"],
    "zstd-sys": ["zstd/LICENSE"],
    "libz-sys": ["src/zlib/LICENSE"],
    "libmimalloc-sys": ["c_src/mimalloc/v3/LICENSE"],
}


def main():
    sbom_file, licences_file = map(pathlib.Path, sys.argv[1:])
    packages, edges, root = shipped()
    checksums = {
        (package["name"], package["version"]): package.get("checksum")
        for package in tomllib.loads((PROJECT / "Cargo.lock").read_text())["package"]
    }
    sbom = described(packages, edges, root, checksums)
    sbom_file.write_text(json.dumps(sbom, indent=1, ensure_ascii=False) + "\n")
    licences_file.write_text(licences(packages[key] for key in sorted(packages) if key != root))
    print(f"{len(sbom['components'])} components in {sbom_file.name}")


def shipped():
    """The packages that go into the program, what each needs, and the program's own."""
    command = ["cargo", "metadata", "--locked", "--format-version", "1", "--features", "static"]
    command += ["--filter-platform", os.environ["TARGET"]]
    metadata = json.loads(subprocess.run(command, cwd=PROJECT, check=True, capture_output=True).stdout)
    everything = {package["id"]: package for package in metadata["packages"]}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    root = metadata["resolve"]["root"]
    edges, waiting = {}, [root]
    while waiting:
        package = waiting.pop()
        if package in edges:
            continue
        # openssl-src is needed to build, and what it builds is linked.
        edges[package] = sorted(
            needed["pkg"]
            for needed in nodes[package]["deps"]
            if any(kind["kind"] is None for kind in needed["dep_kinds"])
            or everything[needed["pkg"]]["name"] in BUNDLED
        )
        # What macros need runs in the compiler, as they do.
        edges[package] = [needed for needed in edges[package] if not is_macro(everything[needed])]
        waiting += edges[package]
    return {key: everything[key] for key in edges}, edges, root


def is_macro(package):
    return any("proc-macro" in target["kind"] for target in package["targets"])


def described(packages, edges, root, checksums):
    when = datetime.datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), datetime.timezone.utc)
    components, dependencies = [], []
    for key in sorted(edges):
        package = packages[key]
        needs = [reference(packages[needed]) for needed in edges[key]]
        if key != root:
            components.append(component(package, checksums))
        if package["name"] in BUNDLED:
            inside = bundled(package)
            components.append(inside)
            needs.append(inside["bom-ref"])
            dependencies.append({"ref": inside["bom-ref"]})
        dependencies.append({"ref": reference(package), "dependsOn": sorted(needs)})
    program = component(packages[root], checksums)
    program["type"] = "application"
    # By content, so that the same release has the same number however often it is made.
    number = uuid.uuid5(uuid.NAMESPACE_URL, f"{os.environ['COMMIT']} {os.environ['TARGET']}")
    return {
        "$schema": f"http://cyclonedx.org/schema/bom-{SPECIFICATION}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": SPECIFICATION,
        "serialNumber": f"urn:uuid:{number}",
        "version": 1,
        "metadata": {
            "timestamp": when.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "lifecycles": [{"phase": "build"}],
            "component": program,
            "properties": [
                {"name": "cargo:target", "value": os.environ["TARGET"]},
                {"name": "git:commit", "value": os.environ["COMMIT"]},
            ],
        },
        "components": components,
        "dependencies": dependencies,
    }


def reference(package):
    """A package URL: https://github.com/package-url/purl-spec."""
    version = package["version"].replace("+", "%2B")
    return f"pkg:cargo/{package['name']}@{version}"


def component(package, checksums):
    """Of a crate."""
    found = {
        "type": "library",
        "bom-ref": reference(package),
        "name": package["name"],
        "version": package["version"],
        "purl": reference(package),
    }
    if package["license"]:
        # `MIT/Apache-2.0` is how the expression was written before it had a grammar.
        found["licenses"] = [{"expression": re.sub(r"\s*/\s*", " OR ", package["license"])}]
    if package["description"]:
        found["description"] = " ".join(package["description"].split())
    if checksum := checksums.get((package["name"], package["version"])):
        found["hashes"] = [{"alg": "SHA-256", "content": checksum}]
    if package["repository"]:
        found["externalReferences"] = [{"type": "vcs", "url": package["repository"]}]
    return found


def bundled(package):
    """Of the C library in a crate, with the version that its own files say."""
    name, file, pattern, identifier = BUNDLED[package["name"]]
    # As `2.1.3+zstd.1.5.7` has it, where the crate's version says it.
    version = package["version"].partition("+")[2].removeprefix("zstd.")
    if pattern:
        folder = pathlib.Path(package["manifest_path"]).parent
        version = re.search(pattern, (folder / file).read_text())[1]
        if name == "mimalloc":
            # 3.3.2 is written 30302 there.
            version = ".".join(str(int(part)) for part in re.match(r"(\d)(\d\d)(\d\d)$", version).groups())
    assert version, package["id"]
    found = {
        "type": "library",
        "bom-ref": f"pkg:generic/{name}@{version}",
        "name": name,
        "version": version,
        "purl": f"pkg:generic/{name}@{version}",
        "description": f"a C library, built from the sources in the crate {package['name']}",
    }
    if identifier:
        found["cpe"] = identifier.format(version)
    return found


def licences(packages):
    """The texts that the licences ask to be handed on, each once, under the names that have it."""
    holders = {}
    for package in packages:
        folder = pathlib.Path(package["manifest_path"]).parent
        files = [path for path in sorted(folder.iterdir()) if path.is_file() and LICENCES.match(path.name)]
        files += [folder / name for name in LICENCES_INSIDE.get(package["name"], []) if (folder / name).exists()]
        named = f"{package['name']} {package['version']} ({package['license']})"
        if not files:
            holders.setdefault("No text in the package; its licence is named above.\n", []).append(named)
        for path in files:
            holders.setdefault(path.read_text(errors="replace").strip() + "\n", []).append(named)
    parts = ["What is compiled into schedule-callback, and the licences that it is handed on under.\n"]
    for text, names in sorted(holders.items(), key=lambda holder: holder[1]):
        parts.append("=" * 100 + "\n" + "\n".join(dict.fromkeys(names)) + "\n" + "-" * 100 + "\n" + text)
    return "\n".join(parts)


if __name__ == "__main__":
    main()
