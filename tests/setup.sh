# shellcheck shell=bash
# What test.sh and bench.sh share; to be sourced. Debian's packages for the programs and libraries that a run needs.

# has THING: whether a program, or a shared library (*.so.*), is there.
has() {
  case $1 in
    *.so.*) /sbin/ldconfig -p | grep -q "$1" ;;
    *) PATH=$PATH:/usr/sbin:/sbin command -v "$1" >/dev/null ;;
  esac
}

# install_packages LOG: reads lines "THING PACKAGE" and installs the packages of what is missing. Returns 1, having said why on stderr, where it cannot.
install_packages() {
  local log=$1 missing
  missing=$(while read -r thing package; do has "$thing" || echo "$package"; done | sort -u | tr '\n' ' ')
  [ -n "${missing// /}" ] || return 0
  printf '\n== installing %s\n' "$missing"
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "${0##*/}: this needs root and apt-get. Install these packages yourself: $missing" >&2
    return 1
  fi
  # shellcheck disable=SC2086 # one word for each package
  apt_install "$log" $missing || { apt-get update -qq && apt_install "$log" $missing; } || {
    tail -n 5 "$log" >&2
    echo "${0##*/}: apt-get could not install: $missing" >&2
    return 1
  }
}

apt_install() {
  local log=$1
  shift
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >"$log" 2>&1
}
