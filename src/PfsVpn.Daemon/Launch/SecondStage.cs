using System.Globalization;
using System.Text;

namespace PfsVpn.Daemon.Launch;

/// <summary>What the first stage tells the second, all of it in the environment: settings of the runtime that only the environment can carry, and two marks.</summary>
internal static class SecondStage
{
    /// <summary>Marks the second stage.</summary>
    private const string Mark = "PFSVPND_STAGE";

    private const string MarkValue = "hardened";

    /// <summary>The descriptor on which the second stage reports, in the background only.</summary>
    private const string ReportDescriptor = "PFSVPND_READY_FD";

    /// <summary>
    /// Variables that change what the runtime or the loader of libraries do are not passed on: an agent that watches the process, or a profiler, has no place in one that holds
    /// keys. These few are: where .NET is, which instruction sets it may use, how it compiles and how much memory it takes.
    /// </summary>
    private static readonly string[] KeptRuntimeVariables =
    [
        "DOTNET_ROOT", "DOTNET_EnableHWIntrinsic", "DOTNET_EnableAVX", "DOTNET_EnableSSE", "DOTNET_EnableArm64", "DOTNET_PreferredVectorBitWidth",
        "DOTNET_Tiered", "DOTNET_TC_", "DOTNET_GCHeap", "DOTNET_GCgen0", "DOTNET_GCConserve",
    ];

    private static readonly string[] RuntimeVariables = ["DOTNET_", "COMPlus_", "CORECLR_", "COREHOST_", "LD_PRELOAD=", "LD_AUDIT=", "PFSVPND_"];

    /// <summary>Whether this process is the second stage.</summary>
    public static bool IsThisProcess => string.Equals(Environment.GetEnvironmentVariable(Mark), MarkValue, StringComparison.Ordinal);

    /// <summary>Where to report to, or null in the foreground.</summary>
    public static int? ReportTo =>
        int.TryParse(Environment.GetEnvironmentVariable(ReportDescriptor), NumberStyles.None, CultureInfo.InvariantCulture, out var descriptor) ? descriptor : null;

    /// <summary>The second stage's environment, made from this process's.</summary>
    public static IEnumerable<byte[]> EnvironmentFrom(IReadOnlyList<byte[]> variables, int? reportTo)
    {
        foreach (var variable in variables)
        {
            if (IsPassedOn(variable)) yield return variable;
        }
        yield return Encoding.UTF8.GetBytes($"{Mark}={MarkValue}");
        // The runtime's diagnostics ports let another process of the same user read and change this one; nothing but the environment turns them off.
        yield return "DOTNET_EnableDiagnostics=0"u8.ToArray();
        if (reportTo is { } descriptor) yield return Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{ReportDescriptor}={descriptor}"));
    }

    private static bool IsPassedOn(ReadOnlySpan<byte> variable) => !StartsWithOneOf(variable, RuntimeVariables) || StartsWithOneOf(variable, KeptRuntimeVariables);

    private static bool StartsWithOneOf(ReadOnlySpan<byte> variable, string[] prefixes)
    {
        foreach (var prefix in prefixes)
        {
            if (variable.StartsWith(Encoding.UTF8.GetBytes(prefix))) return true;
        }
        return false;
    }
}
