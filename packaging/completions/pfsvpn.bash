# bash completion for pfsvpn(8)

_pfsvpn_interfaces() { COMPREPLY+=($(compgen -W "$* $(pfsvpn show interfaces 2>/dev/null)" -- "$cur")); }

# Tunnels that have a file; the folder is readable by root only.
_pfsvpn_tunnels() {
    local file names=$*
    for file in /etc/wireguard/*.conf; do
        [ -e "$file" ] || continue
        file=${file##*/}
        names+=" ${file%.conf}"
    done
    COMPREPLY+=($(compgen -W "$names" -- "$cur"))
}

_pfsvpn_files() { COMPREPLY+=($(compgen -f -- "$cur")); }

_pfsvpn_words() { COMPREPLY+=($(compgen -W "$*" -- "$cur")); }

_pfsvpn_option_value() {
    case $prev in
        --png | --svg | --out | --daemon) _pfsvpn_files ;;
        --directory | --root) COMPREPLY+=($(compgen -d -- "$cur")) ;;
        --log-format) _pfsvpn_words text json ;;
        --arena) _pfsvpn_words secret locked ;;
        --nat) _pfsvpn_words auto "$(cd /sys/class/net 2>/dev/null && echo *)" ;;
        --subnet | --subnet6) _pfsvpn_words none ;;
        --listen | --metrics) [ "$command" != service ] && _pfsvpn_words 127.0.0.1:9586 unix: ;;
        --endpoint | --dns | --address | --allowed-ips | --listen-port | --minutes | --rekey-after | --interval) ;;
        *) return 1 ;;
    esac
}

_pfsvpn_set() {
    local word peer=no
    for word in "${words[@]:3:cword-3}"; do [ "$word" = peer ] && peer=yes; done
    case $prev in
        private-key | preshared-key) _pfsvpn_files ;;
        peer) _pfsvpn_words "$(pfsvpn show "${words[2]}" peers 2>/dev/null)" ;;
        bind-device) _pfsvpn_words off "$(cd /sys/class/net 2>/dev/null && echo *)" ;;
        fwmark | persistent-keepalive | rekey-after-time | rekey-after-bytes | bind-address) _pfsvpn_words off ;;
        listen-port | endpoint | allowed-ips | name) ;;
        *)
            if [ $peer = yes ]; then
                _pfsvpn_words peer remove name preshared-key endpoint persistent-keepalive allowed-ips rekey-after-time rekey-after-bytes
            else
                _pfsvpn_words listen-port fwmark private-key bind-device bind-address rekey-after-time rekey-after-bytes peer
            fi
            ;;
    esac
}

_pfsvpn() {
    local cur prev words cword command
    COMPREPLY=()
    words=("${COMP_WORDS[@]}")
    cword=$COMP_CWORD
    cur=${words[cword]}
    prev=${words[cword - 1]}
    command=${words[1]}
    if [ "$cword" = 1 ]; then
        _pfsvpn_words show showconf set setconf addconf syncconf genkey genpsk pubkey secrecy lab up down reload save strip new qr top doctor exec metrics service --help --version
        return
    fi
    _pfsvpn_option_value && return
    case $command in
        show)
            if [ "$cword" = 2 ]; then
                _pfsvpn_interfaces all interfaces --json
            elif [ "$cword" = 3 ]; then
                _pfsvpn_words public-key private-key listen-port fwmark peers preshared-keys endpoints allowed-ips latest-handshakes transfer persistent-keepalive dump --json
            fi
            ;;
        showconf) [ "$cword" = 2 ] && _pfsvpn_interfaces ;;
        set) if [ "$cword" = 2 ]; then _pfsvpn_interfaces; else _pfsvpn_set; fi ;;
        setconf | addconf | syncconf) if [ "$cword" = 2 ]; then _pfsvpn_interfaces; else _pfsvpn_files; fi ;;
        secrecy) _pfsvpn_interfaces all --json --watch --watch= ;;
        top) _pfsvpn_interfaces --interval ;;
        metrics) _pfsvpn_interfaces --listen --once --log-format ;;
        up) _pfsvpn_tunnels --dry-run --foreground --metrics --log-format && _pfsvpn_files ;;
        down) _pfsvpn_tunnels --dry-run --lift && _pfsvpn_interfaces && _pfsvpn_files ;;
        reload) _pfsvpn_tunnels --dry-run && _pfsvpn_interfaces && _pfsvpn_files ;;
        save | strip) _pfsvpn_tunnels && _pfsvpn_files ;;
        doctor) _pfsvpn_tunnels --json && _pfsvpn_interfaces && _pfsvpn_files ;;
        exec) if [ "$cword" = 2 ]; then _pfsvpn_tunnels --dns && _pfsvpn_files; else _pfsvpn_words --dns -- && COMPREPLY+=($(compgen -c -- "$cur")); fi ;;
        qr) _pfsvpn_tunnels --png --svg --invert --force --directory && _pfsvpn_files ;;
        service) if [ "$cword" = 2 ]; then _pfsvpn_words install remove status --metrics --now --root; else _pfsvpn_tunnels --metrics --now --root && _pfsvpn_files; fi ;;
        new)
            case $cword:${words[2]} in
                2:*) _pfsvpn_words server client list remove ;;
                *:server) _pfsvpn_words --endpoint --nat --dns --subnet --subnet6 --listen-port --directory --force ;;
                *:client) _pfsvpn_tunnels --qr --full-tunnel --allowed-ips --dns --address --endpoint --no-psk --out --directory --force ;;
                *) _pfsvpn_tunnels --directory ;;
            esac
            ;;
        lab)
            case $cword:${words[2]} in
                2:*) _pfsvpn_words memory seizure policies ;;
                *:memory) _pfsvpn_interfaces --daemon --arena --quick ;;
                *:seizure) _pfsvpn_words --minutes --rekey-after --svg ;;
                *:policies) _pfsvpn_words --svg ;;
            esac
            ;;
    esac
}

complete -F _pfsvpn pfsvpn
