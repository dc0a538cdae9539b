using System.Buffers;
using System.Text;
using PfsVpn.Crypto;
using PfsVpn.Packets;

namespace PfsVpn.Configuration;

/// <summary>Writes the answers of the control interface.</summary>
/// <remarks>
/// References: https://www.wireguard.com/xplatform/; the order of keys and what is left out are wireguard-go's.
/// Secrets go from their slots straight to the destination, which is locked memory. Nothing is allocated for a peer or an allowed IP but by its enumerator.
/// Threading: pure functions over the state, on the thread where it is valid.
/// </remarks>
internal static class UapiGetWriter
{
    /// <summary>Writes <paramref name="state"/> as the whole answer to <c>get=1</c>, <c>errno=0</c> and the blank line included.</summary>
    public static void Write(DeviceState state, IBufferWriter<byte> destination)
    {
        var output = new Output(destination);
        if (state.PrivateKey is { IsZero: false } privateKey) output.Key("private_key="u8, privateKey);
        if (state.ListenPort != 0) output.Number("listen_port="u8, state.ListenPort);
        if (state.FirewallMark != 0) output.Number("fwmark="u8, state.FirewallMark);
        if (state.BindDevice.Length != 0) output.Text("bind_device="u8, state.BindDevice);
        if (!state.BindAddresses.IsAny) output.Addresses("bind_address="u8, state.BindAddresses);
        WriteKeyLife(state.RekeyAfterSeconds, state.RekeyAfterBytes, ref output);
        foreach (var peer in state.Peers) WritePeer(peer, ref output);
        output.Text("errno=0\n\n"u8);
        output.Commit();
    }

    /// <summary>
    /// Writes the end of an answer, <c>errno=N</c> and a blank line. Where <paramref name="negative"/> is set a failure has a minus sign:
    /// <c>wg</c> reads the answer to a set as a negative number (as wireguard-go writes it), but the end of a get as a positive one.
    /// </summary>
    public static void WriteErrno(int errno, bool negative, IBufferWriter<byte> destination)
    {
        var output = new Output(destination);
        output.Number(negative && errno != 0 ? "errno=-"u8 : "errno="u8, (uint)errno);
        output.Text("\n"u8);
        output.Commit();
    }

    private static void WritePeer(PeerState peer, ref Output output)
    {
        output.Key("public_key="u8, peer.PublicKey);
        if (peer.PresharedKey is { } presharedKey) output.Key("preshared_key="u8, presharedKey);
        else output.Text("preshared_key=0000000000000000000000000000000000000000000000000000000000000000\n"u8);
        output.Text("protocol_version=1\n"u8);
        if (peer.Endpoint is { } endpoint) output.Endpoint(endpoint);
        output.Number("last_handshake_time_sec="u8, (ulong)(peer.LastHandshake.Ticks / TimeSpan.TicksPerSecond));
        output.Number("last_handshake_time_nsec="u8, (ulong)(peer.LastHandshake.Ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick));
        output.Number("tx_bytes="u8, peer.SentBytes);
        output.Number("rx_bytes="u8, peer.ReceivedBytes);
        output.Number("persistent_keepalive_interval="u8, peer.PersistentKeepalive);
        if (peer.Name.Length != 0) output.Text("name="u8, peer.Name);
        WriteKeyLife(peer.RekeyAfterSeconds, peer.RekeyAfterBytes, ref output);
        foreach (var prefix in peer.AllowedIps) output.AllowedIp(prefix);
    }

    /// <summary>Keys of our own: the stock <c>wg</c> skips what it does not know, and sees none of it where nothing is set.</summary>
    private static void WriteKeyLife(ushort seconds, ulong bytes, ref Output output)
    {
        if (seconds != 0) output.Number("rekey_after_time="u8, seconds);
        if (bytes != 0) output.Number("rekey_after_bytes="u8, bytes);
    }

    /// <summary>Lines into the free part of the destination; asks for more by the line, and in larger pieces the longer the answer gets.</summary>
    private ref struct Output(IBufferWriter<byte> destination)
    {
        private const int LongestLine = 128;
        private const int LargestPiece = 256 * 1024;

        private readonly IBufferWriter<byte> _destination = destination;
        private Span<byte> _free;
        private int _used;
        private long _total;

        public void Text(ReadOnlySpan<byte> text)
        {
            Reserve();
            text.CopyTo(_free[_used..]);
            _used += text.Length;
        }

        public void Text(ReadOnlySpan<byte> key, string value)
        {
            Text(key);
            _used += Encoding.UTF8.GetBytes(value, _free[_used..]);
            _free[_used++] = (byte)'\n';
        }

        public void Addresses(ReadOnlySpan<byte> key, in BindAddresses value)
        {
            Text(key);
            if (value.V4.Family != 0) _used += UapiText.FormatAddress(value.V4, _free[_used..]);
            if (value.V4.Family != 0 && value.V6.Family != 0) _free[_used++] = (byte)',';
            if (value.V6.Family != 0) _used += UapiText.FormatAddress(value.V6, _free[_used..]);
            _free[_used++] = (byte)'\n';
        }

        public void Number(ReadOnlySpan<byte> key, ulong value)
        {
            Text(key);
            _used += UapiText.FormatNumber(value, _free[_used..]);
            _free[_used++] = (byte)'\n';
        }

        public void Key(ReadOnlySpan<byte> key, SecretKey value)
        {
            Text(key);
            Hex(value.Bytes);
        }

        public void Key(ReadOnlySpan<byte> key, in PublicKey value)
        {
            Text(key);
            Span<byte> bytes = stackalloc byte[PublicKey.SizeInBytes];
            value.CopyTo(bytes);
            Hex(bytes);
        }

        public void Endpoint(in EndpointAddress endpoint)
        {
            Text("endpoint="u8);
            _used += UapiText.FormatEndpoint(endpoint, _free[_used..]);
            _free[_used++] = (byte)'\n';
        }

        public void AllowedIp(in IpPrefix prefix)
        {
            Text("allowed_ip="u8);
            _used += UapiText.FormatPrefix(prefix, _free[_used..]);
            _free[_used++] = (byte)'\n';
        }

        public void Commit()
        {
            _destination.Advance(_used);
            _total += _used;
            _free = [];
            _used = 0;
        }

        private void Hex(scoped ReadOnlySpan<byte> bytes)
        {
            KeyText.EncodeHex(bytes, _free.Slice(_used, KeyText.HexLength));
            _used += KeyText.HexLength;
            _free[_used++] = (byte)'\n';
        }

        private void Reserve()
        {
            if (_free.Length - _used >= LongestLine) return;
            if (_used > 0) Commit();
            _free = _destination.GetSpan((int)Math.Clamp(_total, LongestLine, LargestPiece));
        }
    }
}
