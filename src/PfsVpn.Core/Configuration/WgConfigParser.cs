using PfsVpn.Crypto;

namespace PfsVpn.Configuration;

/// <summary>
/// Reads the configuration files of <c>wg setconf</c>, <c>addconf</c> and <c>syncconf</c>, line by line, secrets going straight to slots of an arena.
/// </summary>
/// <remarks>
/// References: wg(8), CONFIGURATION FILE FORMAT. As there, keys are case-insensitive, white space is ignored wherever it stands, # begins a
/// comment, a later value replaces an earlier one (AllowedIPs add up), and sections may come in any order.
/// Beyond wg(8), both sections take RekeyAfterTime and RekeyAfterBytes (<see cref="PfsVpn.Transport.KeyLife"/>).
/// Spec deviation: a file with zero bytes is refused, where <c>wg</c> cuts lines off at them; ports beyond 65535 are refused, where it keeps the low 16 bits.
/// Threading: one thread. Ownership: the parser owns what it has read until <see cref="Finish"/> gives it away.
/// </remarks>
internal sealed class WgConfigParser : IDisposable
{
    private readonly SecretArena _arena;
    private readonly string _file;
    private readonly bool _append;
    private readonly Func<string, ushort?>? _servicePort;
    private readonly List<WgConfigPeer> _peers = [];
    private readonly List<string> _warnings = [];
    private SecretKey? _privateKey;
    private ushort? _listenPort;
    private uint? _firewallMark;
    private ushort? _rekeyAfterSeconds;
    private ulong? _rekeyAfterBytes;
    private Section _section;
    private int _line;

    /// <summary>Begins a file.</summary>
    /// <param name="arena">Where secrets go.</param>
    /// <param name="file">Name of the file for messages.</param>
    /// <param name="append">Whether the file adds to what the interface has (addconf), rather than describing it wholly (setconf, syncconf).</param>
    /// <param name="servicePort">Finds the UDP port of a service by name; without it, ListenPort takes numbers only.</param>
    public WgConfigParser(SecretArena arena, string file, bool append = false, Func<string, ushort?>? servicePort = null)
    {
        ArgumentNullException.ThrowIfNull(arena);
        ArgumentException.ThrowIfNullOrEmpty(file);
        _arena = arena;
        _file = file;
        _append = append;
        _servicePort = servicePort;
    }

    /// <summary>How many peers have begun.</summary>
    internal int PeerCount => _peers.Count;

    /// <summary>Whether a private key was read.</summary>
    internal bool HasPrivateKey => _privateKey is not null;

    private enum Section
    {
        None,
        Interface,
        Peer,
    }

    /// <summary>Reads a whole file from locked memory, which is overwritten on the way. The arguments are those of the constructor.</summary>
    /// <exception cref="WgConfigException">The file cannot be used.</exception>
    public static WgConfig Parse(Span<byte> text, SecretArena arena, string file, bool append = false, Func<string, ushort?>? servicePort = null)
    {
        using var parser = new WgConfigParser(arena, file, append, servicePort);
        while (!text.IsEmpty)
        {
            var end = text.IndexOf((byte)'\n');
            parser.ReadLine(end < 0 ? text : text[..end]);
            text = end < 0 ? default : text[(end + 1)..];
        }
        return parser.Finish();
    }

    /// <summary>Reads the next line. It is overwritten on the way, and not kept.</summary>
    /// <param name="line">UTF-8 in locked memory, without the line feed.</param>
    /// <exception cref="WgConfigException">The line cannot be used.</exception>
    public void ReadLine(Span<byte> line)
    {
        _line++;
        var text = Clean(line);
        if (text.IsEmpty) return;
        if (_line == 1 && text.StartsWith("\uFEFF"u8)) throw Error(null, "begins with a byte order mark; save the file as plain UTF-8, without one");
        if (text[0] == '[') BeginSection(text);
        else ReadAssignment(text);
    }

    /// <summary>Ends the file and gives away what it says.</summary>
    /// <exception cref="WgConfigException">A peer has no public key.</exception>
    public WgConfig Finish()
    {
        foreach (var peer in _peers)
            if (peer.PublicKey is null) throw new WgConfigException(_file, peer.Line, "[Peer]", "this peer has no PublicKey");
        var change = new DeviceChange
        {
            ListenPort = _listenPort,
            FirewallMark = _firewallMark,
            RekeyAfterSeconds = _rekeyAfterSeconds,
            RekeyAfterBytes = _rekeyAfterBytes,
            ReplacePeers = !_append,
        };
        if (!_append)
        {
            _privateKey ??= _arena.Allocate();
            change.ListenPort ??= 0;
            change.FirewallMark ??= 0;
            change.RekeyAfterSeconds ??= 0;
            change.RekeyAfterBytes ??= 0;
        }
        change.PrivateKey = _privateKey;
        _privateKey = null;
        var unresolved = new List<WgConfigEndpoint>();
        foreach (var peer in _peers) change.Peers.Add(peer.ToChange(unresolved));
        return new WgConfig(change, unresolved, _warnings);
    }

