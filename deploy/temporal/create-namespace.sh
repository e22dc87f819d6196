#!/bin/sh
# Creates the namespace unless it exists. An instance that has ended stays in
# Temporal for a week; Perdure's own database keeps what it shows of it.
set -eu

temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1 ||
    temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention 168h
