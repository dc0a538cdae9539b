using System.Collections.Concurrent;
using System.Globalization;

namespace PfsVpn.SystemTests.Harness;

/// <summary>One run of the tests: gives names that no other run uses, and takes away what a crashed test of this run left.</summary>
/// <remarks>Control sockets of WireGuard lie in one folder for all network namespaces, so interface names must be unique on the machine too.</remarks>
public static class TestRun
{
    private static readonly ConcurrentDictionary<string, Action> Leftovers = new(StringComparer.Ordinal);
    private static int _names;

    /// <summary>Four letters or digits: those of PFSVPN_TEST_RUN, by which a script can clean up behind a run that was killed, else of chance.</summary>
    public static string Id { get; } = CreateId();

    /// <summary>A folder for files of this run, readable by root only.</summary>
    public static string Folder { get; } = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), "pfsvpn-system-" + Id), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute).FullName;

    /// <summary>A name for a network namespace.</summary>
    public static string NamespaceName(string role) => $"system-{Id}-{Next()}-{role}";

    /// <summary>A name for an interface, within the kernel's 15 characters.</summary>
    public static string InterfaceName() => $"sy{Id}{Next()}";

    /// <summary>A path for a new file of this run.</summary>
    public static string FilePath(string name) => Path.Combine(Folder, $"{Next()}-{name}");

    /// <summary>Registers what must be undone should the test not come to it.</summary>
    public static void Register(string key, Action undo) => Leftovers[key] = undo;

    /// <summary>It was undone.</summary>
    public static void Unregister(string key) => Leftovers.TryRemove(key, out _);

    private static string Next() => Interlocked.Increment(ref _names).ToString(CultureInfo.InvariantCulture);

    private static string CreateId()
    {
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Undo();
        if (Environment.GetEnvironmentVariable("PFSVPN_TEST_RUN") is { Length: 4 } given) return given;
        const string digits = "0123456789abcdefghijklmnopqrstuvwxyz";
        var value = (uint)HashCode.Combine(Environment.ProcessId, Environment.TickCount64);
        return string.Create(4, value, static (text, v) =>
        {
            for (var i = 0; i < text.Length; i++, v /= 36) text[i] = digits[(int)(v % 36)];
        });
    }

    private static void Undo()
    {
        foreach (var undo in Leftovers.Values)
        {
            try
            {
                undo();
            }
            catch (Exception e) when (e is IOException or InvalidOperationException or System.ComponentModel.Win32Exception)
            {
                Console.Error.WriteLine("clean-up: " + e.Message);
            }
        }
        if (Directory.Exists(Folder)) Directory.Delete(Folder, recursive: true);
    }
}
