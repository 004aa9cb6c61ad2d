#!/bin/bash
{{directives}}
# {{about}}
# Made by `ictus submit`: one core makes the map from the run's journals after the run has ended.
{{prologue}}
set -u -o pipefail

{{command}}
