using PfsVpn.SystemTests.Harness;

namespace PfsVpn.SystemTests.Watch;

/// <summary>A test that needs dbus-daemon. Without it, it is skipped: the same is tested against a bus of the test's own everywhere.</summary>
public sealed class BusFactAttribute : FactAttribute
{
    public BusFactAttribute() => Skip = Program is null ? "needs dbus-daemon (apt-get install dbus-daemon)" : null;

    /// <summary>Where it is, or null.</summary>
    public static string? Program { get; } = Requirements.Find("dbus-daemon");
}
