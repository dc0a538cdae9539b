using System.Runtime.InteropServices;
using System.Text;
using PfsVpn.Daemon.Interop;

namespace PfsVpn.Daemon.Launch;

/// <summary>What execve needs: the program, its arguments and its environment, in native memory.</summary>
/// <remarks>
/// The arguments are the very bytes that this process was started with, so that <c>ps</c> shows what the user typed, and
/// <c>dotnet pfsvpnd.dll</c> is executed again as such.
/// Ownership: nothing is freed. The process is replaced, or ends as soon as its child is ready.
/// </remarks>
internal sealed unsafe class ProgramImage
{
    private ProgramImage(byte* path, byte** arguments, byte** environment)
    {
        Path = path;
        Arguments = arguments;
        Environment = environment;
    }

    public byte* Path { get; }

    public byte** Arguments { get; }

    public byte** Environment { get; }

    /// <summary>This program with this process's arguments, as the second stage that reports to <paramref name="reportTo"/>.</summary>
    /// <exception cref="StartException">/proc is not there.</exception>
    public static ProgramImage OfThisProcess(int? reportTo)
    {
        var path = System.Environment.ProcessPath ?? throw new StartException("the program's own path cannot be found; is /proc mounted?");
        return new ProgramImage(
            Native(Encoding.UTF8.GetBytes(path)),
            NativeList(ReadStrings("/proc/self/cmdline\0"u8)),
            NativeList(SecondStage.EnvironmentFrom(ReadStrings("/proc/self/environ\0"u8), reportTo)));
    }

    /// <summary>Another program with these arguments, its name not among them, in the environment of the second stage. Descriptors and messages of the service manager are not for it.</summary>
    /// <exception cref="StartException">/proc is not there.</exception>
    public static ProgramImage Of(string path, IEnumerable<string> arguments)
    {
        var environment = SecondStage.EnvironmentFrom(ReadStrings("/proc/self/environ\0"u8), reportTo: null);
        environment.RemoveAll(static variable => variable.AsSpan().StartsWith("NOTIFY_SOCKET="u8) || variable.AsSpan().StartsWith("WATCHDOG_"u8));
        return new ProgramImage(Native(Encoding.UTF8.GetBytes(path)), NativeList([.. arguments.Prepend(path).Select(Encoding.UTF8.GetBytes)]), NativeList(environment));
    }

    /// <summary>Becomes that program. Returns only where it fails, with the reason in <see cref="Errno.Last"/>.</summary>
    public void Execute() => _ = Libc.execve(Path, Arguments, Environment);

    private static List<byte[]> ReadStrings(ReadOnlySpan<byte> path)
    {
        var content = SmallFile.Read(path)
            ?? throw new StartException($"{Encoding.UTF8.GetString(path[..^1])} cannot be read ({Errno.Last}); is /proc mounted?");
        var strings = new List<byte[]>();
        for (var start = 0; start < content.Length;)
        {
            var length = content.AsSpan(start).IndexOf((byte)0);
            if (length < 0) length = content.Length - start;
            strings.Add(content[start..(start + length)]);
            start += length + 1;
        }
        return strings;
    }

    private static byte** NativeList(List<byte[]> strings)
    {
        var list = (byte**)NativeMemory.AllocZeroed((nuint)strings.Count + 1, (nuint)sizeof(byte*));
        for (var i = 0; i < strings.Count; i++) list[i] = Native(strings[i]);
        return list;
    }

    private static byte* Native(byte[] text)
    {
        var memory = (byte*)NativeMemory.AllocZeroed((nuint)text.Length + 1);
        text.CopyTo(new Span<byte>(memory, text.Length));
        return memory;
    }
}
