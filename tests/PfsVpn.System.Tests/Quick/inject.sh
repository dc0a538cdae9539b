#!/bin/bash
# Takes a tunnel up again and again while one more program fails each time, and compares the host before and after:
#   inject.sh PFSVPN FILE MODE STRIDE OUTPUT [WITHOUT…]
# MODE: before (the program fails and does nothing), after (it does its work and fails), signal (pfsvpn is asked to end while it runs). STRIDE: of the points, each so-manieth.
# WITHOUT are programs that are not in PATH.
pfsvpn=$1 source=$2 mode=$3 stride=$4 output=$5
shift 5
here=${BASH_SOURCE%/*}
name=full
export STEP_COUNT=/run/count STEP_FAILS=/run/fails STEP_MODE=$mode STEP_REAL=/run/real
mkdir -p /run/wrapped /run/real
for folder in /usr/sbin /usr/bin /sbin /bin; do
	for program in "$folder"/*; do ln -s "$program" /run/real/ 2> /dev/null; done
done
for program in "$@"; do rm -f "/run/real/$program"; done
cat > /run/wrapped/ip <<'EOF'
#!/run/real/bash
# Counts the calls that change something; the one whose number is asked for fails.
self=${0##*/}
[[ $self == pfsvpnd ]] && real=$STEP_DAEMON || real=$STEP_REAL/$self
case "$self $*" in
	*' show'*|*' get '*|*' -n '*|*' -l '*|'nft list '*|*-save*) exec "$real" "$@" ;;
esac
count=$(($(< $STEP_COUNT) + 1))
echo $count > $STEP_COUNT
[[ $count == "$(< $STEP_FAILS)" ]] || exec "$real" "$@"
echo "$self $*" > /run/failed
case $STEP_MODE in
	signal) kill -TERM $PPID; exec "$real" "$@" ;;
	after) "$real" "$@" ;;
esac
echo "this fails" >&2
exit 1
EOF
chmod +x /run/wrapped/ip
for program in nft sysctl resolvconf bash pfsvpnd iptables-restore ip6tables-restore; do
	[[ $program == pfsvpnd || -e /run/real/$program ]] && ln -s ip "/run/wrapped/$program"
done
export STEP_DAEMON=$WG_QUICK_USERSPACE_IMPLEMENTATION WG_QUICK_USERSPACE_IMPLEMENTATION=/run/wrapped/pfsvpnd
install -m 600 "$source" /etc/wireguard/$name.conf
everything() {
	"$here/state.sh"
	find /run/pfsvpn /run/hook-* 2> /dev/null
	find /etc -type f -exec sha256sum {} + | sort | sha256sum
	stat -c '%A %U %n' /etc/resolv.conf /etc/wireguard /etc/wireguard/*
	# Without the programs of this very function.
	ps -e -o comm= | grep -vxE 'ps|grep|sort|bash|sha256sum|state.sh|inject.sh' | sort
	cut -d' ' -f2- /proc/net/unix | awk '{print $NF}' | grep wireguard
	cat /proc/net/udp /proc/net/udp6 | wc -l
}
if [[ ! -e /run/real/nft ]]; then
	# The tables of iptables, once they are there, stay; empty ones do nothing.
	for program in iptables ip6tables; do
		for chain in 'raw PREROUTING' 'mangle PREROUTING' 'mangle POSTROUTING'; do
			read -r table link <<< "$chain"
			$program -t $table -I $link -j ACCEPT && $program -t $table -D $link -j ACCEPT
		done
	done
fi
everything > "$output/before"
for ((number = 1; number <= 60; number += stride)); do
	echo 0 > $STEP_COUNT
	echo $number > $STEP_FAILS
	PATH=/run/wrapped:/run/real "$pfsvpn" up $name > "$output/$number.log" 2>&1 < /dev/null
	code=$?
	if [[ $code == 0 ]]; then
		# So many calls change something where nothing fails.
		cp $STEP_COUNT "$output/count"
		PATH=/run/real "$pfsvpn" down $name >> "$output/$number.log" 2>&1
		break
	fi
	echo "exit code $code" >> "$output/$number.log"
	mv /run/failed "$output/$number.failed"
	for ((turn = 0; turn < 100; turn++)); do
		everything > "$output/$number.after"
		cmp -s "$output/before" "$output/$number.after" && break
		# A daemon may still be on its way out.
		sleep 0.02
	done
done
