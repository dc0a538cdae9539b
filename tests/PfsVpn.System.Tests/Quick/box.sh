#!/bin/bash
# A host of its own for tests of `up`: network, processes, /run and /etc. Run by TunnelBox inside of new namespaces; it is the first process there and ends when its input does.
set -e
mount -t tmpfs tmpfs /run
mkdir -p /run/etc /run/wireguard
# Somebody may be writing there.
cp -a /etc/. /run/etc/ 2> /dev/null || true
mount --bind /run/etc /etc
# Nothing of the machine's own tunnels, names only from /etc/hosts, and always the same start.
rm -rf /etc/wireguard /etc/resolv.conf
mkdir -m 700 /etc/wireguard
sed -i 's/^hosts:.*/hosts: files/' /etc/nsswitch.conf 2>/dev/null || true
printf 'nameserver 192.0.2.53\nsearch home.example\n' > /etc/resolv.conf
mkdir -p /etc/iproute2
[[ -e /etc/iproute2/rt_tables ]] || cp /usr/share/iproute2/rt_tables /etc/iproute2/ 2>/dev/null || printf '255 local\n254 main\n253 default\n0 unspec\n' > /etc/iproute2/rt_tables
echo '4242 tunnels' >> /etc/iproute2/rt_tables
ip link set lo up
ip link add near type veth peer name far
ip link add jumbo mtu 9000 type veth peer name far2 mtu 9000
number=0
for link in near far jumbo far2; do ip link set $link address 02:00:00:00:00:0$((++number)); done
for link in near far jumbo far2; do ip link set $link addrgenmode none up; done
ip address add 10.9.0.1/24 dev near
ip address add fd09::1/64 dev near nodad
ip address add 10.10.0.1/24 dev jumbo
ip route add default via 10.9.0.2
ip -6 route add default via fd09::2
ip route add 10.20.0.0/24 via 10.9.0.2 mtu 1400
ip -6 route add fd20::/64 via fd09::2 mtu 1380
# What resolvconf leaves behind for ever is there before anything is compared.
if type -p resolvconf > /dev/null; then
	echo 'nameserver 192.0.2.53' | resolvconf -a near.dhcp
	resolvconf -u
fi
echo ready
cat > /dev/null
