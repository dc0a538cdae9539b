#!/usr/bin/env bash
# fetch-package.sh SUITE TARGET PACKAGE... : downloads PACKAGEs of another Debian suite and unpacks them into TARGET.
#
# The machine's own Debian source gives the mirror and the keyring; only the suite differs. Lists, cache and
# status are private, so apt's view of the system stays as it is and nothing is installed or upgraded.
# A PACKAGE with a * is a pattern: the newest package name that matches is taken, in version order.
# Prints the name and version of what was unpacked.
set -euo pipefail

suite=$1
target=$2
shift 2

cache=${PFSVPN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pfsvpn}
private=$cache/apt-$suite
mkdir -p "$private"/{lists/partial,archives/partial,download}
chmod 755 "$private" "$private"/{lists,archives,download}

fail() {
  echo "fetch-package.sh: $*" >&2
  exit 1
}

# The first Debian mirror that the machine uses: "URI KEYRING" out of deb822 files, else out of one-line files.
machine_source() {
  awk '
    /^URIs:/ { uri = $2 }
    /^Signed-By:/ { key = $2 }
    /^Suites:/ { suites = $0 }
    /^$/ { flush() }
    END { flush() }
    function flush() {
      if (!found && uri ~ /debian\/?$/ && suites !~ /security/) { print uri, (key == "" ? "-" : key); found = 1 }
      uri = key = suites = ""
    }' /etc/apt/sources.list.d/*.sources 2>/dev/null | grep . ||
    sed -nE 's/^deb +(\[[^]]*\] +)?([^ ]*debian\/?) +[^ ]+ .*/\2 -/p' /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
    grep -v security | head -n 1 | grep .
}

read -r mirror keyring < <(machine_source) || fail "no Debian mirror found in /etc/apt; add one, or set WIREGUARD_GO to a program that is there already"
[ "$keyring" != - ] || keyring=/usr/share/keyrings/debian-archive-keyring.gpg
echo "deb [signed-by=$keyring] $mirror $suite main" >"$private/sources.list"

options=(
  -o "Dir::Etc::SourceList=$private/sources.list" -o Dir::Etc::SourceParts=/dev/null
  -o "Dir::State::Lists=$private/lists" -o "Dir::Cache::archives=$private/archives"
  -o "Dir::Cache::pkgcache=$private/pkgcache.bin" -o "Dir::Cache::srcpkgcache=$private/srcpkgcache.bin"
  -o "Dir::State::status=/dev/null" -o APT::Sandbox::User=root -o Acquire::Languages=none
  -o Acquire::Retries=3 -o Acquire::http::Timeout=30
  -o 'Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled=false'
)
# One update a day is enough: the lists are some 10 MB.
if ! find "$private/updated" -mtime -1 2>/dev/null | grep -q .; then
  apt-get "${options[@]}" update -qq >"$private/update.log" 2>&1 || fail "apt-get update for $suite failed: $(tail -n 3 "$private/update.log")"
  touch "$private/updated"
fi

mkdir -p "$target"
for package in "$@"; do
  case $package in
    *\**)
      pattern=${package//\*/.*}
      name=$(apt-cache "${options[@]}" search --names-only "^$pattern\$" | cut -d' ' -f1 | sort -V | tail -n 1)
      [ -n "$name" ] || fail "$suite has no package like $package"
      ;;
    *) name=$package ;;
  esac
  rm -f "$private/download/${name}_"*.deb
  (cd "$private/download" && apt-get "${options[@]}" download -qq "$name" >"$private/download.log" 2>&1) ||
    fail "$suite has no package $name: $(tail -n 3 "$private/download.log")"
  deb=$(find "$private/download" -name "${name}_*.deb" | head -n 1)
  dpkg -x "$deb" "$target"
  echo "$name $(dpkg-deb -f "$deb" Version) from $suite"
  rm -f "$deb"
done
