using PfsVpn.Interop.Windows;
using PfsVpn.Packets;

namespace PfsVpn.Udp;

/// <summary>Opens UDP sockets on Windows.</summary>
/// <remarks>
/// Exclusiveness: a port is held alone (SO_EXCLUSIVEADDRUSE). A socket beside another on the same port and addresses therefore shares its channels. With other addresses it is bound
/// anew, which Windows allows from one address to another, and refuses from all addresses to one or back: then the port must change with them, or the interface go down between.
/// Receivers: one for each family, because Windows spreads a port's datagrams over no more sockets than one.
/// Threading: any.
/// </remarks>
internal sealed class WindowsUdpSocketFactory : IUdpSocketFactory
{
    /// <summary>How often another port is tried where the one that IPv4 was given is taken for IPv6.</summary>
    private const int MaxAttempts = 100;

    private readonly WindowsUdpSocketOptions _options;
    private readonly WindowsNetwork _network;

    /// <summary>Makes a factory; without options, for no tunnel, and with all offloads that the system has.</summary>
    public WindowsUdpSocketFactory(WindowsUdpSocketOptions? options = null)
    {
        _options = options ?? new WindowsUdpSocketOptions();
        _network = new WindowsNetwork(_options.TunnelLuid);
    }

    /// <inheritdoc/>
    /// <remarks>That of IPv4 first.</remarks>
    public int ReceiverCount => 2;

    /// <inheritdoc/>
    public UdpBatchSize BatchSize => WindowsIntake.BatchSize;

    /// <inheritdoc/>
    public IUdpSocket Open(UdpBinding binding, IUdpSocket? beside = null)
    {
        ArgumentNullException.ThrowIfNull(binding);
        var device = binding.Device.Length == 0 ? 0 : _network.IndexOf(binding.Device);
        if (binding.Device.Length != 0 && device == 0) throw WindowsBindError.NoDevice(binding);
        if (beside is WindowsUdpSocket present && IsSamePlace(present.Binding, binding) && present.TryShare(out var v4, out var v6))
            return new WindowsUdpSocket(v4, v6, _network, binding, device);
        return OpenAnew(binding, device);
    }

    private static bool IsSamePlace(UdpBinding present, UdpBinding wanted) => present.Port == wanted.Port && present.Addresses == wanted.Addresses;

    private WindowsUdpSocket OpenAnew(UdpBinding binding, uint device)
    {
        for (var attempt = 1; ; attempt++)
        {
            var port = binding.Port;
            var (v4Error, v6Error) = (WinsockError.WSAEAFNOSUPPORT, WinsockError.WSAEAFNOSUPPORT);
            WindowsUdpChannel? v4 = null, v6 = null;
            if (binding.Addresses.WantsV4) v4Error = WindowsUdpOpener.Open(isV4: true, binding.Addresses.V4, ref port, _options, out v4);
            if (v4Error != 0 && !IsMissingFamily(v4Error, binding.Addresses.V4)) throw WindowsBindError.From(binding, v4Error);
            if (binding.Addresses.WantsV6) v6Error = WindowsUdpOpener.Open(isV4: false, binding.Addresses.V6, ref port, _options, out v6);
            if (v6Error == 0 || IsMissingFamily(v6Error, binding.Addresses.V6))
            {
                if (v4 is null && v6 is null) throw WindowsBindError.From(binding, v4Error);
                return new WindowsUdpSocket(v4, v6, _network, binding with { Port = port }, device);
            }
            v4?.Release();
            if (!WindowsBindError.IsTaken(v6Error) || binding.Port != 0 || attempt == MaxAttempts) throw WindowsBindError.From(binding, v6Error);
        }
    }

    /// <summary>Whether an error says that the host does not have the family. Where an address is asked for, it is to be had.</summary>
    private static bool IsMissingFamily(int error, in IpAddress wanted) =>
        wanted.Family == 0 && error is WinsockError.WSAEAFNOSUPPORT or WinsockError.WSAEPROTONOSUPPORT or WinsockError.WSAEADDRNOTAVAIL or WinsockError.WSAENOPROTOOPT;
}
