using System.Runtime.InteropServices;
using System.Text;

namespace PfsVpn.Cli;

/// <summary>What a process may do, and executing a program in its own place: <c>sys/capability.h</c>, <c>sys/prctl.h</c>, <c>unistd.h</c>.</summary>
/// <remarks>References: capabilities(7), prctl(2), capset(2), execv(3). Values are those of Linux.</remarks>
internal static unsafe partial class NativePrivilege
{
    private const string Library = "libc";
    private const int PR_CAPBSET_READ = 23, PR_CAPBSET_DROP = 24, PR_SET_NO_NEW_PRIVS = 38, PR_CAP_AMBIENT = 47, PR_CAP_AMBIENT_CLEAR_ALL = 4;
    private const uint LINUX_CAPABILITY_VERSION_3 = 0x20080522;

    /// <summary>Whether the calling thread could read all of these files without any capability. It has its capabilities back afterwards.</summary>
    public static bool CanReadWithoutCapabilities(params IEnumerable<string> paths)
    {
        var before = stackalloc CapabilityData[2];
        var without = stackalloc CapabilityData[2];
        var header = new CapabilityHeader { Version = LINUX_CAPABILITY_VERSION_3 };
        if (capget(&header, before) != 0) return false;
        without[0] = before[0] with { Effective = 0 };
        without[1] = before[1] with { Effective = 0 };
        if (capset(&header, without) != 0) return false;
        var all = paths.All(CanRead);
        _ = capset(&header, before);
        return all;
    }

    /// <summary>
    /// Takes all capabilities from the calling thread and from what it executes, and with no_new_privs every way to others. The bounding set goes where it may be changed; without
    /// it nothing is gained either, as no_new_privs is set.
    /// </summary>
    public static void GiveUpAll()
    {
        for (nuint number = 0; number < 64 && prctl(PR_CAPBSET_READ, number, 0, 0, 0) >= 0; number++) _ = prctl(PR_CAPBSET_DROP, number, 0, 0, 0);
        _ = prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
        var none = stackalloc CapabilityData[2];
        none[0] = none[1] = default;
        var header = new CapabilityHeader { Version = LINUX_CAPABILITY_VERSION_3 };
        _ = capset(&header, none);
        _ = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    }

    /// <summary>Sets a variable in the environment that <see cref="Execute"/> hands on. The framework's own copy does not see it.</summary>
    public static void SetVariable(string name, string value)
    {
        fixed (byte* key = NativeFile.Terminated(name))
        fixed (byte* text = NativeFile.Terminated(value)) _ = setenv(key, text, 1);
    }

    /// <summary>Becomes another program, in the environment of this process. Returns only where it fails, with the errno.</summary>
    public static int Execute(string path, IReadOnlyList<string> arguments)
    {
        // Never freed: the memory goes with the program.
        var list = (byte**)NativeMemory.AllocZeroed((nuint)arguments.Count + 1, (nuint)sizeof(byte*));
        for (var i = 0; i < arguments.Count; i++)
        {
            var length = Encoding.UTF8.GetByteCount(arguments[i]);
            list[i] = (byte*)NativeMemory.AllocZeroed((nuint)length + 1);
            Encoding.UTF8.GetBytes(arguments[i], new Span<byte>(list[i], length));
        }
        fixed (byte* program = NativeFile.Terminated(path)) _ = execv(program, list);
        return Marshal.GetLastPInvokeError();
    }

    private static bool CanRead(string path)
    {
        var descriptor = NativeFile.OpenForReading(path);
        if (descriptor < 0) return false;
        NativeFile.Close(descriptor);
        return true;
    }

    [LibraryImport(Library, SetLastError = true)]
    private static partial int capget(CapabilityHeader* header, CapabilityData* data);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int capset(CapabilityHeader* header, CapabilityData* data);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int prctl(int option, nuint argument2, nuint argument3, nuint argument4, nuint argument5);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int setenv(byte* name, byte* value, int overwrite);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int execv(byte* path, byte** arguments);

    /// <summary><c>struct __user_cap_header_struct</c>.</summary>
    private struct CapabilityHeader
    {
        public uint Version;
        public int Process;
    }

    /// <summary><c>struct __user_cap_data_struct</c>: of two, the second has the upper 32 numbers.</summary>
    private record struct CapabilityData(uint Effective, uint Permitted, uint Inheritable);
}
