# fish completion for pfsvpn(8)

function __pfsvpn_interfaces
    string split ' ' -- (pfsvpn show interfaces 2>/dev/null)
end

# Tunnels that have a file; the folder is readable by root only.
function __pfsvpn_tunnels
    for file in /etc/wireguard/*.conf
        basename $file .conf
    end
end

function __pfsvpn_is_first
    test (count (commandline -opc)) -eq 1
end

# Whether the command is one of these, and so many words stand before the cursor, if it is said.
function __pfsvpn_in -a count
    set -l words (commandline -opc)
    test (count $words) -ge 2; and contains -- $words[2] $argv[2..-1]; and test $count = any -o $count = (count $words)
end

function __pfsvpn_part -a command part
    set -l words (commandline -opc)
    test (count $words) -ge 3; and test $words[2] = $command -a $words[3] = $part
end

function __pfsvpn_of_peer
    contains peer (commandline -opc)
end

complete -c pfsvpn -f
complete -c pfsvpn -n __pfsvpn_is_first -l help -d 'Explain'
complete -c pfsvpn -n __pfsvpn_is_first -l version -d 'Print the version'
complete -c pfsvpn -n __pfsvpn_is_first -a show -d 'Show interfaces and peers'
complete -c pfsvpn -n __pfsvpn_is_first -a showconf -d 'Print an interface as a file'
complete -c pfsvpn -n __pfsvpn_is_first -a set -d 'Change an interface'
complete -c pfsvpn -n __pfsvpn_is_first -a setconf -d 'Make an interface what a file says'
complete -c pfsvpn -n __pfsvpn_is_first -a addconf -d 'Add what a file says'
complete -c pfsvpn -n __pfsvpn_is_first -a syncconf -d 'The same without disturbing sessions'
complete -c pfsvpn -n __pfsvpn_is_first -a genkey -d 'Make a private key'
complete -c pfsvpn -n __pfsvpn_is_first -a genpsk -d 'Make a preshared key'
complete -c pfsvpn -n __pfsvpn_is_first -a pubkey -d 'The public key of a private key'
complete -c pfsvpn -n __pfsvpn_is_first -a secrecy -d 'Which keys exist and what they would give away'
complete -c pfsvpn -n __pfsvpn_is_first -a lab -d 'Experiments about keys in memory'
complete -c pfsvpn -n __pfsvpn_is_first -a up -d 'Take a tunnel up'
complete -c pfsvpn -n __pfsvpn_is_first -a down -d 'Take a tunnel down'
complete -c pfsvpn -n __pfsvpn_is_first -a reload -d 'Change a tunnel into what its file says'
complete -c pfsvpn -n __pfsvpn_is_first -a save -d 'Save the state of a tunnel into its file'
complete -c pfsvpn -n __pfsvpn_is_first -a strip -d 'A file without what only wg-quick knows'
complete -c pfsvpn -n __pfsvpn_is_first -a new -d 'Make a server and its clients'
complete -c pfsvpn -n __pfsvpn_is_first -a qr -d 'Show a file as a QR code'
complete -c pfsvpn -n __pfsvpn_is_first -a top -d 'A live view'
complete -c pfsvpn -n __pfsvpn_is_first -a doctor -d 'What is wrong, and how to mend it'
complete -c pfsvpn -n __pfsvpn_is_first -a exec -d 'Run a program whose only way out is a tunnel'
complete -c pfsvpn -n __pfsvpn_is_first -a metrics -d 'Serve metrics for Prometheus'
complete -c pfsvpn -n __pfsvpn_is_first -a service -d 'Tunnels as services of systemd'

complete -c pfsvpn -n '__pfsvpn_in 2 show showconf set setconf addconf syncconf' -a '(__pfsvpn_interfaces)'
complete -c pfsvpn -n '__pfsvpn_in any secrecy top metrics doctor down reload' -a '(__pfsvpn_interfaces)'
complete -c pfsvpn -n '__pfsvpn_in any up down reload save strip doctor qr' -a '(__pfsvpn_tunnels)' -F
complete -c pfsvpn -n '__pfsvpn_in 2 exec' -a '(__pfsvpn_tunnels)' -F
complete -c pfsvpn -n '__pfsvpn_in 2 show' -a 'all interfaces'
complete -c pfsvpn -n '__pfsvpn_in 3 show' -a 'public-key private-key listen-port fwmark peers preshared-keys endpoints allowed-ips latest-handshakes transfer persistent-keepalive dump'
complete -c pfsvpn -n '__pfsvpn_in any show secrecy doctor' -l json -d 'An object a line'
complete -c pfsvpn -n '__pfsvpn_in any secrecy' -l watch -d 'Again and again'
complete -c pfsvpn -n '__pfsvpn_in any secrecy' -a all
complete -c pfsvpn -n '__pfsvpn_in any top' -l interval -x -d 'How often'
complete -c pfsvpn -n '__pfsvpn_in 3 setconf addconf syncconf' -F
complete -c pfsvpn -n '__pfsvpn_in any set; and not __pfsvpn_in 2 set; and not __pfsvpn_of_peer' -a 'listen-port fwmark private-key bind-device bind-address rekey-after-time rekey-after-bytes peer' -F
complete -c pfsvpn -n '__pfsvpn_in any set; and __pfsvpn_of_peer' -a '(pfsvpn show (commandline -opc)[3] peers 2>/dev/null)' -F
complete -c pfsvpn -n '__pfsvpn_in any set; and __pfsvpn_of_peer' -a 'peer remove name preshared-key endpoint persistent-keepalive allowed-ips rekey-after-time rekey-after-bytes'
complete -c pfsvpn -n '__pfsvpn_in any up down reload' -l dry-run -d 'Show the steps'
complete -c pfsvpn -n '__pfsvpn_in any down' -l lift -d 'Lift the kill switch, too'
complete -c pfsvpn -n '__pfsvpn_in any up' -l foreground -d 'Stay'
complete -c pfsvpn -n '__pfsvpn_in any up' -l metrics -x -a '127.0.0.1:9586 unix:' -d 'Serve metrics there'
complete -c pfsvpn -n '__pfsvpn_in any up' -l log-format -x -a 'text json' -d 'Form of the log'
complete -c pfsvpn -n '__pfsvpn_in any exec' -l dns -x -d 'Name servers'
complete -c pfsvpn -n '__pfsvpn_in any exec; and not __pfsvpn_in 2 exec' -a '(__fish_complete_command)'
complete -c pfsvpn -n '__pfsvpn_in any metrics' -l listen -x -a '127.0.0.1:9586 unix:' -d 'Where'
complete -c pfsvpn -n '__pfsvpn_in any metrics' -l once -d 'Print and end'
complete -c pfsvpn -n '__pfsvpn_in any metrics' -l log-format -x -a 'text json' -d 'Form of the log'
complete -c pfsvpn -n '__pfsvpn_in any qr' -l png -r -F -d 'Write a picture'
complete -c pfsvpn -n '__pfsvpn_in any qr' -l svg -r -F -d 'Write a picture'
complete -c pfsvpn -n '__pfsvpn_in any qr' -l invert -d 'Dark and light exchanged'
complete -c pfsvpn -n '__pfsvpn_in any qr' -l force -d 'Replace'
complete -c pfsvpn -n '__pfsvpn_in any qr new' -l directory -x -a '(__fish_complete_directories)' -d 'Where files are'
complete -c pfsvpn -n '__pfsvpn_in 2 new' -a server -d 'Make a server'
complete -c pfsvpn -n '__pfsvpn_in 2 new' -a client -d 'Make a client for a server'
complete -c pfsvpn -n '__pfsvpn_in 2 new' -a list -d 'List the clients of a server'
complete -c pfsvpn -n '__pfsvpn_in 2 new' -a remove -d 'Remove a client'
complete -c pfsvpn -n '__pfsvpn_part new client; or __pfsvpn_part new list; or __pfsvpn_part new remove' -a '(__pfsvpn_tunnels)'
complete -c pfsvpn -n '__pfsvpn_part new server; or __pfsvpn_part new client' -l endpoint -x -d 'Where the server is reached'
complete -c pfsvpn -n '__pfsvpn_part new server; or __pfsvpn_part new client' -l dns -x -d 'Name servers'
complete -c pfsvpn -n '__pfsvpn_part new server; or __pfsvpn_part new client' -l force -d 'Replace'
complete -c pfsvpn -n '__pfsvpn_part new server' -l nat -x -a auto -d 'Device to the internet'
complete -c pfsvpn -n '__pfsvpn_part new server' -l subnet -x -a none -d 'Network of the tunnel'
complete -c pfsvpn -n '__pfsvpn_part new server' -l subnet6 -x -a none -d 'Network for IPv6'
complete -c pfsvpn -n '__pfsvpn_part new server' -l listen-port -x -d 'UDP port'
complete -c pfsvpn -n '__pfsvpn_part new client' -l qr -d 'Show a QR code'
complete -c pfsvpn -n '__pfsvpn_part new client' -l full-tunnel -d 'Everything goes through the tunnel'
complete -c pfsvpn -n '__pfsvpn_part new client' -l allowed-ips -x -d 'What goes through it'
complete -c pfsvpn -n '__pfsvpn_part new client' -l address -x -d 'Its addresses'
complete -c pfsvpn -n '__pfsvpn_part new client' -l no-psk -d 'No preshared key'
complete -c pfsvpn -n '__pfsvpn_part new client' -l out -r -F -d 'Its file'
complete -c pfsvpn -n '__pfsvpn_in 2 lab' -a memory -d 'Search a daemon for keys'
complete -c pfsvpn -n '__pfsvpn_in 2 lab' -a seizure -d 'Seize two devices'
complete -c pfsvpn -n '__pfsvpn_in 2 lab' -a policies -d 'Compare ways to keep keys'
complete -c pfsvpn -n '__pfsvpn_part lab memory' -a '(__pfsvpn_interfaces)'
complete -c pfsvpn -n '__pfsvpn_part lab memory' -l daemon -r -F -d 'Another program'
complete -c pfsvpn -n '__pfsvpn_part lab memory' -l arena -x -a 'secret locked' -d 'One of the runs'
complete -c pfsvpn -n '__pfsvpn_part lab memory' -l quick -d 'Without the silence'
complete -c pfsvpn -n '__pfsvpn_part lab seizure' -l minutes -x -d 'How long they talk'
complete -c pfsvpn -n '__pfsvpn_part lab seizure' -l rekey-after -x -d 'Seconds of a key'
complete -c pfsvpn -n '__pfsvpn_part lab seizure; or __pfsvpn_part lab policies' -l svg -r -F -d 'Write the chart'
complete -c pfsvpn -n '__pfsvpn_in 2 service' -a install -d 'Enable a tunnel'
complete -c pfsvpn -n '__pfsvpn_in 2 service' -a status -d 'What is installed'
complete -c pfsvpn -n '__pfsvpn_in any service' -l metrics -d 'The service of metrics'
complete -c pfsvpn -n '__pfsvpn_in any service' -l now -d 'Start at once'
complete -c pfsvpn -n '__pfsvpn_in any service' -l root -x -a '(__fish_complete_directories)' -d 'A tree instead of this system'
complete -c pfsvpn -n '__pfsvpn_in 2 service' -a remove -d 'Stop and disable it'
complete -c pfsvpn -n '__pfsvpn_in any service; and not __pfsvpn_in 2 service' -a '(__pfsvpn_tunnels)'
