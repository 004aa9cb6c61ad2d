#!/bin/bash
# A real Slurm of four virtual nodes on this machine, in a folder of its own, and on it what users do: submit, look, be stopped
# by the early signal, before the first point too, lose a node, run an array, a chain, an array of the wheel's program, ranks of MPI under srun and mpirun, a map
# apart, ask for too much. Every map must equal that of a run alone, bit for bit. Everything started here is ended by its number, also upon failure. Set ICTUS_KEEP=1 to keep the folder.
set -eu -o pipefail
cd "$(dirname "$0")/.."

ictus=$PWD/target/release/ictus
ranks=$PWD/target/mpi-openmpi/release/ictus
hydra=$PWD/target/mpi-mpich/release/ictus
# As pip has installed it: needs no library of this machine.
wheel=$PWD/target/wheel-test/venv/bin/ictus
if [ "${1:-}" != built ]; then
    echo "slurm: building"
    cargo build --release --locked --quiet
    # As tests/mpi.sh has built it, if it has.
    MPICC=mpicc.openmpi cargo build --release --locked --quiet --features mpi --target-dir target/mpi-openmpi --bin ictus
    # As tests/wheel.sh has made it, if it has; a program is compared with one of the same sources.
    [ "$wheel" -nt "$ictus" ] || tests/wheel.sh install
fi
if [ "$(id -u)" -ne 0 ]; then
    # Slurm's daemons change to the users of jobs and of munge.
    command -v sudo > /dev/null || {
        echo "slurm: a Slurm of one's own needs root, and there is no sudo; run the tests as root, as in a container" >&2
        exit 1
    }
    exec sudo env "PATH=$PATH" "TMPDIR=${TMPDIR:-/tmp}" "ICTUS_KEEP=${ICTUS_KEEP:-}" tests/slurm.sh built
fi
for command in munged slurmctld slurmd sbatch scontrol sinfo scancel mpirun.openmpi mpirun.mpich setpriv python3 ps; do
    command -v "$command" > /dev/null || {
        echo "slurm: $command is missing; tests/setup.sh installs it" >&2
        exit 1
    }
done

place=$(mktemp -d "${TMPDIR:-/tmp}/ictus-slurm-XXXXXX")
chmod 755 "$place"
export SLURM_CONF=$place/slurm.conf
# Open MPI refuses root, whose jobs these are.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
nodes="n1 n2 n3 n4"
began=$SECONDS
daemons=()
declare -A slurmd=()

say() {
    echo "slurm: $((SECONDS - began)) s: $*"
}

# The processes of this Slurm's jobs, told by their environment: of one node, or of all. Their guardians come before them, which
# would report their end.
job_processes() {
    local folder process parent
    local -a tasks=() guardians=()
    for folder in /proc/[0-9]*; do
        process=${folder#/proc/}
        if { tr '\0' '\n' < "$folder/environ" | grep --fixed-strings --line-regexp -- "SLURM_CONF=$SLURM_CONF" &&
            tr '\0' '\n' < "$folder/environ" | grep -- "^SLURMD_NODENAME=${1:-}"; } > /dev/null 2>&1; then
            tasks+=("$process")
            parent=$(ps -o ppid= -p "$process" | tr -d ' ')
            if [ -n "$parent" ] && [ "$(cat "/proc/$parent/comm" 2> /dev/null)" = slurmstepd ]; then
                guardians+=("$parent")
            fi
        fi
    done 2> /dev/null
    echo "${guardians[@]}" "${tasks[@]}"
}

# What went wrong is said last, below what is left of the jobs.
why=""
fail() {
    why=$*
    exit 1
}
set -E
trap 'why=${why:-line $LINENO: $BASH_COMMAND}' ERR

finish() {
    local status=$? process
    set +e
    trap - EXIT ERR
    if [ "$status" -ne 0 ]; then
        echo "slurm: failed; what was left:" >&2
        squeue --all >&2
        sinfo >&2
        tail -n 25 "$place"/*.log "$place"/runs/*/slurm-*.log >&2
        echo "slurm: failed after $((SECONDS - began)) s: ${why:-interrupted}" >&2
    fi
    for process in $(job_processes) "${daemons[@]}"; do
        kill -KILL "$process" 2> /dev/null
    done
    wait 2> /dev/null
    [ -n "${ICTUS_KEEP:-}" ] || rm -rf "$place"
    exit "$status"
}
trap finish EXIT
trap 'exit 1' INT TERM

# Ports that nobody uses, as many as are asked for.
ports() {
    python3 -c '
import socket, sys
held = [socket.socket() for _ in range(int(sys.argv[1]))]
for one in held:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in held))' "$1"
}

