#!/bin/bash
{{directives}}
# {{about}}
# Made by `ictus submit`. The early signal comes to this shell, which passes it on; the program then ends with 75, all that is
# finished being safe in the run's folder, and the same job, or one after it, goes on.

step=
asked=no
cancelled=no
interrupted=no
# The program hears the early signal once, from here; a second one would end it in the midst of a tile.
# shellcheck disable=SC2317  # traps call these two
pass_on() {
    interrupted=yes
    [ "$asked" = no ] || return
    asked=yes
    echo "ictus job: the time is nearly over; asking the program to stop"
    [ -z "$step" ] || kill -USR1 "$step" 2> /dev/null
}
# A job that is cancelled gets SIGTERM in all of its processes, the program included.
# shellcheck disable=SC2317
give_up() {
    interrupted=yes
    cancelled=yes
}
trap pass_on USR1
trap give_up TERM

# The signal may come while modules are loaded: it is heard from here on.
{{prologue}}
set -u -o pipefail

folder={{folder}}
command=({{command}})
echo "ictus job: {{job}} on $SLURM_JOB_NODELIST, restart ${SLURM_RESTART_COUNT:-0}, $(date)"
{{round}}
{{again}}
exit "$code"
