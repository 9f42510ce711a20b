#!/bin/sh
# Checks what the service is run with: config/kubernetes against Kubernetes' own schemas (PyPI: kubernetes-validate),
# config/helm by Helm and against config/kubernetes (chart.sh), config/systemd by systemd where it is installed, what
# docker-compose.yml monitors with by a real Prometheus. Needs no cluster and no engine. Usage: tools/deployment/check.sh
set -eu
cd "$(dirname "$0")/../.."

environment=target/deployment
tools/python-libs.sh "$environment" tools/deployment/requirements.txt
"$environment/bin/python" tools/deployment/check.py

if command -v kustomize >/dev/null; then render="kustomize build"; else render="tools/deployment/tool.sh kubectl kustomize"; fi
for folder in config/kubernetes config/kubernetes/jobs; do
    images=$($render "$folder" | sed -n 's/^ *image: //p' | sort -u)
    echo "$folder: rendered, with the image $images"
    case $images in *:*) ;; *) echo "$folder: an image without a tag" >&2; exit 1 ;; esac
done
tools/deployment/chart.sh
"$environment/bin/python" tools/deployment/monitoring.py

if ! command -v systemd-analyze >/dev/null; then
    echo "systemd-analyze is missing here: the unit was not looked at"
    exit 0
fi
# The unit as it is, but for the program's place, which must be there for systemd to be content.
unit=$environment/schedule-callback.service
sed "s|/usr/local/bin/schedule-callback|$(command -v true)|" config/systemd/schedule-callback.service > "$unit"
systemd-analyze verify "$unit"
# 20 is 2.0 of 10: what is left is the network, which it needs.
systemd-analyze security --offline=true --threshold=20 --no-pager "$unit" | tail -1
