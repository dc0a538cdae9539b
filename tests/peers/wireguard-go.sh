#!/usr/bin/env bash
# wireguard-go.sh : prints the path of a wireguard-go that has its offloads (v0.0.20250522 or newer), after fetching it where it is not there yet.
#
# $WIREGUARD_GO names one that is there already. Debian 12's own package is too old to be a measure, so Debian sid's
# is unpacked into the cache folder, else that of the backports.
set -euo pipefail

if [ -n "${WIREGUARD_GO:-}" ]; then
  echo "$WIREGUARD_GO"
  exit 0
fi

here=$(cd "$(dirname "$0")" && pwd)
cache=${PFSVPN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pfsvpn}
oldest=20250522

# The release date out of "wireguard-go v0.0.20250522", 0 where the program does not run.
release() {
  "$1" --version 2>/dev/null | sed -nE '1s/.*v0\.0\.([0-9]{8}).*/\1/p' | grep . || echo 0
}

codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
for suite in sid ${codename:+"$codename-backports"}; do
  target=$cache/wireguard-go-$suite
  program=$target/usr/bin/wireguard-go
  [ -x "$program" ] || "$here/fetch-package.sh" "$suite" "$target" wireguard-go >&2 || continue
  if [ "$(release "$program")" -ge "$oldest" ]; then
    echo "$program"
    exit 0
  fi
  echo "wireguard-go.sh: the one of $suite is too old or does not run here" >&2
done

echo "wireguard-go.sh: no wireguard-go v0.0.$oldest or newer can be had from this machine's Debian mirror; set WIREGUARD_GO to one" >&2
exit 1
