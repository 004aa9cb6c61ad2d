#!/bin/sh
# Runs one test program with libtest's clock switched on (it is there on stable Rust, only hidden).
export RUSTC_BOOTSTRAP=1
exec "$@" -Z unstable-options --report-time
