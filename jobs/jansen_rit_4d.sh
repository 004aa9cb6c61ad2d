#!/bin/sh
# Jansen-Rit in four parameters. About 2 core-hours; submit again to resume.
exec ictus submit configs/jansen_rit_4d.toml --profile "${PROFILE:-slurm/profiles/generic.toml}" --nodes 4 --time 02:00:00 "$@"
