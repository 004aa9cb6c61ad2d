#!/bin/sh
# Every neuron of the grid of Prinz et al. (2003). About 60 core-hours of a Xeon server; submit again to resume.
exec ictus submit configs/prinz_2003.toml --profile "${PROFILE:-slurm/profiles/generic.toml}" --nodes 4 --time 02:00:00 "$@"