# wait_for SECONDS WHAT COMMAND...: until the command succeeds.
wait_for() {
    local last=$((SECONDS + $1)) what=$2
    shift 2
    until "$@"; do
        if [ "$SECONDS" -ge "$last" ]; then
            fail "waited too long for $what"
        fi
        sleep 0.2
    done
}

# nodes_are COUNT STATE: so many nodes are so.
nodes_are() {
    [ "$(sinfo --noheader --format=%D --states="$2" 2> /dev/null)" = "$1" ]
}

start_node() {
    slurmd -D -N "$1" >> "$place/$1.out.log" 2>&1 &
    daemons+=($!)
    slurmd[$1]=$!
    # Its end is meant, and not for the shell to tell.
    disown
}

# A node loses its power.
kill_node() {
    local -a lost
    read -r -a lost <<< "$(job_processes "$1")"
    kill -KILL "${slurmd[$1]}" "${lost[@]}"
    say "$1 is killed, with all that ran on it"
}

start_cluster() {
    local number=0 node port host
    host=$(hostname -s)
    read -r -a port <<< "$(ports 5)"
    install -d -o munge -m 755 "$place/munge"
    head -c 128 /dev/urandom > "$place/munge/key"
    chown munge "$place/munge/key"
    chmod 400 "$place/munge/key"
    setpriv --reuid=munge --regid=munge --clear-groups munged --force --foreground --key-file="$place/munge/key" \
        --socket="$place/munge/socket" --pid-file="$place/munge/pid" --log-file="$place/munge/log" \
        --seed-file="$place/munge/seed" 2> "$place/munged.log" &
    daemons+=($!)
    wait_for 20 munge test -S "$place/munge/socket"
    cat > "$SLURM_CONF" << END
ClusterName=ictus
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmctldPort=${port[0]}
AuthType=auth/munge
AuthInfo=socket=$place/munge/socket,cred_expire=10
CryptoType=crypto/munge
StateSaveLocation=$place/state
SlurmctldPidFile=$place/slurmctld.pid
SlurmctldLogFile=$place/slurmctld.log
SlurmdPidFile=$place/%n.pid
SlurmdLogFile=$place/%n.log
SlurmdSpoolDir=$place/%n
TmpFS=$place/%n
SlurmdParameters=config_overrides
SlurmdTimeout=15
ReturnToService=2
JobRequeue=1
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=2,bf_interval=2
MaxArraySize=9
MpiDefault=none
END
    for node in $nodes; do
        number=$((number + 1))
        mkdir -p "$place/$node"
        echo "NodeName=$node NodeHostname=$host NodeAddr=127.0.0.1 Port=${port[$number]} CPUs=1 RealMemory=4096" >> "$SLURM_CONF"
    done
    echo "PartitionName=debug Nodes=ALL Default=YES MaxTime=10 State=UP" >> "$SLURM_CONF"
    mkdir -p "$place/state"
    slurmctld -D > "$place/ctld.out.log" 2>&1 &
    daemons+=($!)
    for node in $nodes; do
        start_node "$node"
    done
    wait_for 60 "four idle nodes" nodes_are 4 idle
}

# Each scenario has a profile of its own; one thread computes, so that there is time to disturb it.
profile() {
    printf '%s\n' 'cores_per_node = 1' 'arguments = ["--threads", "1"]' "${@:2}" > "$place/$1.toml"
}

# submit NAME SIZE OPTION...: by the program that `program` names, if it does; jobs start the program that submits them.
submit() {
    local name=$1 size=$2
    shift 2
    (cd "$place" && "${program:-$ictus}" submit study.toml --profile "$name.toml" --output "runs/$name" --threads 1 --pilot "1 s" \
        --set "space.axes.B.n=$size" "$@")
}

