#compdef pfsvpn
# zsh completion for pfsvpn(8)

_pfsvpn_interfaces() {
    local -a interfaces
    interfaces=(${=$(_call_program interfaces pfsvpn show interfaces 2>/dev/null)} "$@")
    compadd -a interfaces
}

# Tunnels that have a file; the folder is readable by root only.
_pfsvpn_tunnels() {
    local -a tunnels
    tunnels=(/etc/wireguard/*.conf(N:t:r))
    compadd -a tunnels
    _files -g '*.conf'
}

_pfsvpn_peers() {
    local -a peers
    peers=(${=$(_call_program peers pfsvpn show ${words[2]} peers 2>/dev/null)})
    compadd -a peers
}

_pfsvpn_set() {
    case ${words[CURRENT-1]} in
        private-key | preshared-key) _files ;;
        peer) _pfsvpn_peers ;;
        bind-device) compadd off; _net_interfaces ;;
        fwmark | persistent-keepalive | rekey-after-time | rekey-after-bytes | bind-address) compadd off ;;
        listen-port | endpoint | allowed-ips | name) ;;
        *)
            if (( ${words[(I)peer]} )); then
                compadd peer remove name preshared-key endpoint persistent-keepalive allowed-ips rekey-after-time rekey-after-bytes
            else
                compadd listen-port fwmark private-key bind-device bind-address rekey-after-time rekey-after-bytes peer
            fi
            ;;
    esac
}

_pfsvpn_new() {
    local -a parts
    parts=('server:make a server' 'client:make a client for a server' 'list:list the clients of a server' 'remove:remove a client')
    if (( CURRENT == 2 )); then
        _describe part parts
        return
    fi
    case ${words[2]} in
        server) _arguments '--endpoint[public name or address of this host]:endpoint:' '--nat[device to the internet]:device:(auto)' '--dns[name servers of clients]:addresses:' \
            '--subnet[network of the tunnel]:network:(none)' '--subnet6[network for IPv6]:network:(none)' '--listen-port[UDP port]:port:' '--directory[where files are]:folder:_files -/' '--force[replace]' '*:name:' ;;
        client) _arguments '--qr[show a QR code]' '--full-tunnel[everything goes through the tunnel]' '--allowed-ips[what goes through it]:prefixes:' '--dns[name servers]:addresses:' \
            '--address[its addresses]:addresses:' '--endpoint[where it reaches the server]:endpoint:' '--no-psk[no preshared key]' '--out[its file]:file:_files' '--directory[where files are]:folder:_files -/' \
            '--force[replace]' '*:name:_pfsvpn_tunnels' ;;
        *) _arguments '--directory[where files are]:folder:_files -/' '*:name:_pfsvpn_tunnels' ;;
    esac
}

_pfsvpn_lab() {
    local -a experiments
    experiments=('memory:search a daemon for keys' 'seizure:seize two devices' 'policies:compare ways to keep keys')
    if (( CURRENT == 2 )); then
        _describe experiment experiments
        return
    fi
    case ${words[2]} in
        memory) _arguments '--daemon[another program]:file:_files' '--arena[one of the runs]:kind:(secret locked)' '--quick[without the silence]' '*:interface:_pfsvpn_interfaces' ;;
        seizure) _arguments '--minutes[how long they talk]:minutes:' '--rekey-after[seconds of a key]:seconds:' '--svg[write the chart]:file:_files' ;;
        policies) _arguments '--svg[write the chart]:file:_files' ;;
    esac
}

_pfsvpn_service() {
    local -a parts
    parts=('install:enable a tunnel' 'remove:stop and disable it' 'status:what is installed')
    if (( CURRENT == 2 )); then _describe part parts; return; fi
    _arguments '--metrics[the service of metrics]' '--now[start at once]' '--root[a tree instead of this system]:folder:_files -/' '*:tunnel:_pfsvpn_tunnels'
}

_pfsvpn() {
    local curcontext=$curcontext state line
    local -a commands
    commands=(
        'show:show interfaces and peers'
        'showconf:print an interface as a file'
        'set:change an interface'
        'setconf:make an interface what a file says'
        'addconf:add what a file says'
        'syncconf:the same without disturbing sessions'
        'genkey:make a private key'
        'genpsk:make a preshared key'
        'pubkey:the public key of a private key'
        'secrecy:which keys exist and what they would give away'
        'lab:experiments about keys in memory'
        'up:take a tunnel up'
        'down:take a tunnel down'
        'reload:change a tunnel into what its file says'
        'save:save the state of a tunnel into its file'
        'strip:a file without what only wg-quick knows'
        'new:make a server and its clients'
        'qr:show a file as a QR code'
        'top:a live view'
        'doctor:what is wrong, and how to mend it'
        'exec:run a program whose only way out is a tunnel'
        'metrics:serve metrics for Prometheus'
        'service:tunnels as services of systemd'
    )
    _arguments -C '(- *)--help[explain]' '(- *)--version[print the version]' '1:command:->command' '*::argument:->argument'
    case $state in
        command) _describe command commands ;;
        argument)
            case ${words[1]} in
                show)
                    if (( CURRENT == 2 )); then
                        _pfsvpn_interfaces all interfaces --json
                    else
                        compadd -- public-key private-key listen-port fwmark peers preshared-keys endpoints allowed-ips latest-handshakes transfer persistent-keepalive dump --json
                    fi
                    ;;
                showconf) _pfsvpn_interfaces ;;
                set) if (( CURRENT == 2 )); then _pfsvpn_interfaces; else _pfsvpn_set; fi ;;
                setconf | addconf | syncconf) if (( CURRENT == 2 )); then _pfsvpn_interfaces; else _files; fi ;;
                secrecy) _arguments '--json[an object a line]' '--watch=-[again and again]::seconds:' '*:interface:_pfsvpn_interfaces all' ;;
                top) _arguments '--interval[how often]:seconds:' '*:interface:_pfsvpn_interfaces' ;;
                metrics) _arguments '--listen[where]:address:(127.0.0.1\:9586 unix\:)' '--once[print and end]' '--log-format[form of the log]:format:(text json)' '*:interface:_pfsvpn_interfaces' ;;
                up) _arguments '--dry-run[show the steps]' '--foreground[stay]' '--metrics[serve metrics there]:address:(127.0.0.1\:9586 unix\:)' '--log-format[form of the log]:format:(text json)' '*:tunnel:_pfsvpn_tunnels' ;;
                down) _arguments '--dry-run[show the steps]' '--lift[lift a kill switch that is always closed]' '*:tunnel:_pfsvpn_tunnels' ;;
                reload) _arguments '--dry-run[show the steps]' '*:tunnel:_pfsvpn_tunnels' ;;
                save | strip) _pfsvpn_tunnels ;;
                doctor) _arguments '--json[an object]' '*:tunnel:_pfsvpn_tunnels' ;;
                exec) _arguments '--dns[name servers]:addresses:' '1:tunnel:_pfsvpn_tunnels' '*::program:_normal' ;;
                qr) _arguments '--png[write a picture]:file:_files' '--svg[write a picture]:file:_files' '--invert[dark and light exchanged]' '--force[replace]' '--directory[where files are]:folder:_files -/' '1:tunnel:_pfsvpn_tunnels' ;;
                new) _pfsvpn_new ;;
                lab) _pfsvpn_lab ;;
                service) _pfsvpn_service ;;
            esac
            ;;
    esac
}

_pfsvpn "$@"
