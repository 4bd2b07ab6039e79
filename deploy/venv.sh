#!/bin/sh
# Makes .venv and fills it with exactly what a lock file pins. Called by the Makefile, from the top of the checkout:
#   deploy/venv.sh create              a new, empty .venv
#   deploy/venv.sh install LOCK STAMP  everything LOCK names, hash-checked; then touch STAMP
# Where the machine lacks something, the first line printed is the one command that fixes it.
set -eu

missing() { # missing PACKAGE WHY...
    package=$1
    shift
    if ! command -v apt-get >/dev/null 2>&1; then
        echo "install Python 3.11 or newer with its venv module" >&2
    elif [ "$(id -u)" = 0 ]; then
        echo "apt-get update && apt-get install -y $package" >&2
    else
        echo "sudo apt-get update && sudo apt-get install -y $package" >&2
    fi
    echo "^ this command fixes it: $*" >&2
    exit 1
}

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

create() {
    for python in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
        new_enough "$python" || continue
        # Debian ships the standard library without ensurepip; the venv package brings it.
        "$python" -c 'import ensurepip, venv' >/dev/null 2>&1 ||
            missing "$python-venv" "$python cannot make a virtual environment yet"
        echo "making .venv with $("$python" --version)"
        "$python" -m venv --clear .venv
        return
    done
    command -v python3 >/dev/null 2>&1 || missing python3-venv "there is no python3 here"
    missing python3.11-venv "$(python3 --version) is too old: floorwatch needs Python 3.11 or newer"
}

install() { # install LOCK STAMP
    pip=".venv/bin/python -m pip --disable-pip-version-check --no-input install --quiet"
    echo "installing $(grep -c == "$1") packages of $1 into .venv (once)"
    try=1
    # A package index has its bad minutes; a hash that does not match stays wrong and fails all three.
    until output=$($pip --only-binary :all: --require-hashes --requirement "$1" 2>&1); do
        if [ $try = 3 ]; then
            printf '%s\n' "$output" >&2
            exit 1
        fi
        echo "try $try of 3 did not work; again in $((try * 2)) s" >&2
        sleep $((try * 2))
        try=$((try + 1))
    done
    # The locked build backend, not one fetched for the occasion, makes the `floorwatch` command.
    if .venv/bin/python -c 'import hatchling' 2>/dev/null; then
        $pip --no-build-isolation --no-deps --editable .
    else # without it, a command that does the same
        printf '#!/bin/sh\nPYTHONPATH="%s" exec "%s/.venv/bin/python" -m floorwatch "$@"\n' "$PWD" "$PWD" >.venv/bin/floorwatch
        chmod +x .venv/bin/floorwatch
    fi
    touch "$2"
}

"$@"
