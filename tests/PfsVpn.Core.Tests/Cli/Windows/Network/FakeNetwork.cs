using PfsVpn.Cli.Windows.Network;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Tests.Cli.Windows.Network;

/// <summary>A machine's addresses, routes and interfaces as Windows keeps them: one interface for each address, rows that are there once, an adapter that takes its rows with it.</summary>
internal sealed class FakeNetwork : INetworkSystem
{
    public const ulong Ethernet = 6, Wifi = 71, Tunnel = 53;

    private readonly Dictionary<(ulong, bool), InterfaceRow> _interfaces = [];
    private readonly Dictionary<ulong, (string Name, bool IsUp, uint Metric)> _links = [];

    public FakeNetwork()
    {
        AddLink(Ethernet, "Ethernet", mtu: 1500, metric: 25);
        AddressRows.Add(new AddressRow(Ethernet, Ip("192.168.1.5"), 24));
        RouteRows.Add(Route(Ethernet, "0.0.0.0/0", 0, "192.168.1.1"));
        RouteRows.Add(Route(Ethernet, "192.168.1.0/24", 256));
    }

    public List<AddressRow> AddressRows { get; } = [];

    public List<RouteRow> RouteRows { get; } = [];

    public Dictionary<(ulong Interface, bool IsV4), (string Servers, string Domains)> NameServers { get; } = [];

    /// <summary>What was changed, in words, in order.</summary>
    public List<string> Changes { get; } = [];

    /// <summary>The change, counted from 1, that fails with error 31; 0 for none.</summary>
    public int FailingChange { get; set; }

    /// <summary>How often it is asked for an adapter until it is there with its families.</summary>
    public int BindingDelay { get; set; }

    /// <summary>The interfaces whose numbers were asked for, to bind sockets to them.</summary>
    public List<ulong> Indexed { get; } = [];

    public List<string> ServersBeside { get; } = ["192.168.1.1"];

    /// <summary>Whether an adapter stays whose daemon has ended.</summary>
    public bool KeepsAdapter { get; set; }

    public int Flushes { get; private set; }

    public void AddLink(ulong number, string name, uint mtu, uint metric, bool isUp = true, bool hasV6 = true)
    {
        _links[number] = (name, isUp, metric);
        _interfaces[(number, true)] = new InterfaceRow(number, IsV4: true) { Mtu = mtu, Metric = metric, UsesAutomaticMetric = true, DadTransmits = 3, FindsRouters = true };
        if (hasV6) _interfaces[(number, false)] = new InterfaceRow(number, IsV4: false) { Mtu = mtu, Metric = metric, UsesAutomaticMetric = true, DadTransmits = 1, FindsRouters = true, IsManaged = true };
    }

    /// <summary>An adapter as its driver makes it.</summary>
    public void AddTunnel(bool hasV6 = true)
    {
        AddLink(Tunnel, "wg0", mtu: 65535, metric: 5, hasV6: hasV6);
        // That of the link is the system's, which does not give it away.
        if (hasV6) AddressRows.Add(new AddressRow(Tunnel, Ip("fe80::53"), 64));
    }

    /// <summary>It goes, and its rows with it. What Windows keeps in the registry stays.</summary>
    public void RemoveTunnel()
    {
        if (KeepsAdapter) return;
        _links.Remove(Tunnel);
        _interfaces.Remove((Tunnel, true));
        _interfaces.Remove((Tunnel, false));
        AddressRows.RemoveAll(static row => row.Interface == Tunnel);
        RouteRows.RemoveAll(static row => row.Interface == Tunnel);
    }

    public ulong? Find(string tunnel) => tunnel == "wg0" && _links.ContainsKey(Tunnel) ? Tunnel : null;

    public string NameOf(ulong interfaceId) => _links.TryGetValue(interfaceId, out var link) ? link.Name : $"interface {interfaceId:x}";

    public uint IndexOf(ulong interfaceId)
    {
        Indexed.Add(interfaceId);
        return _links.ContainsKey(interfaceId) ? (uint)interfaceId : 0;
    }

    public bool IsUp(ulong interfaceId) => _links.TryGetValue(interfaceId, out var link) && link.IsUp;

    public IReadOnlyList<AddressRow> Addresses() => [.. AddressRows];

    public IReadOnlyList<RouteRow> Routes() => [.. RouteRows];

