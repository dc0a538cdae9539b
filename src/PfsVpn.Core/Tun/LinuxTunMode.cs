using PfsVpn.Interop;

namespace PfsVpn.Tun;

/// <summary>What a TUN and the system agreed on when it was opened.</summary>
/// <param name="HasHeaders">A virtio-net header stands before each packet.</param>
/// <param name="Tso">TCP super-packets may be read.</param>
/// <param name="Uso">UDP super-packets may be read.</param>
/// <param name="Gro">Super-packets may be written.</param>
internal readonly record struct LinuxTunMode(bool HasHeaders, bool Tso, bool Uso, bool Gro)
{
    private const uint TcpFeatures = Libc.TUN_F_CSUM | Libc.TUN_F_TSO4 | Libc.TUN_F_TSO6;
    private const uint UdpFeatures = Libc.TUN_F_USO4 | Libc.TUN_F_USO6;

    /// <summary>Whether the options need headers at all.</summary>
    public static bool WantsHeaders(TunOffloadOptions options) => options.Tso || options.Gro;

    /// <summary>Asks for the offloads, fewer each time that the system refuses.</summary>
    /// <remarks>TSO without checksums and USO4 without USO6 are refused by every kernel, USO by those before 6.2. Offloads belong to the device, not to a queue.</remarks>
    /// <exception cref="TunException">The size of the header cannot be set.</exception>
    public static unsafe LinuxTunMode Negotiate(int descriptor, bool hasHeaders, TunOffloadOptions options)
    {
        if (!hasHeaders) return default;
        var size = VirtioNetHeader.LengthInBytes;
        if (Libc.ioctl(descriptor, Libc.TUNSETVNETHDRSZ, &size) < 0) throw LinuxTunSetup.Failure("The size of the virtio-net header cannot be set");
        var ask = (features: 0u, tso: false, uso: false);
        if (options.Tso)
        {
            (uint, bool, bool)[] steps =
            [
                (TcpFeatures | Libc.TUN_F_TSO_ECN | UdpFeatures, true, true),
                (TcpFeatures | Libc.TUN_F_TSO_ECN, true, false),
                (TcpFeatures, true, false),
            ];
            foreach (var step in options.Uso ? steps : steps[1..])
            {
                ask = step;
                if (Libc.ioctl(descriptor, Libc.TUNSETOFFLOAD, (void*)ask.features) == 0) return new LinuxTunMode(true, ask.tso, ask.uso, options.Gro);
            }
        }
        // Also where nothing is wanted: a descriptor from elsewhere, or an interface that is persistent, may have been set before.
        _ = Libc.ioctl(descriptor, Libc.TUNSETOFFLOAD, null);
        return new LinuxTunMode(true, false, false, options.Gro);
    }
}
