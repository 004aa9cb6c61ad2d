#!/bin/sh
# Epileptor: excitability against the inputs. About 0.26 core-hours of a Zen 4 server; submit again to resume.
exec ictus submit configs/epileptor_onset.toml --profile "${PROFILE:-slurm/profiles/generic.toml}" --nodes 2 --time 01:00:00 "$@"
