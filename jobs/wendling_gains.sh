#!/bin/sh
# Wendling: slow and fast inhibition against excitation. About 0.29 core-hours of a Zen 4 server; submit again to resume.
exec ictus submit configs/wendling_gains.toml --profile "${PROFILE:-slurm/profiles/generic.toml}" --nodes 2 --time 01:00:00 "$@"
