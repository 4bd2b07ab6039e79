#!/bin/sh
# Unpacks Debian's Asterisk 22 (packaged in sid only) into a folder of its own, for tests that start a real switch:
# about a minute and 500 MB, once. Run as root. Nothing is installed on this machine.
#   FLOORWATCH_SWITCH_DIR   where (default: ~/.cache/floorwatch-switch)
# The packages come from the mirror this machine's apt is configured with. Silent when there is nothing to do; else the
# last words of the tool that failed are on standard error.
set -eu

dir=${FLOORWATCH_SWITCH_DIR:-$HOME/.cache/floorwatch-switch}
[ -f "$dir/.ready" ] && exit 0
if [ "$(id -u)" != 0 ]; then
    echo "a real Asterisk runs in a folder of Debian packages, which only root can unpack and enter: sudo sh $0" >&2
    exit 3
fi
if ! command -v debootstrap >/dev/null 2>&1; then
    echo "no debootstrap here; it comes with: sudo apt-get install -y debootstrap" >&2
    exit 1
fi

mkdir -p "$(dirname "$dir")"
exec 9>"$dir.lock"
flock 9 # whoever else is unpacking: wait, and look again
[ -f "$dir/.ready" ] && exit 0

mirror=$(apt-get indextargets --format '$(REPO_URI)' | grep -v -e security -e updates | head -n 1)
try=1
echo "unpacking Asterisk from $mirror into $dir"
# python3 is for floors whose phones are driven from inside.
until rm -rf "$dir" && debootstrap --variant=minbase --include=asterisk,asterisk-modules,python3 \
    sid "$dir" "$mirror" >"$dir.log" 2>&1; do
    if [ $try = 3 ]; then
        tail -n 5 "$dir.log" >&2
        exit 1
    fi
    try=$((try + 1))
    sleep 2
done
touch "$dir/.ready"
