#!/bin/sh
# Lints the Helm chart, renders it, holds what comes out against Kubernetes' own schemas, and against config/kubernetes.
# Usage: chart.sh [--if-possible]   --if-possible: says so and succeeds where helm or the schemas cannot be had
set -eu
cd "$(dirname "$0")/../.."

give_up() {
    echo "config/helm is not checked: $1" >&2
    [ "$mode" = --if-possible ]
    exit
}
mode=${1:-}

tools/python-libs.sh target/deployment tools/deployment/requirements.txt || give_up "Kubernetes' schemas could not be fetched"
tools/deployment/tool.sh helm version --short >/dev/null || give_up "helm could not be had"
target/deployment/bin/python -B tools/deployment/chart.py
