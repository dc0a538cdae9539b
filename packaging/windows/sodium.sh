#!/usr/bin/env bash
# sodium.sh : prints the path of a libsodium.dll for x86-64, after building it from Debian's source of libsodium where it is not there yet.
#
# Needs x86_64-w64-mingw32-gcc (test.sh installs it), tar, xz and patch. Its licence lies beside it, as libsodium-LICENSE. $LIBSODIUM_DLL names one that is there already.
# The sources are compiled without their configure, so that no autotools are needed, and the same sources make the same bytes.
set -euo pipefail

if [ -n "${LIBSODIUM_DLL:-}" ]; then
  echo "$LIBSODIUM_DLL"
  exit 0
fi

here=$(cd "$(dirname "$0")" && pwd)
cache=${PFSVPN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pfsvpn}
built=$cache/libsodium-windows
compiler=x86_64-w64-mingw32-gcc
# Changing this script builds anew.
stamp=$(sha256sum "$0" | cut -c1-16)

if [ "$(cat "$built/stamp" 2>/dev/null)" = "$stamp" ]; then
  echo "$built/libsodium.dll"
  exit 0
fi

for program in $compiler tar xz patch; do
  command -v "$program" >/dev/null || { echo "sodium.sh: $program is missing: install gcc-mingw-w64-x86-64-win32, tar, xz-utils and patch" >&2; exit 1; }
done
codename=$(. /etc/os-release && echo "$VERSION_CODENAME")

mkdir -p "$cache"
work=$(mktemp -d "$cache/libsodium-windows.XXXXXX")
trap 'rm -rf "$work"' EXIT
"$here/../../tests/peers/fetch-package.sh" "$codename" "$work" source:libsodium >&2
source=$work/libsodium/src/libsodium
cp "$work/libsodium/builds/msvc/version.h" "$source/include/sodium/version.h"

# What configure would find out about this compiler. No AVX: GCC does not align the stack of Windows' calling convention for its registers (GCC bug 54412).
flags=(
  -O2 -pipe -fwrapv -fno-strict-aliasing -fno-asynchronous-unwind-tables -w "-ffile-prefix-map=$work=."
  -I"$source/include" -I"$source/include/sodium"
  -DCONFIGURED=1 -DSODIUM_DLL_EXPORT -DNATIVE_LITTLE_ENDIAN=1 -DHAVE_TI_MODE=1 -DHAVE_C_VARARRAYS=1 -DHAVE_INLINE_ASM=1 -DHAVE_CPUID=1 -DHAVE_ATOMIC_OPS=1
  -DHAVE_MMINTRIN_H=1 -DHAVE_EMMINTRIN_H=1 -DHAVE_PMMINTRIN_H=1 -DHAVE_TMMINTRIN_H=1 -DHAVE_SMMINTRIN_H=1 -DHAVE_WMMINTRIN_H=1
)
(
  cd "$source"
  find . -name '*.c' | LC_ALL=C sort |
    xargs -P 2 -n 12 sh -c 'for file; do object=$(echo "${file#./}" | tr / _); "$0" '"$(printf '"%s" ' "${flags[@]}")"' -c "$file" -o "'"$work"'/${object%.c}.o" || exit 255; done' "$compiler"
)

# Only the functions of the headers are exported.
{
  echo EXPORTS
  grep -rhoE '\b(sodium|crypto|randombytes)_?[a-z0-9_]*\(|\brandombytes\(' "$source/include" | tr -d '(' | LC_ALL=C sort -u >"$work/declared"
  x86_64-w64-mingw32-nm --defined-only "$work"/*.o | sed -n 's/.* T //p' | LC_ALL=C sort -u | LC_ALL=C comm -12 - "$work/declared"
} >"$work/libsodium.def"
# The linker makes the image's base out of the name that it is given: a name without a folder is the same each time.
cd "$work"
"$compiler" -shared -static-libgcc -s -Wl,--no-insert-timestamp -Wl,--dynamicbase,--nxcompat,--high-entropy-va \
  -o libsodium.dll libsodium.def ./*.o -ladvapi32

mkdir -p "$built"
cp "$work/libsodium.dll" "$built/"
cp "$work/libsodium/LICENSE" "$built/libsodium-LICENSE"
echo "$stamp" >"$built/stamp"
echo "$built/libsodium.dll"
