# A line a round that has finished no point.
fruitless=$folder/fruitless.{{job}}

# How many points are finished.
finished() {
    local said
    said=$({{program}} status "$folder" --json 2> /dev/null)
    if [[ $said =~ \"done\":([0-9]+) ]]; then
        echo "${BASH_REMATCH[1]}"
    else
        echo 0
    fi
}

# Runs the program, and sets `code` to its exit code.
run() {
    code=75
    [ "$asked$cancelled" = nono ] || return
    "${command[@]}" &
    step=$!
    wait "$step"
    code=$?
    # A signal ends `wait` before the program has ended: then its code is asked for again.
    while [ "$interrupted" = yes ]; do
        interrupted=no
        wait "$step"
        code=$?
    done
    step=
    # Some launchers, MPICH's for one, end with 0 although their ranks were stopped: the run's own record knows.
    if {{doubtful}}; then
        case $({{program}} status "$folder" --json 2> /dev/null) in
            *'"state":"stopped"'* | *'"state":"died"'*)
                echo "ictus job: the launcher ended with $code, but the run is not finished"
                code=75
                ;;
            *'"state":"finished"'*)
                code=0
                ;;
        esac
    fi
}

if [ -e "$folder/map.nc" ]; then
    echo "ictus job: the map is there already"
    exit 0
fi
before=$(finished)
run
# The claim of a run whose node has died holds for three minutes more.
for _ in 1 2 3 4; do
    if [ "$code" -ne 2 ] || [ "$asked$cancelled" != nono ] || ! compgen -G "$folder/claim.*" > /dev/null; then
        break
    fi
    echo "ictus job: another run may hold the folder; trying again in a minute"
    sleep 60 &
    wait $!
    run
done
if [ "$code" -ne 75 ] || [ "$(finished)" -gt "$before" ]; then
    rm -f "$fruitless"
elif [ "$cancelled" = no ]; then
    # Slurm may send the early signal a minute too soon, so that the next round may have more time; but not for ever.
    echo >> "$fruitless"
    if [ "$(wc -l < "$fruitless")" -ge 3 ]; then
        echo "ictus job: three rounds in a row without a finished point; it needs longer than {{time}}: submit again with a longer --time"
        rm -f "$fruitless"
        exit "$code"
    fi
    echo "ictus job: stopped without a finished point; should that go on, submit again with a --time longer than {{time}}"
fi
