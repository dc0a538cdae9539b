using System.Buffers.Text;
using System.Globalization;
using System.Text;
using PfsVpn.Cli.Input;
using PfsVpn.Configuration;
using PfsVpn.Crypto;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Control;

/// <summary>Asks a device for its state (<c>get=1</c>) and reads the answer.</summary>
/// <remarks>References: https://www.wireguard.com/xplatform/. Keys that are not known are skipped: newer daemons may say more.</remarks>
internal sealed class DeviceReader
{
    private readonly SecretArena? _arena;
    private readonly RunningDevice _device;
    private RunningPeer? _peer;
    private int _errno = -1;

    private DeviceReader(SecretArena? arena, RunningDevice device)
    {
        _arena = arena;
        _device = device;
    }

    /// <summary>The state of an interface, which the caller disposes.</summary>
    /// <exception cref="ControlException">The interface cannot be reached, or answers with an error or nonsense.</exception>
    public static RunningDevice Read(CliContext context, string name) => Read(context, name, context.Arena);

    /// <summary>The same without its secrets, which are read over: they are never out of the locked memory that the answer came into. Any thread.</summary>
    /// <exception cref="ControlException">The interface cannot be reached, or answers with an error or nonsense.</exception>
    public static RunningDevice ReadWithoutSecrets(CliContext context, string name) => Read(context, name, null);

