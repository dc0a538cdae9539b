using System.Buffers;
using System.Text;
using PfsVpn.Crypto;

namespace PfsVpn.Configuration;

/// <summary>
/// Reads the lines behind <c>set=1</c>, as they come in, into one <see cref="DeviceChange"/>: whole and valid, or refused as a whole.
/// </summary>
/// <remarks>
/// References: https://www.wireguard.com/xplatform/ ("Configuration Protocol").
/// Spec deviation: wireguard-go applies each line as it reads it and stops at a bad one; here nothing is applied before the blank line, and the lines behind
/// a bad one are read and dropped, so that the connection can be used on. Carriage returns are refused. A firewall mark may be hexadecimal.
/// Secrets are decoded straight from the input into slots of the arena.
/// Threading: one thread at a time. Ownership: owns the change until <see cref="TakeChange"/>; <see cref="Dispose"/> erases it.
/// </remarks>
internal sealed class UapiSetParser : IDisposable
{
    /// <summary>Longer values are not shown in messages: they could be a key that was pasted into the wrong line (43 characters or more).</summary>
    private const int LongestShownValue = 42;

    /// <summary>Letters and underscores only: neither a secret in hex nor one in base64 gets through.</summary>
    private static readonly SearchValues<byte> LettersOfKeys = SearchValues.Create("abcdefghijklmnopqrstuvwxyz_"u8);

    private readonly SecretArena _arena;
    private readonly UapiLineReader _lines;
    private DeviceChange? _change = new();
    private PeerChange? _peer;

    /// <summary>A parser with its own line reader: line 1 is the first line behind <c>set=1</c>.</summary>
    /// <param name="arena">Where the secrets go.</param>
    /// <param name="pool">Locked memory for lines that lie across two blocks of the input.</param>
    public UapiSetParser(SecretArena arena, MemoryPool<byte> pool) : this(arena, new UapiLineReader(pool))
    {
    }

    internal UapiSetParser(SecretArena arena, UapiLineReader lines) => (_arena, _lines) = (arena, lines);

    /// <summary>The first error, or null.</summary>
    public UapiError? Error { get; private set; }

    /// <summary>
    /// Takes whole lines off <paramref name="input"/>. True when the blank line has been read: then either <see cref="Error"/> is set or <see cref="TakeChange"/> has the change.
    /// False when more input is needed; what is left in <paramref name="input"/> is to be given again. Never throws on bad input.
    /// </summary>
    public bool Parse(ref ReadOnlySequence<byte> input)
    {
        while (true)
        {
            switch (_lines.TryRead(ref input, out var line))
            {
                case UapiLine.Incomplete:
                    return false;
                case UapiLine.TooLong:
                    Refuse(UapiErrno.Invalid, null, $"the line is longer than {UapiLineReader.MaximumLength} bytes");
                    break;
                case UapiLine.Complete when line.IsEmpty:
                    _lines.Dispose();
                    return true;
                default:
                    if (Error is null) Read(line);
                    break;
            }
        }
    }

    /// <summary>Hands the change out, after <see cref="Parse"/> returned true without an error. The caller owns it.</summary>
    /// <exception cref="InvalidOperationException">There is none: it was refused, or taken before.</exception>
    public DeviceChange TakeChange()
    {
        var change = _change ?? throw new InvalidOperationException("There is no change to take.");
        _change = null;
        return change;
    }

    /// <summary>Erases the secrets of a change that nobody took.</summary>
    public void Dispose()
    {
        _change?.Dispose();
        _change = null;
        _lines.Dispose();
    }

    private void Read(ReadOnlySpan<byte> line)
    {
        var equals = line.IndexOf((byte)'=');
        if (equals < 0)
        {
            Refuse(UapiErrno.Protocol, null, "expected key=value, or a blank line at the end");
            return;
        }
        var key = line[..equals];
        var value = line[(equals + 1)..];
        try
        {
            if (key.SequenceEqual("public_key"u8)) ReadPublicKey(value);
            else if (_peer is null) ReadDeviceLine(_change!, key, value);
            else ReadPeerLine(_peer, key, value);
        }
        catch (SecretMemoryException exception)
        {
            Refuse(UapiErrno.NoMemory, null, exception.Message);
        }
    }

    private void ReadPublicKey(ReadOnlySpan<byte> value)
    {
        Span<byte> bytes = stackalloc byte[PublicKey.SizeInBytes];
        if (!KeyText.TryDecodeHex(value, bytes))
        {
            Refuse(UapiErrno.Invalid, "public_key", "not a key of 64 hex digits");
            return;
        }
        _peer = new PeerChange(new PublicKey(bytes));
        _change!.Peers.Add(_peer);
    }

    private void ReadDeviceLine(DeviceChange change, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (key.SequenceEqual("private_key"u8))
        {
            change.PrivateKey ??= _arena.Allocate();
            if (!KeyText.TryDecodeHex(value, change.PrivateKey.Bytes)) Refuse(UapiErrno.Invalid, "private_key", "not a key of 64 hex digits");
        }
        else if (key.SequenceEqual("listen_port"u8))
        {
            if (UapiText.TryParseNumber(value, ushort.MaxValue, out var port)) change.ListenPort = (ushort)port;
            else RefuseValue("listen_port", value, "not a number from 0 to 65535");
        }
        else if (key.SequenceEqual("fwmark"u8))
        {
            if (UapiText.TryParseMark(value, out var mark)) change.FirewallMark = mark;
            else RefuseValue("fwmark", value, "not a number from 0 to 4294967295");
        }
        else if (key.SequenceEqual("bind_device"u8))
        {
            if (BindText.TryParseDevice(value, out var name)) change.BindDevice = name;
            else RefuseValue("bind_device", value, "not the name of an interface");
        }
        else if (key.SequenceEqual("bind_address"u8))
        {
            if (BindText.TryParseAddresses(value, out var addresses)) change.BindAddresses = addresses;
            else RefuseValue("bind_address", value, "not addresses, one of each family at most, such as 192.0.2.1,2001:db8::1");
        }
        else if (key.SequenceEqual("rekey_after_time"u8))
        {
            change.RekeyAfterSeconds = ReadRekeyTime(value, "the protocol's 120 seconds");
        }
        else if (key.SequenceEqual("rekey_after_bytes"u8))
        {
            change.RekeyAfterBytes = ReadRekeyBytes(value, "no limit");
        }
        else if (key.SequenceEqual("replace_peers"u8))
        {
            change.ReplacePeers = IsTrue("replace_peers", value);
        }
        else
        {
            RefuseKey(key, "not a key that a device has");
        }
    }

