#!/usr/bin/env bash
# package.sh [--check] [--fast | --windows] [OUT]: makes the packages of this version in OUT (artifacts/packages).
#
#   pfsvpn-VERSION-linux-x64.tar.gz   pfsvpn and pfsvpnd, each one file with the runtime in it
#   pfsvpn-VERSION-any.tar.gz         the same for every architecture, on the installed .NET 10
#   pfsvpn-VERSION-win-x64.zip        pfsvpn.exe and pfsvpnd.exe, each one file with the runtime in it, and libsodium.dll
#   pfsvpn_VERSION_amd64.deb          for Debian 12 and newer, Ubuntu 22.04 and newer
#   PfsVpn.Core.VERSION.nupkg         the library, with its symbols in a .snupkg
#
#   --check   then installs, uses and removes the .deb in a clean root (tests/packages.sh; root, some minutes), and starts what is in the zip under Wine (tests/windows/package.sh)
#   --fast    the programs for linux-x64 alone, into OUT/linux-x64, and looks whether they start
#   --windows the programs for Windows alone, with libsodium.dll, into OUT/win-x64
#
# The version stands in Directory.Build.props and nowhere else. Times are those of the last commit (or SOURCE_DATE_EPOCH): the same commit makes the same files.
set -euo pipefail
cd "$(dirname "$0")"

check=no only= out=
for word in "$@"; do
  case $word in
    --check) check=yes ;;
    --fast) only=linux ;;
    --windows) only=windows ;;
    -*)
      sed -n '2,15s/^# \{0,1\}//p' "$0"
      exit 2
      ;;
    *) out=$word ;;
  esac
done
mkdir -p "${out:=artifacts/packages}"
out=$(cd "$out" && pwd)
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en LC_ALL=C
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat -c %Y Directory.Build.props)}
umask 022

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
say() { printf '\n== %s\n' "$*"; }
fail() { printf 'package.sh: %s\n' "$*" >&2; exit 1; }
needs() { command -v "$1" >/dev/null || fail "$1 is missing: install $2"; }

needs dotnet "the .NET 10 SDK: https://dotnet.microsoft.com/download"
# A folder of their own: what is built for development is not mixed with what is built to ship. Analyzers have had their say in test.sh.
options=(-v quiet -nologo -p:ContinuousIntegrationBuild=true -p:RunAnalyzers=false)
build=(--artifacts-path "$PWD/artifacts/build" "${options[@]}")
version=$(dotnet msbuild src/PfsVpn.Core/PfsVpn.Core.csproj -getProperty:Version)
[ -n "$version" ] || fail "Directory.Build.props says no Version"

# --- the programs -----------------------------------------------------------------------------------------------------

publish_native() {
  say "programs for linux-x64"
  for project in Cli Daemon; do dotnet publish "src/PfsVpn.$project" -c Release -r linux-x64 "${build[@]}" -o "$1"; done
  [ "$(cd "$1" && echo *)" = "pfsvpn pfsvpnd" ] || fail "more than two files were published: $(cd "$1" && echo *)"
}

# Programs start, say who they are, and reach libsodium.
try_programs() {
  [ "$("$1/pfsvpn" --version)" = "pfsvpn v$version" ] || fail "$1/pfsvpn does not say that it is version $version"
  "$1/pfsvpnd" --version | grep -qx "pfsvpnd v$version" || fail "$1/pfsvpnd does not say that it is version $version"
  [ "$("$1/pfsvpn" genkey | "$1/pfsvpn" pubkey | wc -c)" = 45 ] || fail "$1/pfsvpn makes no keys"
}

