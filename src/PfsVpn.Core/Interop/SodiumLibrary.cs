using System.Runtime.InteropServices;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Interop;

/// <summary>The file of libsodium: found by the system's loader on Linux; on Windows libsodium.dll beside the program, which is checked first (<see cref="CheckedLibrary"/>).</summary>
/// <remarks>Threading: any.</remarks>
internal static class SodiumLibrary
{
    /// <summary>What LibraryImport calls it.</summary>
    public const string Name = "libsodium.so.23";

    private const string WindowsFile = "libsodium.dll", WindowsHashKey = "LibsodiumSha256";

    /// <summary>Loads it, where that has not been done.</summary>
    /// <exception cref="DllNotFoundException">It is missing, or not the one that it should be; the message says what to do.</exception>
    public static void Load()
    {
        NativeLibraries.Register(Name, Find);
        NativeLibraries.Load(Name);
    }

    private static nint Find()
    {
        if (OperatingSystem.IsWindows()) return CheckedLibrary.Load(WindowsFile, CheckedLibrary.CompiledHash(WindowsHashKey));
        foreach (var candidate in (ReadOnlySpan<string>)[Name, "libsodium.so.26", "libsodium.so"])
            if (NativeLibrary.TryLoad(candidate, typeof(SodiumLibrary).Assembly, DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories, out var handle)) return handle;
        throw new DllNotFoundException("libsodium is not installed: install the package libsodium23 (Debian, Ubuntu) or libsodium (Fedora, Arch, Alpine).");
    }
}
