using System.Runtime.InteropServices;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Cli.Windows.Native;

/// <summary>What <see cref="View.NativeTerminal"/> is on Windows: the console, spoken to with the same sequences as a terminal.</summary>
/// <remarks>References: Microsoft's pages Console Virtual Terminal Sequences and SetConsoleMode. From Windows 10 1511.</remarks>
internal static unsafe class WindowsTerminal
{
    private const int Output = 1, StateSize = 4 * sizeof(uint);

    /// <summary>Modes of input and output and their code pages, to be set again; null where the descriptor is no console.</summary>
    public static byte[]? StateOf(int descriptor)
    {
        Span<uint> state = stackalloc uint[StateSize / sizeof(uint)];
        uint input, output = 0;
        if (Kernel32.GetConsoleMode(WindowsFile.Handle(descriptor), &input) == 0) return null;
        _ = Kernel32.GetConsoleMode(WindowsFile.Handle(Output), &output);
        (state[0], state[1], state[2], state[3]) = (input, output, Kernel32.GetConsoleCP(), Kernel32.GetConsoleOutputCP());
        return MemoryMarshal.AsBytes(state).ToArray();
    }

    /// <summary>Each key comes at once, as a terminal sends it, and is not echoed. Ctrl-C stays a signal.</summary>
    public static void SetRaw(int descriptor, ReadOnlySpan<byte> original)
    {
        var state = MemoryMarshal.Cast<byte, uint>(original);
        _ = Kernel32.SetConsoleCP(Kernel32.CP_UTF8);
        _ = Kernel32.SetConsoleOutputCP(Kernel32.CP_UTF8);
        _ = Kernel32.SetConsoleMode(WindowsFile.Handle(descriptor), RawInput(state[0]));
        _ = Kernel32.SetConsoleMode(WindowsFile.Handle(Output), state[1] | Kernel32.ENABLE_PROCESSED_OUTPUT | Kernel32.ENABLE_VIRTUAL_TERMINAL_PROCESSING);
    }

    /// <summary>Sets a state again; keys that nobody read are dropped.</summary>
    public static void Restore(int descriptor, ReadOnlySpan<byte> original)
    {
        var state = MemoryMarshal.Cast<byte, uint>(original);
        _ = Kernel32.FlushConsoleInputBuffer(WindowsFile.Handle(descriptor));
        _ = Kernel32.SetConsoleMode(WindowsFile.Handle(descriptor), state[0]);
        _ = Kernel32.SetConsoleMode(WindowsFile.Handle(Output), state[1]);
        _ = Kernel32.SetConsoleCP(state[2]);
        _ = Kernel32.SetConsoleOutputCP(state[3]);
    }

    /// <summary>Lets the console understand sequences for colours. False where it does not.</summary>
    public static bool TryEnableSequences(int descriptor)
    {
        uint mode;
        var handle = WindowsFile.Handle(descriptor);
        return Kernel32.GetConsoleMode(handle, &mode) != 0
            && ((mode & Kernel32.ENABLE_VIRTUAL_TERMINAL_PROCESSING) != 0 || Kernel32.SetConsoleMode(handle, mode | Kernel32.ENABLE_PROCESSED_OUTPUT | Kernel32.ENABLE_VIRTUAL_TERMINAL_PROCESSING) != 0);
    }

    /// <summary>Has the console take text as UTF-8, until the program ends.</summary>
    public static void UseUtf8()
    {
        var former = Kernel32.GetConsoleOutputCP();
        if (former is 0 or Kernel32.CP_UTF8 || Kernel32.SetConsoleOutputCP(Kernel32.CP_UTF8) == 0) return;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => _ = Kernel32.SetConsoleOutputCP(former);
    }

    /// <summary>The mode of input for single keys.</summary>
    internal static uint RawInput(uint mode) =>
        (mode & ~(Kernel32.ENABLE_LINE_INPUT | Kernel32.ENABLE_ECHO_INPUT | Kernel32.ENABLE_QUICK_EDIT_MODE)) | Kernel32.ENABLE_PROCESSED_INPUT | Kernel32.ENABLE_EXTENDED_FLAGS | Kernel32.ENABLE_VIRTUAL_TERMINAL_INPUT;
}
