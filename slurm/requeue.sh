if [ "$code" -eq 75 ] && [ "$cancelled" = no ]; then
    if [ "${SLURM_RESTART_COUNT:-0}" -lt {{restarts}} ]; then
        echo "ictus job: stopped; going back into the queue"
        scontrol requeue "{{job}}" && exit 0
    else
        echo "ictus job: stopped, and restarted {{restarts}} times already; submit the study again to go on"
    fi
fi
