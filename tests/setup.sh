#!/bin/sh
# Installs what is missing of tests/tools.txt, where this user may: as root, with apt.
# Elsewhere it does nothing, and the tests that need one skip, saying which command brings it.
# The real Asterisk of tests/live needs more than a package: tests/live/unpack-switch.sh, which those tests run first.
set -eu

missing=
while read -r tool package; do
    case $tool in '#'* | '') continue ;; esac
    command -v "$tool" >/dev/null 2>&1 || [ -e "$tool" ] && continue
    case " $missing " in *" $package "*) ;; *) missing="$missing $package" ;; esac
done <"$(dirname "$0")/tools.txt"

[ -n "$missing" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 || exit 0

# RUNLEVEL=1: a package that brings a service (prometheus) must not start it.
export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
for package in $missing; do
    echo "installing $package, which some tests need"
    try=1
    until output=$( (apt-get update -qq && apt-get install -y -qq --no-install-recommends "$package") 2>&1); do
        if [ $try = 3 ] || ! apt-cache show "$package" >/dev/null 2>&1; then
            printf '%s\n' "$output" | tail -n 5 >&2
            break # tests/conftest.py decides what a missing command means: a skip, or in CI a failure
        fi
        try=$((try + 1))
        sleep 2
    done
done
