using System.Buffers.Text;
using System.Text;
using PfsVpn.Cli.Control;
using PfsVpn.Cli.Input;
using PfsVpn.Crypto;

namespace PfsVpn.Cli.Metrics;

/// <summary>What every userspace WireGuard answers to <c>get=1</c>, as samples: traffic and the last handshake of each peer.</summary>
/// <remarks>
/// The answer holds the private key and the pre-shared keys. It is read in locked memory, line by line; lines of secrets are passed over and erased with the rest.
/// References: https://www.wireguard.com/xplatform/.
/// </remarks>
internal sealed class GetMetrics
{
    private readonly MetricSet _set;
    private readonly string _interface;
    private readonly bool _alone;
    private readonly DateTimeOffset _now;
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private string? _key;
    private string _name = "";
    private double? _handshake, _received, _sent;

    private GetMetrics(MetricSet set, string name, bool alone, DateTimeOffset now)
    {
        _set = set;
        _interface = name;
        _alone = alone;
        _now = now;
    }

    /// <summary>Asks, and adds what it says.</summary>
    /// <param name="set">Where samples go.</param>
    /// <param name="directory">Where the control sockets are.</param>
    /// <param name="name">The interface.</param>
    /// <param name="alone">Whether nothing else describes the interface: its port and the number of its peers are added, too.</param>
    /// <param name="now">The wall clock, on which the protocol has the moment of a handshake.</param>
    /// <exception cref="System.Net.Sockets.SocketException">Nobody listens, or does not answer in time.</exception>
    /// <exception cref="ControlException">It answers with an error, or not to the end.</exception>
    public static void Add(MetricSet set, string directory, string name, bool alone, DateTimeOffset now)
    {
        using var question = DaemonQuestion.Ask(directory, name, "get=1\n\n"u8);
        new GetMetrics(set, name, alone, now).Read(question.Answer);
    }

    private void Read(ISecretSource answer)
    {
        using var lines = new LockedLineReader(answer, static errno => new ControlException(errno));
        while (lines.TryRead(out var line, out _))
        {
            var equals = line.IndexOf((byte)'=');
            if (equals > 0)
            {
                Take(line[..equals], line[(equals + 1)..]);
                continue;
            }
            EndPeer();
            if (_alone) _set.Add(MetricCatalog.Peers, _seen.Count, _interface);
            return;
        }
        throw new ControlException(NativeFile.EPROTO, "the daemon's answer ends too early");
    }

    private void Take(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (key.SequenceEqual("private_key"u8) || key.SequenceEqual("preshared_key"u8)) return;
        if (key.SequenceEqual("public_key"u8)) BeginPeer(value);
        else if (key.SequenceEqual("errno"u8) && ErrnoText.TryParse(value, out var errno) && errno != 0) throw new ControlException(errno);
        else if (key.SequenceEqual("listen_port"u8) && _alone && Number(value) is { } port) _set.Add(MetricCatalog.ListenPort, port, _interface);
        else if (key.SequenceEqual("name"u8)) _name = Encoding.UTF8.GetString(value);
        else if (key.SequenceEqual("rx_bytes"u8)) _received = Number(value);
        else if (key.SequenceEqual("tx_bytes"u8)) _sent = Number(value);
        else if (key.SequenceEqual("last_handshake_time_sec"u8)) _handshake = Number(value) is > 0 and var seconds ? seconds : null;
        else if (key.SequenceEqual("last_handshake_time_nsec"u8)) _handshake += Number(value) * 1e-9;
    }

    private void BeginPeer(ReadOnlySpan<byte> value)
    {
        EndPeer();
        Span<byte> key = stackalloc byte[PublicKey.SizeInBytes];
        if (!KeyText.TryDecodeHex(value, key)) throw new ControlException(NativeFile.EPROTO, "the daemon's answer is malformed (public_key)");
        _key = Convert.ToBase64String(key);
    }

    private void EndPeer()
    {
        if (_key is { } key && _seen.Add(key))
        {
            string[] labels = [_interface, key, _name];
            if (_received is { } received) _set.Add(MetricCatalog.PeerReceiveBytes, received, labels);
            if (_sent is { } sent) _set.Add(MetricCatalog.PeerTransmitBytes, sent, labels);
            if (_handshake is { } handshake) _set.Add(MetricCatalog.PeerHandshakeAge, Math.Max(0, Math.Round((_now - DateTimeOffset.UnixEpoch).TotalSeconds - handshake, 3)), labels);
        }
        (_key, _name, _handshake, _received, _sent) = (null, "", null, null, null);
    }

    private static double? Number(ReadOnlySpan<byte> value) => Utf8Parser.TryParse(value, out ulong number, out var length) && length == value.Length ? number : null;
}
