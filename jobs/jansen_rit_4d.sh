#!/bin/sh
# Jansen-Rit in four parameters. About 1.9 core-hours of a Zen 4 server; submit again to resume.
exec ictus submit configs/jansen_rit_4d.toml --profile "${PROFILE:-slurm/profiles/generic.toml}" --nodes 4 --time 02:00:00 "$@"
