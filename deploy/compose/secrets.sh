#!/bin/sh
# Makes deploy/secrets/ for compose.yaml, once: tokens of floorwatch, passwords of the broker and of Grafana.
# What it prints is for people: where the token of a supervisor and the passwords are.
#
# The files can be read by every user of a container; the folder keeps the other users of this machine out.
set -eu
cd "$(dirname "$0")/.."
folder=${SECRETS:-secrets}
engine=${ENGINE:-docker}
floorwatch=${FLOORWATCH:-$engine run --rm floorwatch:local}
mosquitto=${MOSQUITTO-$engine run --rm docker.io/library/eclipse-mosquitto:2.0.22}

[ ! -e "$folder" ] || { echo "$folder is there already: move it away to make new secrets" >&2; exit 1; }
umask 077
mkdir "$folder"
umask 022

random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

token() { # token ROLE NAME FILE: the token into a file, its hash into tokens.yaml
    said=$($floorwatch token --role "$1" --name "$2")
    printf '%s\n' "$said" | sed -n 's/^  \(fw_[^ ]*\)$/\1/p' >"$folder/$3"
    printf '%s\n' "$said" | sed -n '/^  tokens:$/,$p' | sed -e 1d -e 's/^    //' >>"$folder/tokens.yaml"
    [ -s "$folder/$3" ] || { echo "no token was made for $2" >&2; exit 1; }
}

token metrics prometheus metrics.token
token supervisor supervisor supervisor.token

random >"$folder/bus.secret"
random >"$folder/pbx.secret"
random >"$folder/grafana.password"
# shellcheck disable=SC2016 # the inner shell is to expand them
$mosquitto sh -c '
    made=$(mktemp) && mosquitto_passwd -b -c "$made" floorwatch "$1" >&2 &&
    mosquitto_passwd -b "$made" pbx "$2" >&2 && cat "$made" && rm "$made"
' sh "$(cat "$folder/bus.secret")" "$(cat "$folder/pbx.secret")" >"$folder/floorwatch.passwd"

cat <<TOLD
deploy/$folder is made:
  supervisor.token   to sign in at the wallboard as one who may acknowledge and silence
  grafana.password   of the user admin
  pbx.secret         with it the switch, as user pbx, publishes to floor/v1/main/pbx/events
TOLD