    private static RunningDevice Read(CliContext context, string name, SecretArena? arena)
    {
        using var socket = ControlSocket.Open(context.ControlDirectory, name);
        socket.Write("get=1\n\n"u8);
        var device = new RunningDevice(name);
        try
        {
            new DeviceReader(arena, device).Read(socket);
            return device;
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }

    private void Read(ControlSocket socket)
    {
        using var lines = new LockedLineReader(socket.Descriptor, static errno => new ControlException(errno));
        var number = 0;
        while (lines.TryRead(out var line, out var terminated))
        {
            number++;
            if (line.IsEmpty)
            {
                if (_errno > 0) throw new ControlException(_errno);
                if (_errno < 0) throw Nonsense(number, "no errno");
                return;
            }
            var equals = line.IndexOf((byte)'=');
            if (!terminated || equals < 0) throw Nonsense(number, "not key=value");
            if (!TryTake(line[..equals], line[(equals + 1)..])) throw Nonsense(number, WgConfigValues.Echo(line[..equals]));
        }
        throw Nonsense(number, "ends too early");
    }

    private static ControlException Nonsense(int line, string what) =>
        new(NativeFile.EPROTO, $"line {line.ToString(CultureInfo.InvariantCulture)} of the daemon's answer is malformed ({what})");

    private bool TryTake(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (key.SequenceEqual("public_key"u8)) return TryBeginPeer(value);
        if (key.SequenceEqual("errno"u8)) return ErrnoText.TryParse(value, out _errno);
        return _peer is null ? TryTakeOfDevice(key, value) : TryTakeOfPeer(_peer, key, value);
    }

    private bool TryTakeOfDevice(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (key.SequenceEqual("private_key"u8))
        {
            if (_arena is null) return true;
            var privateKey = _device.PrivateKey ??= _arena.Allocate();
            if (!KeyText.TryDecodeHex(value, privateKey.Bytes)) return false;
            _device.PublicKey = X25519.ComputePublicKey(privateKey);
            StackScrubber.ScrubHandshake();
            return true;
        }
        if (key.SequenceEqual("listen_port"u8))
        {
            if (!TryNumber(value, ushort.MaxValue, out int port)) return false;
            _device.ListenPort = (ushort)port;
        }
        else if (key.SequenceEqual("fwmark"u8))
        {
            if (!TryNumber(value, uint.MaxValue, out ulong mark)) return false;
            _device.FirewallMark = (uint)mark;
        }
        else if (key.SequenceEqual("bind_device"u8))
        {
            if (!BindText.TryParseDevice(value, out var device)) return false;
            _device.BindDevice = device;
        }
        else if (key.SequenceEqual("bind_address"u8))
        {
            if (!BindText.TryParseAddresses(value, out var addresses)) return false;
            _device.BindAddresses = addresses;
        }
        else if (key.SequenceEqual("rekey_after_time"u8))
        {
            if (!TryNumber(value, ushort.MaxValue, out int seconds)) return false;
            _device.RekeyAfterSeconds = (ushort)seconds;
        }
        else if (key.SequenceEqual("rekey_after_bytes"u8))
        {
            if (!TryNumber(value, ulong.MaxValue, out ulong bytes)) return false;
            _device.RekeyAfterBytes = bytes;
        }
        return true;
    }

    private bool TryBeginPeer(ReadOnlySpan<byte> value)
    {
        Span<byte> key = stackalloc byte[PublicKey.SizeInBytes];
        if (!KeyText.TryDecodeHex(value, key)) return false;
        _peer = new RunningPeer(new PublicKey(key));
        _device.Peers.Add(_peer);
        return true;
    }

    private bool TryTakeOfPeer(RunningPeer peer, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (key.SequenceEqual("allowed_ip"u8)) return TryAddAllowedIp(peer, value);
        if (key.SequenceEqual("preshared_key"u8)) return TryTakePresharedKey(peer, value);
        if (key.SequenceEqual("endpoint"u8)) return TryTakeEndpoint(peer, value);
        if (key.SequenceEqual("name"u8)) return TryTakeName(peer, value);
        ulong number;
        if (key.SequenceEqual("last_handshake_time_sec"u8))
        {
            if (!TryNumber(value, long.MaxValue, out number)) return false;
            peer.LastHandshakeSeconds = (long)number;
        }
        else if (key.SequenceEqual("last_handshake_time_nsec"u8))
        {
            if (!TryNumber(value, long.MaxValue, out number)) return false;
            peer.LastHandshakeNanoseconds = (long)number;
        }
        else if (key.SequenceEqual("rx_bytes"u8))
        {
            if (!TryNumber(value, ulong.MaxValue, out number)) return false;
            peer.ReceivedBytes = number;
        }
        else if (key.SequenceEqual("tx_bytes"u8))
        {
            if (!TryNumber(value, ulong.MaxValue, out number)) return false;
            peer.SentBytes = number;
        }
        else if (key.SequenceEqual("persistent_keepalive_interval"u8))
        {
            if (!TryNumber(value, ushort.MaxValue, out number)) return false;
            peer.PersistentKeepalive = (ushort)number;
        }
        else if (key.SequenceEqual("rekey_after_time"u8))
        {
            if (!TryNumber(value, ushort.MaxValue, out number)) return false;
            peer.RekeyAfterSeconds = (ushort)number;
        }
        else if (key.SequenceEqual("rekey_after_bytes"u8))
        {
            if (!TryNumber(value, ulong.MaxValue, out number)) return false;
            peer.RekeyAfterBytes = number;
        }
        return true;
    }

    private bool TryTakePresharedKey(RunningPeer peer, ReadOnlySpan<byte> value)
    {
        // Daemons write all zeros for none: that must not take a slot of each peer.
        if (_arena is null || (value.Length == KeyText.HexLength && !value.ContainsAnyExcept((byte)'0'))) return true;
        peer.PresharedKey ??= _arena.Allocate();
        return KeyText.TryDecodeHex(value, peer.PresharedKey.Bytes);
    }

    private static bool TryTakeName(RunningPeer peer, ReadOnlySpan<byte> value)
    {
        if (!PeerName.TryParse(value, out var name)) return false;
        peer.Name = name;
        return true;
    }

    private static bool TryAddAllowedIp(RunningPeer peer, ReadOnlySpan<byte> value)
    {
        var slash = value.IndexOf((byte)'/');
        if (slash < 0 || !WgConfigAddress.TryParse(value[..slash], out var address)) return false;
        if (!TryNumber(value[(slash + 1)..], (ulong)address.BitLength, out int length)) return false;
        peer.AllowedIps.Add(new RunningPrefix(address, (byte)length));
        return true;
    }

    /// <summary>Takes an endpoint in <c>wg</c>'s form. One with a scope is kept as the daemon wrote it: the interface may be in another namespace.</summary>
    private static bool TryTakeEndpoint(RunningPeer peer, ReadOnlySpan<byte> value)
    {
        (string Host, string Port) unusual;
        EndpointAddress? address;
        try
        {
            unusual = WgConfigValues.ParseEndpoint(value, out address);
        }
        catch (FormatException)
        {
            return false;
        }
        if (address is { } plain)
        {
            peer.Endpoint = NativeResolver.Format(plain);
            return true;
        }
        var percent = unusual.Host.IndexOf('%', StringComparison.Ordinal);
        if (percent < 0 || !IpAddress.TryParse(unusual.Host.AsSpan(0, percent), out var scoped) || scoped.IsV4) return false;
        peer.Endpoint = uint.TryParse(unusual.Host.AsSpan(percent + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var scope)
            && ushort.TryParse(unusual.Port, NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            ? NativeResolver.Format(new EndpointAddress(scoped, port, scope))
            : Encoding.UTF8.GetString(value);
        return true;
    }

    private static bool TryNumber(ReadOnlySpan<byte> value, ulong largest, out int number)
    {
        var valid = TryNumber(value, largest, out ulong parsed);
        number = (int)parsed;
        return valid;
    }

    private static bool TryNumber(ReadOnlySpan<byte> value, ulong largest, out ulong number)
    {
        number = 0;
        return !value.IsEmpty && !value.ContainsAnyExceptInRange((byte)'0', (byte)'9')
            && Utf8Parser.TryParse(value, out number, out var consumed) && consumed == value.Length && number <= largest;
    }
}
