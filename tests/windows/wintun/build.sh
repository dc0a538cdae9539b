#!/usr/bin/env bash
# build.sh : builds the tests' wintun.dll, and check.exe, which checks it, and prints the folder where they are.
#
# Needs x86_64-w64-mingw32-gcc (test.sh installs it).
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
cache=${PFSVPN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pfsvpn}
built=$cache/wintun
compiler=x86_64-w64-mingw32-gcc
command -v $compiler >/dev/null || { echo "build.sh: $compiler is missing (test.sh installs it)" >&2; exit 1; }

cd "$here"
stamp=$(cat ./*.c ./*.h build.sh | sha256sum | cut -c1-16)
if [ "$(cat "$built/stamp" 2>/dev/null)" != "$stamp" ]; then
  mkdir -p "$cache"
  work=$(mktemp -d "$cache/wintun.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  flags=(-std=gnu17 -O2 -Wall -Wextra -Werror -D_WIN32_WINNT=0x0A00 -DUNICODE -static-libgcc -s -Wl,--no-insert-timestamp)
  $compiler "${flags[@]}" -shared -o "$work/wintun.dll" wintun.c session.c log.c ring.c wire.c -liphlpapi -lws2_32 -ladvapi32
  $compiler "${flags[@]}" -o "$work/check.exe" check.c -lws2_32
  echo "$stamp" >"$work/stamp"
  rm -rf "$built"
  chmod 755 "$work"
  mv "$work" "$built"
fi
echo "$built"