# The numbers of the jobs that were submitted.
jobs_of() {
    sed -n 's/^submitted //p' "$place/$1.out" | tr ' ' '\n'
}

first() {
    jobs_of "$1" | head -n 1
}

has_map() {
    [ -e "$place/runs/$1/map.nc" ] || ! is_alive "$1"
}

# Whether any job of it is still in the queue: pending, running or ending.
is_alive() {
    squeue --noheader --format=%A > "$place/queue" && jobs_of "$1" | grep --quiet --line-regexp --file=- "$place/queue"
}

log_says() {
    grep --quiet -e "$2" "$place/runs/$1"/slurm-*.log || {
        fail "no log of $1 says: $2"
    }
}

# same_as_alone NAME SIZE
same_as_alone() {
    "$ictus" diff --bits "$place/runs/$1/map.nc" "$place/runs/alone-$2/map.nc" > "$place/diff" || {
        cat "$place/diff" >&2
        fail "the map of $1 differs from that of the run alone"
    }
}

start_cluster
say "four nodes are up"

# Two studies, of about so many seconds of one thread: longer than the early signal takes to come, and long enough to be disturbed.
cp configs/quickstart.toml "$place/study.toml"
cd "$place"
seconds=$("$ictus" plan study.toml --threads 1 --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["core_hours"] * 3600)')
cd - > /dev/null
long=$(python3 -c "print(max(12, round(168 * 30 / $seconds)))")
short=$((long / 3))
say "the long study has $long values of B, the short one $short"

echo "slurm: what is beyond the cluster is refused with the number"
profile beyond
for wish in "--nodes 10=at most 9" "--time 01:00:00=00:10:00" "--array 10=at most 9"; do
    code=0
    # shellcheck disable=SC2086  # two words
    submit beyond "$short" ${wish%%=*} > "$place/refused" 2>&1 || code=$?
    if [ "$code" -ne 2 ] || ! grep --quiet "${wish#*=}" "$place/refused"; then
        cat "$place/refused" >&2
        fail "submit ${wish%%=*} ended with $code and not with 2"
    fi
done
code=0
submit beyond "$short" --dry-run > "$place/shown"
grep --quiet '^#SBATCH --signal=B:USR1@' "$place/shown"
submit beyond "$short" -- --account=nobody --nodelist=n9 > "$place/refused" 2>&1 || code=$?
if [ "$code" -ne 4 ] || ! grep --quiet "sbatch refused" "$place/refused"; then
    cat "$place/refused" >&2
    fail "what sbatch refuses must end with 4, not with $code"
fi

# The first round of the one hears the early signal before its program starts, as where modules load for long.
# shellcheck disable=SC2016  # the job's shell expands it
profile signal 'early_signal = 50' \
    'prologue = ["""until [ "${SLURM_RESTART_COUNT:-0}$asked" != 0no ]; do sleep 0.2; done"""]'
profile node 'early_signal = 30'
profile array 'early_signal = 30'
profile chain 'early_signal = 50' 'requeue = false'
profile wheel 'early_signal = 30'
submit signal "$long" --time 1 > "$place/signal.out"
submit node "$short" --time 5 > "$place/node.out"
submit array "$short" --time 5 --array 2 > "$place/array.out"
# More jobs than it takes where each has half a core of this machine.
submit chain "$long" --time 1 --chain 12 > "$place/chain.out"
program=$wheel submit wheel "$short" --time 5 --array 2 > "$place/wheel.out"
say "submitted: a job stopped by the early signal, one whose node dies, an array that loses a node, a chain, an array of the wheel's program"

# Whether the journals hold points.
has_begun() {
    [ -n "$(find "$place/runs/$1/journals" -size +40k 2> /dev/null)" ]
}
# The node of the first job of a name.
node_of() {
    squeue --noheader --states=running --jobs="$(first "$1")" --format=%N | head -n 1
}
wait_for 60 "points of the job whose node dies" has_begun node
kill_node "$(node_of node)"
wait_for 60 "points of the array" has_begun array
kill_node "$(node_of array)"
"$ictus" status "$place/runs/array"

