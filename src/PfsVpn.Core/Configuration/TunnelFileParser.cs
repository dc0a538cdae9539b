using System.Text;
using PfsVpn.Crypto;

namespace PfsVpn.Configuration;

/// <summary>Reads a tunnel's file, line by line: wg-quick's keys and those behind <c>#!</c> itself, the rest with <see cref="WgConfigParser"/>.</summary>
/// <remarks>
/// References: wg-quick(8), CONFIGURATION; wg(8). Threading: one thread. Ownership: the parser owns what it has read until <see cref="Finish"/> gives it away.
/// Spec deviation: wg-quick hands MTU on as it is; here it must be a number. A key of PfsVpn that is unknown or stands in the wrong section is an error, although
/// stock tools see a comment: one that was misspelt and silently not in force would be worse.
/// </remarks>
internal sealed class TunnelFileParser : IDisposable
{
    private readonly string _path;
    private readonly TunnelFile _file;
    private readonly WgConfigParser _parser;
    private bool _inInterface;
    private int _line;

    /// <summary>Begins a file.</summary>
    /// <param name="arena">Where secrets go.</param>
    /// <param name="path">Name of the file, for messages and for what is relative to it.</param>
    /// <param name="servicePort">Finds the UDP port of a service by name; without it, ListenPort takes numbers only.</param>
    public TunnelFileParser(SecretArena arena, string path, Func<string, ushort?>? servicePort = null)
    {
        _path = path;
        _file = new TunnelFile(path);
        _parser = new WgConfigParser(arena, path, append: false, servicePort);
    }

    /// <summary>Reads a whole file from locked memory, which is overwritten on the way. The arguments are those of the constructor.</summary>
    /// <exception cref="WgConfigException">The file cannot be used.</exception>
    public static TunnelFile Parse(Span<byte> text, SecretArena arena, string path, Func<string, ushort?>? servicePort = null)
    {
        using var parser = new TunnelFileParser(arena, path, servicePort);
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
        if (TunnelLine.IsExtra(line, out var extra))
        {
            ReadExtra(line[extra]);
            return;
        }
        if (TunnelLine.QuickKeyOf(line, ref _inInterface, out var value) is { } key)
        {
            Guarded(key, value, SetQuick);
            // It counts the lines, too.
            _parser.ReadLine(default);
            return;
        }
        _parser.ReadLine(line);
        if (_parser.PeerCount > _file.Peers.Count) _file.Peers.Add(new TunnelPeer(_line));
    }

    /// <summary>Ends the file and gives away what it says.</summary>
    /// <exception cref="WgConfigException">A peer has no public key, or there are two private keys.</exception>
    public TunnelFile Finish()
    {
        if (_parser.HasPrivateKey && _file.PrivateKeySource is { } source)
            throw new WgConfigException(_path, source.Line, $"PrivateKey{source.Kind}", "the file has a PrivateKey as well; leave one of the two out");
        var config = _parser.Finish();
        _file.WgConfig = config;
        config.Change.BindDevice = _file.BindDevice;
        config.Change.BindAddresses = _file.BindAddresses;
        for (var index = 0; index < _file.Peers.Count; index++)
        {
            var peer = _file.Peers[index];
            peer.Change = config.Change.Peers[index];
            peer.Change.Name = peer.Name;
            peer.NamedEndpoint = config.UnresolvedEndpoints.FirstOrDefault(endpoint => endpoint.Peer == peer.Change);
        }
        return _file;
    }

    /// <summary>Erases the secrets that were not given away.</summary>
    public void Dispose() => _parser.Dispose();

