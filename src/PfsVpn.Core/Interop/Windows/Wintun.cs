using System.Runtime.InteropServices;

namespace PfsVpn.Interop.Windows;

/// <summary>Wintun 0.14, a driver for tunnel adapters of layer 3, and the library in front of it: <c>wintun.h</c>, <c>wintun.dll</c>.</summary>
/// <remarks>
/// References: the README and wintun.h of Wintun 0.14.1 (wintun.net).
/// The library: the file of that name in the program's own folder and nowhere else, once it is seen to be the right one (<see cref="CheckedLibrary"/>). It brings the driver along
/// and installs it when the first adapter is made.
/// Errors: a function that fails returns null, 0 or false, and the last error says why (<see cref="Marshal.GetLastPInvokeError"/>). That error is not touched where it succeeds.
/// Threading: every function from any thread, but nothing may run in a session that is being ended, or with an adapter that is being closed.
/// </remarks>
internal static unsafe partial class Wintun
{
    private const string Library = "wintun.dll";
    private const string HashKey = "WintunSha256";
    private const string Remedy = "Take it out of wintun-0.14.1.zip of https://www.wintun.net (there it is bin\\amd64\\wintun.dll), and put it there.";

    static Wintun() => NativeLibraries.Register(Library, static () => CheckedLibrary.Load(Library, CheckedLibrary.CompiledHash(HashKey), Remedy));

    /// <summary>Loads and checks the library; functions that are called before do so themselves, and throw the same.</summary>
    /// <exception cref="DllNotFoundException">It is missing, or not the one that it should be. The message says what to do.</exception>
    public static void Load() => NativeLibraries.Load(Library);
}
