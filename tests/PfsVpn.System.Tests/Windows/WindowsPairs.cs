using PfsVpn.SystemTests.Harness;

namespace PfsVpn.SystemTests.Windows;

/// <summary>Which implementations meet where one of them is the one for Windows. The left one starts the tunnel.</summary>
public static class WindowsPairs
{
    /// <summary>Windows on both ends, and against both Linux programs in both roles.</summary>
    public static TheoryData<Implementation, Implementation> All { get; } = new()
    {
        { Implementation.Windows, Implementation.Windows },
        { Implementation.Windows, Implementation.PfsVpn },
        { Implementation.PfsVpn, Implementation.Windows },
        { Implementation.Windows, Implementation.WireGuardGo },
        { Implementation.WireGuardGo, Implementation.Windows },
    };

    /// <summary>Ours, Windows against Linux in both roles.</summary>
    public static TheoryData<Implementation, Implementation> Ours { get; } = new()
    {
        { Implementation.Windows, Implementation.PfsVpn },
        { Implementation.PfsVpn, Implementation.Windows },
    };
}