# The MPI library is found where a module would have put it.
mkdir "$place/bin"
ln -s "$(command -v mpirun.openmpi)" "$place/bin/mpirun"
mkdir "$place/hydra"
ln -s "$(command -v mpirun.mpich)" "$place/hydra/mpirun"
# It looks for its proxy beside itself.
ln -s "$(command -v hydra_pmi_proxy)" "$place/hydra/"
profile joined 'launcher = "join"'
submit joined "$short" --time 5 --nodes 2 > "$place/joined.out"
profile ranks 'launcher = "srun"' 'mpi = "pmix"' "program = \"$ranks\""
profile apart 'launcher = "mpirun"' "program = \"$ranks\"" "prologue = [\"PATH=$place/bin:\$PATH\"]" 'map_apart_above = 1000'
profile hydra 'launcher = "mpirun"' "program = \"$hydra\"" "prologue = [\"PATH=$place/hydra:\$PATH\"]"
submit ranks "$short" --time 5 --nodes 2 > "$place/ranks.out"
submit apart "$short" --time 5 --nodes 2 > "$place/apart.out"
submit hydra "$short" --time 5 --nodes 2 > "$place/hydra.out"
say "submitted: ranks under srun, under mpirun of Open MPI with a map apart, and under that of MPICH"
for size in "$short" "$long"; do
    "$ictus" run "$place/study.toml" --output "$place/runs/alone-$size" --set "space.axes.B.n=$size" --quiet > /dev/null
    say "the run alone of $size values is done"
done
wait_for 60 "two nodes to be missed" nodes_are 2 down
for node in $(sinfo --noheader --Node --format=%N --states=down); do
    start_node "$node"
done
say "the lost nodes come back"

# Whichever begins first hears the early signal at once, before it is done.
deaf="ranks hydra"
hear() {
    local name left=""
    for name in $deaf; do
        if has_begun "$name"; then
            scancel --batch --signal=USR1 "$(first "$name")"
            say "$name: the ranks hear the early signal"
        else
            left+=" $name"
        fi
    done
    deaf=$left
    [ -z "$deaf" ]
}
# The launcher of MPICH may end with 0 though the ranks were stopped; the job must go back all the same.
wait_for 240 "points of the ranks under srun and under MPICH's mpirun" hear

for name in array node wheel joined ranks apart hydra signal chain; do
    size=$short
    case $name in signal | chain) size=$long ;; esac
    wait_for 300 "the map of $name" has_map "$name"
    same_as_alone "$name" "$size"
    say "$name: the map is that of the run alone"
done
log_says signal "stopped without a finished point"
log_says signal "asking the program to stop"
log_says signal "going back into the queue"
log_says signal "restart 2"
log_says signal "points taken from"
log_says node "restart 1"
log_says chain "the next job of the chain resumes it"
log_says ranks "asking the program to stop"
log_says ranks "restart 1"
log_says ranks "points taken from"
log_says hydra "asking the program to stop"
log_says hydra "restart 1"
log_says hydra "points taken from"
gone() {
    [ -z "$(squeue --noheader --format=%i)" ]
}
wait_for 120 "the queue to be empty" gone
log_says array "restart 1"
log_says chain "the map is there already"
grep --quiet --recursive --fixed-strings -e "$wheel" "$place/runs/wheel" --include '*.sh' ||
    fail "the jobs of the wheel did not start $wheel"
log_says apart "Make the map: ictus map"
[ "$(jobs_of apart | wc -l)" -eq 2 ]
for name in joined ranks apart hydra; do
    "$ictus" status "$place/runs/$name" > "$place/status"
    [ "$(grep --count "^process " "$place/status")" -eq 2 ] || {
        cat "$place/status" >&2
        fail "two ranks of $name should have worked together"
    }
done
"$ictus" info "$place/runs/signal/map.nc" > /dev/null
for attribute in core_hours_predicted core_hours_used; do
    ncdump -h "$place/runs/signal/map.nc" | grep "$attribute ="
done
"$ictus" status "$place/runs/array" > "$place/status"
grep --quiet "state *finished" "$place/status"
say "done"
