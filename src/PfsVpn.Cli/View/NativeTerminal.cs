using System.Runtime.InteropServices;
using PfsVpn.Cli.Windows.Native;

namespace PfsVpn.Cli.View;

/// <summary>How a terminal treats what is typed: <c>termios.h</c>, and the signal that stops a process.</summary>
/// <remarks>References: termios(3), sigaction(2), raise(3). The layout of <c>struct termios</c> and its values are those of Linux on x86-64 and ARM64, glibc and musl alike.</remarks>
internal static unsafe partial class NativeTerminal
{
    private const string Library = "libc";
    private const int SIGTSTP = 20;
    private const int TCSADRAIN = 1, TCSAFLUSH = 2;
    private const uint ICANON = 2, ECHO = 8, IEXTEN = 0x8000, IXON = 0x400;
    private const int InputFlags = 0, LocalFlags = 12, ControlCharacters = 17, VTIME = 5, VMIN = 6;

    /// <summary>152 bytes of <c>struct sigaction</c>, and room for what a library may add.</summary>
    private const int SigactionSize = 256;

    /// <summary>60 bytes, and room for what a library may add.</summary>
    private const int TermiosSize = 128;

    /// <summary>The state of a terminal, to be set again; null where the descriptor is none.</summary>
    public static byte[]? StateOf(int descriptor)
    {
        if (OperatingSystem.IsWindows()) return WindowsTerminal.StateOf(descriptor);
        var state = new byte[TermiosSize];
        fixed (byte* start = state) return tcgetattr(descriptor, start) == 0 ? state : null;
    }

    /// <summary>Each key comes at once and is not echoed, Ctrl-S and Ctrl-Q included. Ctrl-C and Ctrl-Z stay signals.</summary>
    public static void SetRaw(int descriptor, ReadOnlySpan<byte> original)
    {
        if (OperatingSystem.IsWindows())
        {
            WindowsTerminal.SetRaw(descriptor, original);
            return;
        }
        Span<byte> state = stackalloc byte[TermiosSize];
        original.CopyTo(state);
        ref var input = ref MemoryMarshal.AsRef<uint>(state[InputFlags..]);
        ref var local = ref MemoryMarshal.AsRef<uint>(state[LocalFlags..]);
        input &= ~IXON;
        local &= ~(ICANON | ECHO | IEXTEN);
        state[ControlCharacters + VMIN] = 1;
        state[ControlCharacters + VTIME] = 0;
        fixed (byte* start = state) _ = tcsetattr(descriptor, TCSADRAIN, start);
    }

    /// <summary>Sets a state again; keys that nobody read are dropped, so that the shell does not get them.</summary>
    public static void Restore(int descriptor, ReadOnlySpan<byte> original)
    {
        if (OperatingSystem.IsWindows())
        {
            WindowsTerminal.Restore(descriptor, original);
            return;
        }
        fixed (byte* start = original) _ = tcsetattr(descriptor, TCSAFLUSH, start);
    }

    /// <summary>
    /// Stops this process until it is continued, as Ctrl-Z does it to a program that does not care: by the signal's own action, so that the kernel refuses where
    /// there is no shell that could continue it.
    /// </summary>
    public static void StopSelf()
    {
        // All zeros is SIG_DFL without flags and mask.
        var standard = stackalloc byte[SigactionSize];
        var own = stackalloc byte[SigactionSize];
        new Span<byte>(standard, SigactionSize).Clear();
        if (sigaction(SIGTSTP, standard, own) != 0) return;
        _ = raise(SIGTSTP);
        _ = sigaction(SIGTSTP, own, null);
    }

    [LibraryImport(Library, SetLastError = true)]
    private static partial int tcgetattr(int descriptor, byte* state);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int tcsetattr(int descriptor, int when, byte* state);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int sigaction(int signal, byte* action, byte* former);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int raise(int signal);
}