    private void ReadExtra(Span<byte> text)
    {
        var bare = TunnelLine.WithoutComment(text);
        var (keyRange, valueRange) = TunnelLine.Split(bare);
        ReadOnlySpan<byte> key = bare[keyRange], value = bare[valueRange];
        var peer = _inInterface || _file.Peers.Count == 0 ? null : _file.Peers[^1];
        if (peer is null && !_inInterface) throw Error(WgConfigValues.Echo(key), "stands before any section; #! keys belong behind [Interface] or [Peer]");
        var known = TunnelLine.Find(peer is null ? TunnelLine.ExtraKeysOfInterface : TunnelLine.ExtraKeysOfPeer, key) ?? throw Unknown(key, peer is not null);
        if (value.IsEmpty || !bare.Contains((byte)'=')) throw Error(known, "no value; leave the line out, or give one");
        if (known is "RekeyAfterTime" or "RekeyAfterBytes")
        {
            _parser.ReadLine(text);
            return;
        }
        _parser.ReadLine(default);
        if (peer is null) Guarded(known, value, (name, given) => TunnelExtraValues.Set(_file, name, given, _line));
        else Guarded(known, value, (name, given) => TunnelExtraValues.Set(peer, name, given));
    }

    private void SetQuick(string key, ReadOnlySpan<byte> value)
    {
        switch (key)
        {
            case "Address":
                _file.Addresses.AddRange(Words(value));
                break;
            case "MTU":
                // As wg-quick: nothing is as if the key were not there.
                _file.Mtu = value.IsEmpty ? null : TunnelExtraValues.ParseSize(value, 68, ushort.MaxValue);
                break;
            case "DNS":
                foreach (var word in Words(value)) (IsServer(word) ? _file.DnsServers : _file.DnsSearch).Add(word);
                break;
            case "Table":
                _file.Table = Encoding.UTF8.GetString(value);
                break;
            case "SaveConfig":
                _file.SaveConfig = WgConfigValues.Is(value, "true"u8) || (WgConfigValues.Is(value, "false"u8) ? false : throw new FormatException($"neither true nor false: `{WgConfigValues.Echo(value)}'"));
                break;
            default:
                var hooks = key switch { "PreUp" => _file.PreUp, "PostUp" => _file.PostUp, "PreDown" => _file.PreDown, _ => _file.PostDown };
                hooks.Add(Encoding.UTF8.GetString(value));
                break;
        }
    }

    /// <summary>As wg-quick: commas are blanks.</summary>
    private static string[] Words(ReadOnlySpan<byte> value) =>
        Encoding.UTF8.GetString(value).Split([',', ' ', '\t', '\r', '\v', '\f'], StringSplitOptions.RemoveEmptyEntries);

    /// <summary>As wg-quick: digits and dots only, or a colon anywhere.</summary>
    private static bool IsServer(string word) => word.Contains(':', StringComparison.Ordinal) || word.All(static letter => char.IsAsciiDigit(letter) || letter == '.');

    private void Guarded(string key, ReadOnlySpan<byte> value, Setter set)
    {
        if (value.Contains((byte)0)) throw Error(key, "holds a zero byte; save the file as plain UTF-8 text");
        try
        {
            set(key, value);
        }
        catch (FormatException wrong)
        {
            throw Error(key, wrong.Message);
        }
    }

    private WgConfigException Unknown(ReadOnlySpan<byte> key, bool inPeer)
    {
        var section = inPeer ? "[Peer]" : "[Interface]";
        if (TunnelLine.Find(inPeer ? TunnelLine.ExtraKeysOfInterface : TunnelLine.ExtraKeysOfPeer, key) is { } misplaced)
            return Error(misplaced, inPeer ? "belongs in [Interface], not in [Peer]" : "belongs in [Peer], not in [Interface]");
        if (TunnelLine.Find(TunnelLine.QuickKeys, key) is { } plain) return Error(plain, "is a key of wg-quick; write it without #!");
        return Error(WgConfigValues.Echo(key), $"unknown key behind #!; {section} knows {string.Join(", ", inPeer ? TunnelLine.ExtraKeysOfPeer : TunnelLine.ExtraKeysOfInterface)}");
    }

    private WgConfigException Error(string? key, string reason) => new(_path, _line, key, reason);

    private delegate void Setter(string key, ReadOnlySpan<byte> value);
}
