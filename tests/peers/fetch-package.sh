#!/usr/bin/env bash
# fetch-package.sh SUITE TARGET PACKAGE... : downloads PACKAGEs of another Debian suite and unpacks them into TARGET.
#
# The machine's own Debian source gives the mirror and the keyring; only the suite differs. Lists, cache and
# status are private, so apt's view of the system stays as it is and nothing is installed or upgraded.
# A PACKAGE with a * is a pattern: the newest package name that matches is taken, in version order.
# A PACKAGE source:NAME is the source of NAME, with Debian's patches applied, in TARGET/NAME.
# Prints the name and version of what was unpacked.
set -euo pipefail

suite=$1
target=$2
shift 2

cache=${PFSVPN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pfsvpn}
# Sources and binaries have lists of their own, so that nobody pays for lists that are not needed.
case ${1:-} in
  source:*) private=$cache/apt-$suite-source type=deb-src ;;
  *) private=$cache/apt-$suite type=deb ;;
esac
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
echo "$type [signed-by=$keyring] $mirror $suite main" >"$private/sources.list"

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
# The sources of $1 into $target/$1: apt checks what it fetches against the signed lists.
unpack_source() {
  local name=$1 work dsc
  work=$(mktemp -d "$private/download/source.XXXXXX")
  (cd "$work" && apt-get "${options[@]}" source --download-only -qq "$name" >"$private/download.log" 2>&1) ||
    fail "$suite has no source of $name: $(tail -n 3 "$private/download.log")"
  dsc=$(find "$work" -name '*.dsc')
  rm -rf "${target:?}/$name"
  mkdir "$target/$name"
  tar -xf "$(find "$work" -name '*.orig.tar.*' ! -name '*.asc')" -C "$target/$name" --strip-components=1
  tar -xf "$(find "$work" -name '*.debian.tar.*')" -C "$target/$name"
  { sed -E 's/[[:space:]]*(#.*)?$//' "$target/$name/debian/patches/series" 2>/dev/null || true; } | while read -r patch; do
    [ -z "$patch" ] || patch -d "$target/$name" -p1 -s -i "debian/patches/$patch"
  done
  echo "$name $(sed -n 's/^Version: //p' "$dsc") from the sources of $suite"
  rm -rf "$work"
}

for package in "$@"; do
  case $package in
    source:*)
      unpack_source "${package#source:}"
      continue
      ;;
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
