using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using PfsVpn.SystemTests.Harness;

namespace PfsVpn.SystemTests.Windows;

/// <summary>The network settings of a Windows machine: what its programs ask of the tests' iphlpapi.dll is done in the namespace, with `ip`.</summary>
/// <remarks>References: tests/windows/iphlpapi/ask.h; Microsoft's pages of the functions, for the errors.</remarks>
internal sealed class WindowsNetwork : IDisposable
{
    /// <summary>What a route of the tunnel has in Linux more than in Windows, where the metric of the interface counts, too.</summary>
    private const uint InterfaceMetric = 10;

    private const int NoError = 0, GenFailure = 31, InvalidParameter = 87, ObjectAlreadyExists = 5010, NotFound = 1168;

    private readonly NetworkNamespace _host;
    private readonly string _interface;
    private readonly Journal _journal;
    private readonly Socket _listener;
    private readonly Task _serving;
    private readonly ConcurrentDictionary<char, AdapterSettings> _settings = new();
    private readonly ConcurrentDictionary<Socket, string> _watchers = new();
    private readonly ConcurrentDictionary<string, string> _servers = new(StringComparer.Ordinal);
    private volatile string? _adapter;

    /// <summary>Listens.</summary>
    /// <param name="host">Where.</param>
    /// <param name="interfaceName">The TUN interface that is the adapter's, once there is one.</param>
    /// <param name="journal">Gets every question that changes something.</param>
    public WindowsNetwork(NetworkNamespace host, string interfaceName, Journal journal)
    {
        (_host, _interface, _journal) = (host, interfaceName, journal);
        _listener = host.Inside(static () =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            socket.Listen();
            return socket;
        });
        _serving = Task.Factory.StartNew(Serve, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>What the variable PFSVPN_TEST_NETWORK of the programs has to be.</summary>
    public string Address => _listener.LocalEndPoint!.ToString()!;

    /// <summary>Name servers of the adapter, by "4" and "6", and their domains, by "4 search" and "6 search"; without those that are not set.</summary>
    public IReadOnlyDictionary<string, string> Servers => _servers;

    /// <summary>The settings of the adapter for a family, '4' or '6'.</summary>
    public AdapterSettings Settings(char family) => _settings.GetOrAdd(family, static digit => AdapterSettings.New(digit == '4'));

    /// <summary>The adapter has a session (its GUID is given), or none any more: Windows then forgets what was set.</summary>
    public void Plug(string? guid)
    {
        if (guid is null)
        {
            _ = Ip("address flush dev " + _interface) + Ip($"link set {_interface} down");
            _settings.Clear();
        }
        else
        {
            _ = Ip($"link set {_interface} mtu 65535 up");
        }
        _adapter = guid;
        Tell("interfaces", guid is null ? 2 : 1);
    }

    public void Dispose()
    {
        _listener.Dispose();
        foreach (var watcher in _watchers.Keys) watcher.Dispose();
        _serving.Wait();
    }

    private static uint Number(string word) => uint.Parse(word, CultureInfo.InvariantCulture);

    private void Serve()
    {
        while (true)
        {
            try
            {
                var connection = _listener.Accept();
                _ = Task.Run(() => Answer(connection));
            }
            catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private void Answer(Socket connection)
    {
        try
        {
            var question = ReadLine(connection);
            var words = question.Split(' ');
            if (words[0] == "watch")
            {
                connection.Send("0\n"u8);
                _watchers[connection] = words[1];
                return;
            }
            var (error, rows) = Answer(words);
            if (words.Length > 1 && words[1] != "get") _journal.Add("windows " + _host.Role, $"{question}{(error == 0 ? "" : $": error {error}")}");
            connection.Send(Encoding.UTF8.GetBytes($"{error}\n{string.Concat(rows.Select(static row => row + '\n'))}"));
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
        {
            // The program has ended.
        }
        if (!_watchers.ContainsKey(connection)) connection.Dispose();
    }

    private (int Error, IEnumerable<string> Rows) Answer(string[] words) => words switch
    {
        ["links"] => (NoError, Links()),
        ["addresses"] => (NoError, Addresses()),
        ["routes"] => (NoError, Routes(4).Concat(Routes(6))),
        ["address", "add", var number, var address, var length] => (Changed("addresses", 1, IpOf(number, $"address add {address}/{length} dev {{0}}{(IsV4(address) ? "" : " nodad")}")), []),
        ["address", "delete", var number, var address, var length] => (Changed("addresses", 2, IpOf(number, $"address delete {address}/{length} dev {{0}}")), []),
        ["route", "add", var number, .. var route] => (Changed("routes", 1, IpOf(number, "route add " + RouteWords(route))), []),
        ["route", "delete", var number, .. var route] => (Changed("routes", 2, DeleteRoute(number, route)), []),
        ["interface", "get", var number, var family] => InterfaceOf(number, family[0]),
        ["interface", "set", var number, var family, .. var settings] => (Set(number, family[0], AdapterSettings.Parse(settings)), []),
        ["servers", var guid, var family, var servers, var search] => (SetServers(guid, family, servers, search), []),
        _ => (InvalidParameter, []),
    };

    private static bool IsV4(string address) => !address.Contains(':', StringComparison.Ordinal);

    // DESTINATION LENGTH HOP METRIC
    private static string RouteWords(string[] route) =>
        $"{route[0]}/{route[1]}{(IPAddress.Parse(route[2]) is var hop && (hop.Equals(IPAddress.Any) || hop.Equals(IPAddress.IPv6Any)) ? "" : " via " + route[2])} dev {{0}} metric {Number(route[3]) + InterfaceMetric}";

    // The route to an address's own network, which the kernel makes, has no metric.
    private int DeleteRoute(string number, string[] route) =>
        IpOf(number, "route delete " + RouteWords(route)) is var error and not NotFound ? error : IpOf(number, $"route delete {route[0]}/{route[1]} dev {{0}} proto kernel");

    private IEnumerable<string> Links() => Json("link show").Where(IsPlugged).Select(link =>
        $"{link.GetProperty("ifindex")} {(NameOf(link) == _interface ? _adapter : "-")} {(link.GetProperty("flags").EnumerateArray().Any(static flag => flag.GetString() == "UP") ? 1 : 0)} {link.GetProperty("mtu")} {NameOf(link)}");

    private IEnumerable<string> Addresses() => Json("address show").Where(IsPlugged).SelectMany(static link =>
        link.GetProperty("addr_info").EnumerateArray().Select(address => $"{link.GetProperty("ifindex")} {address.GetProperty("local").GetString()} {address.GetProperty("prefixlen")}"));

    private IEnumerable<string> Routes(int family)
    {
        var numbers = Json("link show").Where(IsPlugged).ToDictionary(NameOf, static link => link.GetProperty("ifindex").GetInt32(), StringComparer.Ordinal);
        var any = family == 4 ? "0.0.0.0" : "::";
        foreach (var route in Json($"-{family} route show"))
        {
            if (!route.TryGetProperty("dev", out var link) || !numbers.TryGetValue(link.GetString()!, out var number)) continue;
            var destination = route.GetProperty("dst").GetString() is "default" or null ? any + "/0" : route.GetProperty("dst").GetString()!;
            var parts = destination.Contains('/', StringComparison.Ordinal) ? destination.Split('/') : [destination, family == 4 ? "32" : "128"];
            var metric = route.TryGetProperty("metric", out var given) ? given.GetUInt32() : 0;
            yield return $"{number} {parts[0]} {parts[1]} {(route.TryGetProperty("gateway", out var hop) ? hop.GetString() : any)} {(link.GetString() == _interface && metric >= InterfaceMetric ? metric - InterfaceMetric : metric)}";
        }
    }

    private (int Error, IEnumerable<string> Rows) InterfaceOf(string number, char family)
    {
        if (TryFind(number) is not { } link) return (NotFound, []);
        return (NoError, [NameOf(link) == _interface ? Settings(family).ToString() : $"{link.GetProperty("mtu")} 25 1 1 1 1"]);
    }

    private int Set(string number, char family, AdapterSettings settings)
    {
        if (TryFind(number) is not { } link) return NotFound;
        if (NameOf(link) != _interface || settings.Mtu < (family == '4' ? 576 : 1280)) return InvalidParameter;
        _settings[family] = settings;
        // Linux has one for both families.
        return Changed("interfaces", 0, Ip($"link set {_interface} mtu {Math.Min(Settings('4').Mtu, Settings('6').Mtu)}"));
    }

    private int SetServers(string guid, string family, string servers, string search)
    {
        if (guid != _adapter) return NotFound;
        foreach (var (key, value) in new[] { (family, servers), (family + " search", search) })
        {
            if (value == "-") _servers.TryRemove(key, out _);
            else if (value != "*") _servers[key] = value;
        }
        return NoError;
    }

    private int IpOf(string number, string words) => TryFind(number) is { } link ? Ip(string.Format(CultureInfo.InvariantCulture, words, NameOf(link))) : NotFound;

    private int Ip(string words)
    {
        var result = _host.TryRunAsync("ip", words.Split(' ')).GetAwaiter().GetResult();
        return result.ExitCode == 0 ? NoError
            : result.Error.Contains("File exists", StringComparison.Ordinal) ? ObjectAlreadyExists
            : result.Error.Contains("Cannot assign", StringComparison.Ordinal) || result.Error.Contains("address not found", StringComparison.Ordinal) || result.Error.Contains("No such process", StringComparison.Ordinal) ? NotFound : GenFailure;
    }

    private int Changed(string what, int how, int error)
    {
        if (error == NoError) Tell(what, how);
        return error;
    }

    private void Tell(string what, int how)
    {
        if (TryFind(_interface) is not { } link) return;
        foreach (var watcher in _watchers.Where(watcher => watcher.Value == what).Select(static watcher => watcher.Key))
        {
            try
            {
                watcher.Send(Encoding.ASCII.GetBytes($"{link.GetProperty("ifindex")} {how}\n"));
            }
            catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
            {
                _watchers.TryRemove(watcher, out _);
                watcher.Dispose();
            }
        }
    }

    // By number, or by name.
    private JsonElement? TryFind(string which) =>
        Json("link show").Where(link => NameOf(link) == which || (IsPlugged(link) && link.GetProperty("ifindex").ToString() == which)).Cast<JsonElement?>().FirstOrDefault();

    private bool IsPlugged(JsonElement link) => _adapter is not null || NameOf(link) != _interface;

    private static string NameOf(JsonElement link) => link.GetProperty("ifname").GetString()!;

    private List<JsonElement> Json(string words)
    {
        var text = Shell.Checked(_host.TryRunAsync("ip", ["-j", .. words.Split(' ')]).GetAwaiter().GetResult()).Output;
        if (text.Trim().Length == 0) return [];
        using var document = JsonDocument.Parse(text);
        return [.. document.RootElement.EnumerateArray().Select(static element => element.Clone())];
    }

    private static string ReadLine(Socket connection)
    {
        var line = new StringBuilder();
        var letter = new byte[1];
        while (connection.Receive(letter) == 1 && letter[0] != '\n') line.Append((char)letter[0]);
        return line.ToString();
    }
}