publish_any() {
  say "programs for every architecture"
  for project in Cli Daemon; do
    dotnet publish "src/PfsVpn.$project" -c Release "${build[@]}" --no-self-contained -p:UseAppHost=false -p:PublishDocumentationFiles=false -p:DebugType=none -o "$1"
  done
  rm -f "$1"/*.pdb "$1"/*.xml
  find "$1" -type f -exec chmod 644 {} +
  for program in pfsvpn pfsvpnd; do
    sed "s/@PROGRAM@/$program/" packaging/launcher.sh >"$1/$program"
    chmod 755 "$1/$program"
  done
}

# In a folder of its own: the library is another one, with the SHA-256 of libsodium.dll in it. Nobody may put another file in that one's place.
publish_windows() {
  say "programs for win-x64"
  local sodium
  sodium=$(packaging/windows/sodium.sh)
  for project in Cli Daemon; do
    dotnet publish "src/PfsVpn.$project" -c Release -r win-x64 --artifacts-path "$PWD/artifacts/build-windows" "${options[@]}" -p:LibsodiumSha256="$(sha256sum <"$sodium" | cut -d' ' -f1)" -o "$1"
  done
  install -m 644 "$sodium" "$1/libsodium.dll"
  [ "$(cd "$1" && echo *)" = "libsodium.dll pfsvpn.exe pfsvpnd.exe" ] || fail "other files were published than two programs: $(cd "$1" && echo *)"
}

# What goes with the programs: add_extras FOLDER.
add_extras() {
  install -m 644 -D -t "$1" LICENSE CHANGELOG.md README.md
  install -m 644 -D -t "$1/man" packaging/man/*
  install -m 644 -D -t "$1/completions" packaging/completions/*
  install -m 644 -D -t "$1/docs" docs/*.md docs/*.svg
  install -m 644 -D -t "$1/docs/schema" docs/schema/*
  install -m 644 -D -t "$1/configs" configs/*
}

# pack NAME FOLDER: the folder as NAME.tar.gz, the same bytes for the same content.
pack() {
  tar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --transform "s,^\.,$1," -C "$2" -cf - . | gzip -9n >"$out/$1.tar.gz"
}

add_windows_extras() {
  install -m 644 -D -t "$1" LICENSE CHANGELOG.md README.md
  install -m 644 -D -t "$1/docs" docs/*.md docs/*.svg
  install -m 644 -D -t "$1/docs/schema" docs/schema/*
  install -m 644 -D -t "$1/configs" configs/*.conf*
  local licence
  licence=$(dirname "$(packaging/windows/sodium.sh)")/libsodium-LICENSE
  [ -f "$licence" ] || fail "$licence is missing: it goes with libsodium.dll"
  { printf 'libsodium.dll:\n\n'; cat "$licence"; printf '\n\nThe .NET runtime, which is part of both programs:\n\n'; notices win-x64; } >"$1/THIRD-PARTY-NOTICES.txt"
}

# pack_zip NAME FOLDER: the folder as NAME.zip, the same bytes for the same content.
pack_zip() {
  mkdir "$work/zip"
  cp -r "$2" "$work/zip/$1"
  find "$work/zip" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
  rm -f "$out/$1.zip"
  (cd "$work/zip" && find "$1" -type f | sort | TZ=UTC zip -9 -X -q -@ "$out/$1.zip")
}

# --- the .deb ---------------------------------------------------------------------------------------------------------

stage_deb() {
  local root=$1 doc=$1/usr/share/doc/pfsvpn file
  install -m 755 -D -t "$root/usr/bin" "$2/pfsvpn" "$2/pfsvpnd"
  for file in configs/*.service configs/*.target; do
    [ -e "$file" ] || continue
    install -d "$root/usr/lib/systemd/system"
    sed 's,/usr/local/bin/,/usr/bin/,g' "$file" >"$root/usr/lib/systemd/system/${file##*/}"
  done
  for file in packaging/man/*.[58]; do
    install -d "$root/usr/share/man/man${file##*.}"
    gzip -9nc "$file" >"$root/usr/share/man/man${file##*.}/${file##*/}.gz"
  done
  install -m 644 -D packaging/completions/pfsvpn.bash "$root/usr/share/bash-completion/completions/pfsvpn"
  install -m 644 -D packaging/completions/pfsvpn.zsh "$root/usr/share/zsh/vendor-completions/_pfsvpn"
  install -m 644 -D packaging/completions/pfsvpn.fish "$root/usr/share/fish/vendor_completions.d/pfsvpn.fish"
  install -m 644 -D -t "$doc" README.md docs/*.md docs/*.svg
  install -m 644 -D -t "$doc/schema" docs/schema/*
  for file in configs/*; do
    case $file in *.service | *.target) ;; *) install -m 644 -D -t "$doc/examples" "$file" ;; esac
  done
  gzip -9nc CHANGELOG.md >"$doc/changelog.md.gz"
  debian_changelog | gzip -9n >"$doc/changelog.gz"
  { cat packaging/debian/copyright; printf '\n'; third_party_notices; } >"$doc/copyright"
  install -m 644 -D packaging/debian/lintian-overrides "$root/usr/share/lintian/overrides/pfsvpn"
  find "$root" -type f ! -perm -u+x -exec chmod 644 {} +
}

debian_changelog() {
  printf 'pfsvpn (%s) unstable; urgency=medium\n\n  * Version %s; changelog.md.gz says what is new.\n\n -- %s  %s\n' \
    "$version" "$version" "$(sed -n 's/^Maintainer: //p' packaging/debian/control)" "$(date -u -R -d "@$SOURCE_DATE_EPOCH")"
}

# The runtime in the programs is made of others' work, too: what its own package for a system says of them.
notices() {
  local file
  file=$(find "$(nuget_folder)/microsoft.netcore.app.runtime.$1" -iname 'third-party-notices.txt' 2>/dev/null | sort | tail -n 1)
  [ -n "$file" ] || fail "the runtime package has no third-party notices any more"
  tr -d '\r' <"$file" | iconv -f utf-8 -t utf-8 -c | sed 's/[[:space:]]*$//'
}

# The same as comment lines of the copyright file.
third_party_notices() {
  printf 'Comment: Notices of the .NET runtime that is part of both programs.\n'
  notices linux-x64 | sed 's/^$/./; s/^/ /'
}

nuget_folder() { dotnet nuget locals global-packages --list | sed 's/^global-packages: //'; }

make_deb() {
  needs dpkg-deb dpkg
  say "package for Debian"
  local root=$work/deb file
  stage_deb "$root" "$1"
  install -d "$root/DEBIAN"
  sed -e "s/@VERSION@/$version/" -e "s/@SIZE@/$(du -k -s --apparent-size "$root" | cut -f 1)/" packaging/debian/control >"$root/DEBIAN/control"
  for file in postinst prerm postrm; do install -m 755 "packaging/debian/$file" "$root/DEBIAN/$file"; done
  (cd "$root" && find usr -type f -print0 | sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"
  find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
  dpkg-deb --root-owner-group -Zxz -b "$root" "$out/pfsvpn_${version}_amd64.deb" >/dev/null
}

# --- all ----------------------------------------------------------------------------------------------------------------

windows=$work/win-x64
if [ "$only" != linux ]; then
  needs x86_64-w64-mingw32-gcc gcc-mingw-w64-x86-64-win32
  [ "$only" = windows ] || needs zip zip
  publish_windows "$windows"
fi
if [ "$only" = windows ]; then
  mkdir -p "$out/win-x64"
  cp "$windows"/* "$out/win-x64/"
  ls -l "$out/win-x64"
  exit 0
fi
native=$work/linux-x64
publish_native "$native"
try_programs "$native"
if [ "$only" = linux ]; then
  mkdir -p "$out/linux-x64"
  cp "$native"/* "$out/linux-x64/"
  ls -l "$out/linux-x64"
  exit 0
fi
any=$work/any
publish_any "$any"
try_programs "$any"
make_deb "$native"
add_extras "$native"
pack "pfsvpn-$version-linux-x64" "$native"
add_extras "$any"
pack "pfsvpn-$version-any" "$any"
add_windows_extras "$windows"
pack_zip "pfsvpn-$version-win-x64" "$windows"
say "library"
dotnet pack src/PfsVpn.Core -c Release "${build[@]}" -o "$out"

say "packages"
(cd "$out" && ls -l "pfsvpn-$version"-*.tar.gz "pfsvpn-$version-win-x64.zip" "pfsvpn_${version}_amd64.deb" "PfsVpn.Core.$version".*nupkg && sha256sum "pfsvpn-$version"-*.tar.gz "pfsvpn-$version-win-x64.zip" "pfsvpn_${version}_amd64.deb" "PfsVpn.Core.$version".*nupkg >SHA256SUMS)
if [ "$check" = yes ]; then
  tests/windows/package.sh "$out/pfsvpn-$version-win-x64.zip"
  tests/packages.sh "$out/pfsvpn_${version}_amd64.deb"
fi