    /// <summary>Erases the secrets that were not given away.</summary>
    public void Dispose()
    {
        _privateKey?.Dispose();
        _privateKey = null;
        foreach (var peer in _peers) peer.Dispose();
    }

    /// <summary>Drops the comment and all white space, in place.</summary>
    private ReadOnlySpan<byte> Clean(Span<byte> line)
    {
        if (line.Contains((byte)0)) throw Error(null, "holds a zero byte; save the file as plain UTF-8 text");
        var comment = line.IndexOf((byte)'#');
        if (comment >= 0) line = line[..comment];
        var length = 0;
        foreach (var letter in line)
            if (letter is not ((byte)' ' or (>= 9 and <= 13))) line[length++] = letter;
        return line[..length];
    }

    private void BeginSection(ReadOnlySpan<byte> text)
    {
        if (WgConfigValues.Is(text, "[Interface]"u8))
        {
            _section = Section.Interface;
            return;
        }
        if (!WgConfigValues.Is(text, "[Peer]"u8)) throw Error(null, $"unknown section `{WgConfigValues.Echo(text)}'; there are [Interface] and [Peer]");
        _section = Section.Peer;
        _peers.Add(new WgConfigPeer(_line));
    }

    private void ReadAssignment(ReadOnlySpan<byte> text)
    {
        var equals = text.IndexOf((byte)'=');
        // Neither message repeats the line: it may be a key, wrapped or misplaced.
        if (equals < 0) throw Error(null, "neither a section nor Key = Value");
        if (_section == Section.None) throw Error(WgConfigValues.Echo(text[..equals]), "stands before any section; begin with [Interface] or [Peer]");
        var known = WgConfigKeys.Find(_section == Section.Peer ? WgConfigKeys.OfPeer : WgConfigKeys.OfInterface, text[..equals]);
        if (known is null)
        {
            var (key, reason) = WgConfigKeys.Explain(text[..equals], _section == Section.Peer, _file);
            throw Error(key, reason);
        }
        var value = text[(equals + 1)..];
        if (value.IsEmpty) throw Error(known, "no value; leave the line out, or give one");
        try
        {
            if (_section == Section.Peer) SetOfPeer(_peers[^1], known, value);
            else SetOfInterface(known, value);
        }
        catch (FormatException wrong)
        {
            throw Error(known, wrong.Message);
        }
    }

    private void SetOfInterface(string key, ReadOnlySpan<byte> value)
    {
        switch (key)
        {
            case "PrivateKey":
                _privateKey?.Dispose();
                _privateKey = null;
                _privateKey = WgConfigValues.ParseSecret(value, _arena);
                break;
            case "ListenPort":
                _listenPort = WgConfigValues.ParsePort(value, _servicePort);
                break;
            case "RekeyAfterTime":
                _rekeyAfterSeconds = WgConfigValues.ParseRekeyTime(value);
                break;
            case "RekeyAfterBytes":
                _rekeyAfterBytes = WgConfigValues.ParseRekeyBytes(value);
                break;
            default:
                _firewallMark = WgConfigValues.ParseFirewallMark(value);
                break;
        }
    }

    private void SetOfPeer(WgConfigPeer peer, string key, ReadOnlySpan<byte> value)
    {
        switch (key)
        {
            case "PublicKey":
                peer.PublicKey = WgConfigValues.ParsePublicKey(value);
                break;
            case "PresharedKey":
                peer.Dispose();
                peer.PresharedKey = WgConfigValues.ParseSecret(value, _arena);
                break;
            case "AllowedIPs":
                peer.ReplaceAllowedIps = WgConfigValues.ParseAllowedIps(value, peer.AllowedIps, warning => _warnings.Add($"{_file}:{_line}: {warning}"));
                break;
            case "Endpoint":
                peer.SetEndpoint(value, _line);
                break;
            case "RekeyAfterTime":
                peer.RekeyAfterSeconds = WgConfigValues.ParseRekeyTime(value);
                break;
            case "RekeyAfterBytes":
                peer.RekeyAfterBytes = WgConfigValues.ParseRekeyBytes(value);
                break;
            default:
                peer.PersistentKeepalive = WgConfigValues.ParsePersistentKeepalive(value);
                break;
        }
    }

    private WgConfigException Error(string? key, string reason) => new(_file, _line, key, reason);
}
