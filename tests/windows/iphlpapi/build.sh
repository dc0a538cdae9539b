#!/usr/bin/env bash
# build.sh : builds the tests' iphlpapi.dll, and prints the folder where it is, with wineiphl.dll beside it.
#
# It has the functions that Wine has not got, or not fully (those of *.c), and all others of Wine's own, which goes by the name of wineiphl.dll: a file of Wine
# under another name is taken for Wine's own, and not found, unless the mark in it is taken out.
# Needs x86_64-w64-mingw32-gcc and wine64 (test.sh installs them).
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
cache=${PFSVPN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pfsvpn}
built=$cache/iphlpapi
tools=x86_64-w64-mingw32
own=$(dpkg -L libwine 2>/dev/null | grep 'x86_64-windows/iphlpapi.dll$' || true)
command -v $tools-gcc >/dev/null || { echo "build.sh: $tools-gcc is missing (test.sh installs it)" >&2; exit 1; }
[ -f "$own" ] || { echo "build.sh: Wine's iphlpapi.dll is missing (test.sh installs wine64)" >&2; exit 1; }

cd "$here"
stamp=$(cat ./*.c ./*.h build.sh "$own" | sha256sum | cut -c1-16)
if [ "$(cat "$built/stamp" 2>/dev/null)" != "$stamp" ]; then
  mkdir -p "$cache"
  work=$(mktemp -d "$cache/iphlpapi.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  sed 's/Wine builtin DLL/None builtin DLL/' "$own" >"$work/wineiphl.dll"
  grep -q 'None builtin DLL' "$work/wineiphl.dll" || { echo "build.sh: Wine's iphlpapi.dll has no mark" >&2; exit 1; }

  ours=$(cat ./*.c | grep -oE 'double_[A-Za-z0-9]+' | sed 's/double_//' | LC_ALL=C sort -u)
  all=$($tools-objdump -p "$own" | sed -nE 's/^\t\[ *[0-9]+\] (\+base\[ *[0-9]+\] +[0-9a-f]+ )?([A-Za-z_0-9]+)$/\2/p' | LC_ALL=C sort -u)
  [ -n "$all" ] || { echo "build.sh: the exports of Wine's iphlpapi.dll cannot be read" >&2; exit 1; }
  {
    echo EXPORTS
    for name in $ours; do echo "  $name = double_$name"; done
    LC_ALL=C comm -13 <(echo "$ours") <(echo "$all") | sed 's/.*/  & = wineiphl.&/'
  } >"$work/iphlpapi.def"
  # What it uses of Wine's itself.
  { echo "LIBRARY wineiphl.dll"; echo EXPORTS; echo "$all"; } >"$work/wineiphl.def"
  $tools-dlltool -d "$work/wineiphl.def" -l "$work/libwineiphl.a"
  $tools-gcc -std=gnu17 -O2 -Wall -Wextra -Werror -D_WIN32_WINNT=0x0A00 -DUNICODE -static-libgcc -s -Wl,--no-insert-timestamp -shared \
    -o "$work/iphlpapi.dll" "$work/iphlpapi.def" ask.c rows.c links.c servers.c watch.c -L"$work" -lwineiphl -lws2_32
  echo "$stamp" >"$work/stamp"
  rm -rf "$built"
  chmod 755 "$work"
  mv "$work" "$built"
fi
echo "$built"
