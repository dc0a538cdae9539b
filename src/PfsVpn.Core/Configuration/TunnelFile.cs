using PfsVpn.Packets;

namespace PfsVpn.Configuration;

/// <summary>
/// A tunnel's file as wg-quick and <c>pfsvpn up</c> read it: what the daemon gets (<see cref="WgConfig"/>), what the host gets (addresses, DNS, MTU, routes, hooks),
/// and the keys of PfsVpn behind <c>#!</c>. Owns the secrets in it.
/// </summary>
/// <remarks>References: wg-quick(8), wg(8). Threading: one thread at a time.</remarks>
internal sealed class TunnelFile : IDisposable
{
    internal TunnelFile(string path) => Path = path;

    /// <summary>The file, as the user gave it.</summary>
    public string Path { get; }

    /// <summary>What the daemon gets. Without a private key of its own where <see cref="PrivateKeySource"/> says where to find one.</summary>
    public WgConfig WgConfig { get; internal set; } = null!;

    /// <summary>Addresses of the interface, with a prefix length or not, as text.</summary>
    public List<string> Addresses { get; } = [];

    /// <summary>Addresses of name servers.</summary>
    public List<string> DnsServers { get; } = [];

    /// <summary>Search domains.</summary>
    public List<string> DnsSearch { get; } = [];

    /// <summary>The MTU in bytes, or null where it is found from the route.</summary>
    public int? Mtu { get; internal set; }

    /// <summary>The routing table: null or <c>auto</c>, <c>off</c>, a number or a name.</summary>
    public string? Table { get; internal set; }

    /// <summary>Commands before the interface is up, %i not replaced.</summary>
    public List<string> PreUp { get; } = [];

    /// <summary>Commands after it is up.</summary>
    public List<string> PostUp { get; } = [];

    /// <summary>Commands before it goes down.</summary>
    public List<string> PreDown { get; } = [];

    /// <summary>Commands after it went down.</summary>
    public List<string> PostDown { get; } = [];

    /// <summary>Whether taking the interface down writes its state into the file.</summary>
    public bool SaveConfig { get; internal set; }

    /// <summary>Whether packets may leave beside the tunnel.</summary>
    public KillSwitchMode KillSwitch { get; internal set; }

    /// <summary>Destinations that may be reached beside the tunnel in spite of the kill switch.</summary>
    public List<IpPrefix> KillSwitchAllow { get; } = [];

    /// <summary>The device that the daemon's sockets are bound to, or null.</summary>
    public string? BindDevice { get; internal set; }

    /// <summary>The addresses that the daemon's sockets are bound to, or null.</summary>
    public BindAddresses? BindAddresses { get; internal set; }

    /// <summary>Where the private key comes from if it does not stand in the file, or null.</summary>
    public TunnelKeySource? PrivateKeySource { get; internal set; }

    /// <summary>Whether the segment size of forwarded TCP connections is clamped.</summary>
    public bool MssClamp { get; internal set; }

    /// <summary>The segment size in bytes to clamp to, or null for what the path MTU allows.</summary>
    public int? MssClampSize { get; internal set; }

    /// <summary>Commands for /bin/sh when any peer is reached, %i not replaced.</summary>
    public List<string> OnConnect { get; } = [];

    /// <summary>Commands for /bin/sh when any peer is not reached any more, %i not replaced.</summary>
    public List<string> OnDisconnect { get; } = [];

    /// <summary>The peers, in the order of the file: those of <see cref="WgConfig"/>.</summary>
    public List<TunnelPeer> Peers { get; } = [];

    /// <summary>What the name of a file ends with, behind <c>.conf</c>, whose content only the system itself can read, on Windows.</summary>
    public const string ProtectedSuffix = ".dpapi";

    /// <summary>Characters of an interface's name: what Linux has room for, and what WireGuard for Windows takes.</summary>
    public static int LongestInterfaceName => OperatingSystem.IsWindows() ? 32 : 15;

    /// <summary>The interface that a file is for: its name without <c>.conf</c> or <c>.conf.dpapi</c>; null where that is no name for one.</summary>
    public static string? InterfaceOf(string path)
    {
        const string Suffix = ".conf";
        var name = System.IO.Path.GetFileName(path);
        if (name.EndsWith(Suffix + ProtectedSuffix, StringComparison.Ordinal)) name = name[..^ProtectedSuffix.Length];
        return name.EndsWith(Suffix, StringComparison.Ordinal) && IsInterfaceName(name[..^Suffix.Length]) ? name[..^Suffix.Length] : null;
    }

    /// <summary>Whether this is a name that wg-quick takes for an interface: 1 to 15 (on Windows 32) letters, digits or _=+.-</summary>
    public static bool IsInterfaceName(string name) => name.Length > 0 && name.Length <= LongestInterfaceName && name.All(static letter => char.IsAsciiLetterOrDigit(letter) || "_=+.-".Contains(letter, StringComparison.Ordinal))
        && !(OperatingSystem.IsWindows() && IsDeviceOfWindows(name));

    /// <summary>Whether Windows takes a file of this name for a device of old: CON, NUL, COM1 and the like, whatever comes behind a dot; or takes the dot at its end away.</summary>
    internal static bool IsDeviceOfWindows(string name)
    {
        var stem = name.Split('.')[0].ToUpperInvariant();
        return name[^1] == '.' || stem is "CON" or "PRN" or "AUX" or "NUL" || (stem.Length == 4 && char.IsAsciiDigit(stem[3]) && stem[..3] is "COM" or "LPT");
    }

    /// <summary>Erases the secrets that nobody has taken.</summary>
    public void Dispose() => WgConfig?.Dispose();
}
