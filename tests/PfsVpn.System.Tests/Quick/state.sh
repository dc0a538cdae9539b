#!/bin/bash
# Prints what a tunnel may have changed of a host: state.sh [INTERFACE]
name=$1
# The kernel accepts an address, and makes its routes, a moment after it was given.
for ((waited = 0; waited < 1000; waited++)); do
	[[ -n $(ip -6 address show tentative) ]] || break
	sleep 0.01
done
section() { echo "== $1"; shift; "$@" 2>&1; }
# Without the numbers of the interfaces, which count on, and a limit that the daemon sets when it has seen its first packets.
addresses() { ip -d address show | sed -E 's/^[0-9]+: //; s/gso_max_size [0-9]+/gso_max_size -/'; }
# The kernel's own routes are in the order in which links came up.
routes6() { ip -6 route show table all | sort; }
section addresses addresses
section routes ip -4 route show table all
section routes6 routes6
section rules ip -4 rule show
section rules6 ip -6 rule show
section firewall nft list ruleset
section resolver cat /etc/resolv.conf
section resolver-link readlink /etc/resolv.conf
section source-mark cat /proc/sys/net/ipv4/conf/all/src_valid_mark
section sockets ls /run/wireguard
section files find /etc/wireguard -mindepth 1
section hooks cat /run/hooks
if [[ -n $name ]]; then
	section device wg showconf "$name"
	section allowed-ips wg show "$name" allowed-ips
fi