    private void ReadPeerLine(PeerChange peer, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (key.SequenceEqual("allowed_ip"u8))
        {
            ReadAllowedIp(peer, value);
        }
        else if (key.SequenceEqual("preshared_key"u8))
        {
            peer.PresharedKey ??= _arena.Allocate();
            if (!KeyText.TryDecodeHex(value, peer.PresharedKey.Bytes)) Refuse(UapiErrno.Invalid, "preshared_key", "not a key of 64 hex digits");
        }
        else if (key.SequenceEqual("endpoint"u8))
        {
            if (UapiText.TryParseEndpoint(value, out var endpoint)) peer.Endpoint = endpoint;
            else RefuseValue("endpoint", value, "not an address and a port such as 192.0.2.1:51820, [2001:db8::1]:51820 or [fe80::1%eth0]:51820");
        }
        else if (key.SequenceEqual("persistent_keepalive_interval"u8))
        {
            if (UapiText.TryParseNumber(value, ushort.MaxValue, out var seconds)) peer.PersistentKeepalive = (ushort)seconds;
            else RefuseValue("persistent_keepalive_interval", value, "not a number of seconds from 0 to 65535");
        }
        else if (key.SequenceEqual("name"u8))
        {
            if (PeerName.TryParse(value, out var name)) peer.Name = name;
            else RefuseValue("name", value, $"not a name of at most {PeerName.MaximumLength} bytes of UTF-8 without control characters");
        }
        else if (key.SequenceEqual("rekey_after_time"u8))
        {
            peer.RekeyAfterSeconds = ReadRekeyTime(value, "what the interface says");
        }
        else if (key.SequenceEqual("rekey_after_bytes"u8))
        {
            peer.RekeyAfterBytes = ReadRekeyBytes(value, "what the interface says");
        }
        else if (key.SequenceEqual("replace_allowed_ips"u8))
        {
            peer.ReplaceAllowedIps = IsTrue("replace_allowed_ips", value);
            // It takes away what the peer has at this point, also what earlier lines gave it.
            peer.AllowedIps.Clear();
        }
        else if (key.SequenceEqual("remove"u8))
        {
            peer.Remove = IsTrue("remove", value);
        }
        else if (key.SequenceEqual("update_only"u8))
        {
            peer.UpdateOnly = IsTrue("update_only", value);
        }
        else if (!key.SequenceEqual("protocol_version"u8))
        {
            RefuseKey(key, "not a key that a peer has (those of the device come before the first public_key)");
        }
        else if (!value.SequenceEqual("1"u8))
        {
            RefuseValue("protocol_version", value, "only version 1 exists");
        }
    }

    private void ReadAllowedIp(PeerChange peer, ReadOnlySpan<byte> value)
    {
        var remove = value is [(byte)'-', ..];
        if (UapiText.TryParsePrefix(remove ? value[1..] : value, out var prefix)) peer.AllowedIps.Add(new AllowedIpChange(prefix, remove));
        else RefuseValue("allowed_ip", value, "not an address and a prefix length such as 10.0.0.0/8 or 2001:db8::/32");
    }

    private ushort? ReadRekeyTime(ReadOnlySpan<byte> value, string zero)
    {
        if (KeyLifeText.TryParseSeconds(value, out var seconds)) return seconds;
        RefuseValue("rekey_after_time", value, $"not a time {KeyLifeText.AllowedSeconds}, nor 0 for {zero}");
        return null;
    }

    private ulong? ReadRekeyBytes(ReadOnlySpan<byte> value, string zero)
    {
        if (KeyLifeText.TryParseBytes(value, out var bytes)) return bytes;
        RefuseValue("rekey_after_bytes", value, $"not a number of bytes from 1048576, nor 0 for {zero}");
        return null;
    }

    private bool IsTrue(string key, ReadOnlySpan<byte> value)
    {
        if (value.SequenceEqual("true"u8)) return true;
        RefuseValue(key, value, "can only be true");
        return false;
    }

    private void RefuseKey(ReadOnlySpan<byte> key, string reason)
    {
        var shown = key.Length is > 0 and <= 32 && !key.ContainsAnyExcept(LettersOfKeys);
        Refuse(UapiErrno.Invalid, shown ? Encoding.ASCII.GetString(key) : null, reason);
    }

    private void RefuseValue(string key, ReadOnlySpan<byte> value, string reason)
    {
        var shown = value.Length <= LongestShownValue && !value.ContainsAnyExceptInRange((byte)' ', (byte)'~');
        Refuse(UapiErrno.Invalid, key, shown ? $"'{Encoding.ASCII.GetString(value)}': {reason}" : reason);
    }

    private void Refuse(int errno, string? key, string reason)
    {
        if (Error is not null) return;
        Error = new UapiError(errno, _lines.Number, key, reason);
        _change?.Dispose();
        _change = null;
        _peer = null;
    }
}
