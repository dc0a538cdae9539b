using PfsVpn.Interop.Windows;

namespace PfsVpn.Interop;

/// <summary>From the system's name of an interface to its index.</summary>
/// <remarks>
/// References: if_nametoindex(3), Microsoft's page if_nametoindex. Sizes: a name has at most 15 bytes on Linux, 256 on Windows.
/// Threading: safe from any thread.
/// </remarks>
internal static unsafe class InterfaceNames
{
    private static int Longest => OperatingSystem.IsWindows() ? IpHlpApi.IF_NAMESIZE - 1 : 15;

    /// <summary>Whether a name has a length that the system's can have, and no zero within.</summary>
    public static bool IsPossible(ReadOnlySpan<byte> name) => name.Length > 0 && name.Length <= Longest && !name.Contains((byte)0);

    /// <summary>The index of the interface that has this name; 0 for none.</summary>
    public static uint IndexOf(ReadOnlySpan<byte> name)
    {
        if (!IsPossible(name)) return 0;
        var terminated = stackalloc byte[name.Length + 1];
        name.CopyTo(new Span<byte>(terminated, name.Length));
        terminated[name.Length] = 0;
        return OperatingSystem.IsWindows() ? IpHlpApi.if_nametoindex(terminated) : Libc.if_nametoindex(terminated);
    }
}
