namespace PfsVpn.SystemTests.Harness;

/// <summary>What the machine must have for these tests. Without it a test is skipped, saying why; where CI is set it fails instead.</summary>
public static class Requirements
{
    private static readonly string[] Programs = ["ip", "nsenter", "nft", "wg", "wg-quick", "sysctl"];

    /// <summary>Why the tests cannot run here, or null.</summary>
    public static string? Missing { get; } = Look();

    /// <summary>True on a machine where nothing may be skipped.</summary>
    public static bool MustRun => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI"));

    /// <summary>The reason to skip, or null where the test is to run (and to fail, if it must).</summary>
    public static string? Skip(params string?[] more)
    {
        var reasons = more.Prepend(Missing).Where(reason => reason is not null).ToArray();
        return reasons.Length == 0 || MustRun ? null : string.Join("; ", reasons);
    }

    /// <summary>Throws where something is missing: so a test that must run says what it lacks.</summary>
    public static void Demand()
    {
        if (Missing is not null) throw new InvalidOperationException("These tests must run because CI is set, but cannot: " + Missing);
    }

    /// <summary>Finds a program in PATH and in the folders where Debian keeps those of root.</summary>
    public static string? Find(string program)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Concat(["/usr/sbin", "/sbin", "/usr/bin", "/bin"]);
        return folders.Where(folder => folder.Length > 0).Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
    }

    private static string? Look()
    {
        if (!OperatingSystem.IsLinux()) return "they need Linux";
        if (!Environment.IsPrivilegedProcess) return "they need root (network namespaces and TUN)";
        if (!File.Exists("/dev/net/tun")) return "they need /dev/net/tun (modprobe tun)";
        var absent = Programs.Where(program => Find(program) is null).ToArray();
        return absent.Length == 0 ? null : "missing programs: " + string.Join(", ", absent) + " (test.sh installs them)";
    }
}
