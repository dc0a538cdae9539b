using PfsVpn.Interop.Windows;

namespace PfsVpn.Daemon.Windows;

/// <summary>What Windows forbids a process for the rest of its life, where the process asks for it.</summary>
/// <remarks>
/// References: Microsoft's pages SetProcessMitigationPolicy and those of its structures. Two are left out because they cannot be: code that is made while the program runs (the runtime compiles), and libraries that Microsoft has not
/// signed (libsodium, wintun). A policy that this Windows does not know is refused, and then does not hold. Errors: none; <see cref="Holds"/> asks the system.
/// </remarks>
internal static unsafe class ProcessMitigations
{
    /// <summary>Each policy: its number, the bits of its one DWORD, and what it is for people.</summary>
    public static IReadOnlyList<(int Policy, uint Bits, string Name)> All { get; } =
    [
        // DisableExtensionPoints
        (Kernel32.ProcessExtensionPointDisablePolicy, 1, "no libraries of others by extension points"),
        // NoRemoteImages, NoLowMandatoryLabelImages, PreferSystem32Images
        (Kernel32.ProcessImageLoadPolicy, 7, "no libraries from other machines or of low integrity"),
        // RaiseExceptionOnInvalidHandleReference, HandleExceptionsPermanentlyEnabled
        (Kernel32.ProcessStrictHandleCheckPolicy, 3, "a wrong handle ends the process"),
        // DisableNonSystemFonts
        (Kernel32.ProcessFontDisablePolicy, 1, "no fonts of others"),
        // NoChildProcessCreation
        (Kernel32.ProcessChildProcessPolicy, 1, "no child processes"),
        // DisablePageCombine: pages with the same content are not made one, which others could measure.
        (Kernel32.ProcessSideChannelIsolationPolicy, 4, "no pages shared by their content"),
        // EnforceRedirectionTrust: junctions that a plain user made are not followed.
        (Kernel32.ProcessRedirectionTrustPolicy, 1, "no junctions of plain users followed"),
    ];

    /// <summary>Asks for all of them.</summary>
    public static void Apply()
    {
        foreach (var (policy, bits, _) in All)
        {
            var wanted = bits;
            _ = Kernel32.SetProcessMitigationPolicy(policy, &wanted, sizeof(uint));
        }
    }

    /// <summary>Whether all bits of a policy are in force.</summary>
    public static bool Holds(int policy, uint bits)
    {
        uint found = 0;
        return Kernel32.GetProcessMitigationPolicy(Kernel32.GetCurrentProcess(), policy, &found, sizeof(uint)) != 0 && (found & bits) == bits;
    }
}