    public InterfaceRow? Interface(ulong interfaceId, bool isV4) => interfaceId == Tunnel && BindingDelay-- > 0 ? null : _interfaces.GetValueOrDefault((interfaceId, isV4));

    public uint Set(InterfaceRow row) => Change($"{NameOf(row.Interface)} {(row.IsV4 ? "v4" : "v6")} mtu {row.Mtu} metric {(row.UsesAutomaticMetric ? "auto" : row.Metric)}", () =>
    {
        if (!_interfaces.ContainsKey((row.Interface, row.IsV4))) return IpHlpApi.ERROR_NOT_FOUND;
        if (row.Mtu < (row.IsV4 ? 576u : 1280u)) return IpHlpApi.ERROR_INVALID_PARAMETER;
        // Windows counts it itself then, whatever it is told.
        _interfaces[(row.Interface, row.IsV4)] = row.UsesAutomaticMetric ? row with { Metric = _links[row.Interface].Metric } : row;
        return 0;
    });

    public uint Add(AddressRow address) => Change($"+{address} {NameOf(address.Interface)}", () =>
    {
        if (AddressRows.Exists(row => row.Address == address.Address)) return IpHlpApi.ERROR_OBJECT_ALREADY_EXISTS;
        AddressRows.Add(address);
        return 0;
    });

    public uint Delete(AddressRow address) => address.Address.IsV6LinkLocal ? IpHlpApi.ERROR_INVALID_PARAMETER :
        Change($"-{address} {NameOf(address.Interface)}", () => AddressRows.RemoveAll(row => row.Interface == address.Interface && row.Address == address.Address) != 0 ? 0 : IpHlpApi.ERROR_NOT_FOUND);

    public uint Add(RouteRow route) => Change($"+{route.Destination} {NameOf(route.Interface)}", () =>
    {
        if (RouteRows.Exists(row => row with { Metric = route.Metric } == route)) return IpHlpApi.ERROR_OBJECT_ALREADY_EXISTS;
        RouteRows.Add(route);
        return 0;
    });

    public uint Delete(RouteRow route) =>
        Change($"-{route.Destination} {NameOf(route.Interface)}", () => RouteRows.RemoveAll(row => row with { Metric = route.Metric } == route) != 0 ? 0 : IpHlpApi.ERROR_NOT_FOUND);

    public uint SetNameServers(ulong interfaceId, bool isV4, IReadOnlyList<string> servers, IReadOnlyList<string> domains) =>
        Change($"dns {NameOf(interfaceId)} {(isV4 ? "v4" : "v6")} [{string.Join(',', servers)}] [{string.Join(',', domains)}]", () =>
        {
            NameServers[(interfaceId, isV4)] = (string.Join(',', servers), string.Join(',', domains));
            return 0;
        });

    public void FlushResolver() => Flushes++;

    public IReadOnlyList<string> NameServersBeside(string tunnel) =>
        [.. ServersBeside, .. NameServers.Where(entry => NameOf(entry.Key.Interface) != tunnel).SelectMany(static entry => entry.Value.Servers.Split(',', StringSplitOptions.RemoveEmptyEntries))];

    /// <summary>All that can be compared before and after.</summary>
    public string Snapshot() => string.Join('\n',
    [
        .. AddressRows.Select(static row => $"{row.Interface} {row}").Order(StringComparer.Ordinal),
        .. RouteRows.Select(static row => row.ToString()).Order(StringComparer.Ordinal),
        .. _interfaces.Where(static pair => pair.Key.Item1 != Tunnel).Select(static pair => pair.Value.ToString()).Order(StringComparer.Ordinal),
        .. NameServers.Where(static pair => pair.Key.Interface != Tunnel || pair.Value.Servers.Length != 0).Select(static pair => pair.ToString()).Order(StringComparer.Ordinal),
    ]);

    public static RouteRow Route(ulong target, string prefix, uint metric, string? hop = null)
    {
        Assert.True(PfsVpn.Cli.Input.Prefixes.TryParse(prefix, out _, out var destination));
        return new RouteRow(target, destination, Ip(hop ?? (destination.Address.IsV4 ? "0.0.0.0" : "::")), metric);
    }

    public static PfsVpn.Packets.IpAddress Ip(string text) => PfsVpn.Packets.IpAddress.TryParse(text, out var address) ? address : throw new ArgumentException(text, nameof(text));

    private uint Change(string words, Func<uint> change)
    {
        Changes.Add(words);
        return Changes.Count == FailingChange ? 31 : change();
    }
}
