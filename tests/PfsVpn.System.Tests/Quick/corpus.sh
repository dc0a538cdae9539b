#!/bin/bash
# Takes each file up, down and apart, and writes down what it found: corpus.sh UP DOWN CORPUS OUTPUT FILE…, where UP and DOWN are the programs.
up=$1 down=$2 corpus=$3 output=$4
shift 4
here=${BASH_SOURCE%/*}
for name in "$@"; do
	file=/etc/wireguard/$name.conf
	install -m 600 "$corpus/$name.conf" "$file"
	rm -f /run/hooks
	to=$output/$name
	"$up" strip "$name" > "$to.stripped" 2> /dev/null
	"$up" up "$name" > "$to.log" 2>&1 < /dev/null
	code=$?
	# wg-quick ends with the code of what failed, pfsvpn with 1.
	echo "succeeded $((code == 0))" > "$to.up"
	if ip link show dev "$name" > /dev/null 2>&1; then
		"$here/state.sh" "$name" >> "$to.up"
		if [[ $name == default-* ]]; then
			"$up" up "$name" >> "$to.log" 2>&1 < /dev/null
			echo "again: exit code $?" >> "$to.up"
		fi
		"$down" down "$name" >> "$to.log" 2>&1 < /dev/null
		echo "exit code $?" > "$to.down"
	else
		echo "not up" > "$to.down"
	fi
	while [[ -e /run/wireguard/$name.sock ]]; do sleep 0.01; done
	cat "$file" > "$to.file"
	rm -f "$file"
	"$here/state.sh" >> "$to.down"
	find /run/pfsvpn > "$to.left" 2> /dev/null
	if [[ $name == default-* ]]; then
		"$down" down "$name" > /dev/null 2>&1 < /dev/null
		echo "again: exit code $?" >> "$to.down"
	fi
done
