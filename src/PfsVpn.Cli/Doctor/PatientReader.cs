using System.Text;
using System.Text.Json;
using PfsVpn.Cli.Control;
using PfsVpn.Cli.Input;
using PfsVpn.Cli.Windows;
using PfsVpn.Configuration;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Doctor;

/// <summary>Makes a <see cref="Patient"/> of a tunnel's file and its running daemon. Secrets that come along are erased at once.</summary>
internal sealed class PatientReader(CliContext context, IHostProbe probe, IReadOnlyCollection<string> running)
{
    private static readonly string[] ForwardingWords = ["masquerade", "ip_forward", "forwarding", "FORWARD", "SNAT"];

    /// <summary>Reads one tunnel. Nothing that is wrong with it is an exception.</summary>
    /// <param name="name">The interface.</param>
    /// <param name="path">Its file, whether it is there or not.</param>
    /// <param name="isWanted">Whether it was asked for by name.</param>
    public Patient Read(string name, string path, bool isWanted)
    {
        var patient = new Patient
        {
            Name = name,
            IsWanted = isWanted,
            Networks = [.. Prefixes.OfThisHost().Where(entry => entry.Device != name)],
            Others = [.. running.Where(other => other != name && IsHere(other)).SelectMany(OfOther)],
        };
        patient = WithFile(patient, path);
        return WithDaemon(patient);
    }

    private Patient WithFile(Patient patient, string path)
    {
        var descriptor = NativeFile.OpenForReading(path);
        if (descriptor == -NativeFile.ENOENT) return patient.IsWanted && !running.Contains(patient.Name, StringComparer.Ordinal) ? patient with { Path = path, FileError = $"{path}: there is no such file" } : patient;
        if (descriptor == -NativeFile.EACCES) return patient with { Path = path };
        if (descriptor < 0) return patient with { Path = path, FileError = $"{path}: {NativeFile.Describe(-descriptor)}" };
        try
        {
            using var plain = new DescriptorSource(descriptor, owns: true);
            using var opened = ProtectedFile.Is(path) ? ProtectedFile.Open(path) : null;
            using var lines = new LockedLineReader(opened ?? plain, errno => SecretSource.Unreadable(path, errno));
            using var parser = new TunnelFileParser(context.Arena, path, context.Resolver.ServicePort);
            while (lines.TryRead(out var line, out _)) parser.ReadLine(line);
            using var file = parser.Finish();
            return WithFile(patient with { Path = path }, file);
        }
        catch (Exception wrong) when (wrong is WgConfigException or CliException)
        {
            return patient with { Path = path, FileError = wrong.Message };
        }
    }

    private static Patient WithFile(Patient patient, TunnelFile file)
    {
        var addresses = file.Addresses.Select(static text => (Valid: Prefixes.TryParse(text, out var address, out var prefix), address, prefix)).ToList();
        var wrong = file.Addresses.Where((_, index) => !addresses[index].Valid).ToList();
        return patient with
        {
            HasFile = true,
            FileError = wrong.Count == 0 ? null : $"{file.Path}: Address: not an IP address: `{WgConfigValues.Echo(Encoding.UTF8.GetBytes(wrong[0]))}'",
            FileWarnings = file.WgConfig.Warnings,
            FilePort = file.WgConfig.Change.ListenPort ?? 0,
            FirewallMark = file.WgConfig.Change.FirewallMark ?? 0,
            HasPrivateKey = file.WgConfig.Change.PrivateKey is { IsZero: false } || file.PrivateKeySource is not null,
            Addresses = [.. addresses.Where(static entry => entry.Valid).Select(static entry => entry.prefix)],
            OwnAddresses = [.. addresses.Where(static entry => entry.Valid).Select(static entry => entry.address)],
            NameServers = Prefixes.AddressesOf(file.DnsServers),
            Table = file.Table,
            KillSwitch = file.KillSwitch,
            Forwards = file.PreUp.Concat(file.PostUp).Any(static hook => ForwardingWords.Any(word => hook.Contains(word, StringComparison.Ordinal))),
            Peers = [.. file.Peers.Select(static peer => new PatientPeer
            {
                PublicKey = peer.Change.PublicKey.ToString(),
                Label = peer.Name ?? peer.Change.PublicKey.ToShortString(),
                AllowedIps = [.. peer.Change.AllowedIps.Where(static allowed => !allowed.Remove).Select(static allowed => allowed.Prefix)],
                ExcludedIps = [.. peer.ExcludedIps],
                Endpoint = peer.Change.Endpoint,
                NamedEndpoint = peer.NamedEndpoint is { } named ? (named.Host, named.Port) : null,
                Keepalive = peer.Change.PersistentKeepalive ?? 0,
                EndpointIsLearnt = peer.Change.Endpoint is null && peer.NamedEndpoint is null,
                IsInFile = true,
            })],
        };
    }

    private Patient WithDaemon(Patient patient)
    {
        try
        {
            using var device = DeviceReader.Read(context, patient.Name);
            var status = DaemonStatus.Read(context, patient.Name);
            var peers = patient.Peers.Select(peer => device.Peers.FirstOrDefault(other => other.PublicKey.ToString() == peer.PublicKey) is { } found ? Merge(peer, found, status) : peer).ToList();
            peers.AddRange(device.Peers.Where(found => patient.Peers.All(peer => peer.PublicKey != found.PublicKey.ToString())).Select(found => Merge(new PatientPeer
            {
                PublicKey = found.PublicKey.ToString(),
                Label = found.Name.Length > 0 ? found.Name : found.PublicKey.ToShortString(),
                AllowedIps = [.. found.AllowedIps.Select(static allowed => new IpPrefix(allowed.Address, allowed.Length))],
            }, found, status)));
            return patient with
            {
                Runs = true,
                IsElsewhere = !IsHere(patient.Name),
                DaemonVersion = status is { } said && said.TryGetProperty("version", out var version) ? version.GetString() : null,
                HasPrivateKey = device.PrivateKey is { IsZero: false },
                ListenPort = device.ListenPort,
                FirewallMark = device.FirewallMark,
                Peers = peers,
            };
        }
        catch (ControlException unreachable)
        {
            return patient with { DaemonError = unreachable.Message };
        }
    }

    private bool IsHere(string name) => probe.Link(name) is not null;

    private static PatientPeer Merge(PatientPeer peer, RunningPeer running, JsonElement? status) => peer with
    {
        Runs = true,
        Endpoint = EndpointOf(running.Endpoint) ?? peer.Endpoint,
        LastHandshake = running.LastHandshakeSeconds,
        Keepalive = running.PersistentKeepalive,
        Unanswered = DaemonStatus.Unanswered(status, peer.PublicKey),
    };

    private static EndpointAddress? EndpointOf(string? text)
    {
        if (text is null) return null;
        try
        {
            _ = WgConfigValues.ParseEndpoint(Encoding.UTF8.GetBytes(text), out var endpoint);
            return endpoint;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private IEnumerable<(string Tunnel, IpPrefix Prefix)> OfOther(string name)
    {
        try
        {
            using var device = DeviceReader.Read(context, name);
            return [.. device.Peers.SelectMany(static peer => peer.AllowedIps).Select(allowed => (name, new IpPrefix(allowed.Address, allowed.Length)))];
        }
        catch (ControlException)
        {
            return [];
        }
    }
}
