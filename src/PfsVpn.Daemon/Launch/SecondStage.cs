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
    private static readonly byte[][] KeptRuntimeVariables =
    [
        [.. "DOTNET_ROOT"u8], [.. "DOTNET_EnableHWIntrinsic"u8], [.. "DOTNET_EnableAVX"u8], [.. "DOTNET_EnableSSE"u8], [.. "DOTNET_EnableArm64"u8],
        [.. "DOTNET_PreferredVectorBitWidth"u8], [.. "DOTNET_Tiered"u8], [.. "DOTNET_TC_"u8], [.. "DOTNET_GCHeap"u8], [.. "DOTNET_GCgen0"u8], [.. "DOTNET_GCConserve"u8],
    ];

    private static readonly byte[][] RuntimeVariables =
    [
        [.. "DOTNET_"u8], [.. "COMPlus_"u8], [.. "CORECLR_"u8], [.. "COREHOST_"u8], [.. "LD_PRELOAD="u8], [.. "LD_AUDIT="u8], [.. "PFSVPND_"u8],
    ];

    /// <summary>Whether this process is the second stage.</summary>
    public static bool IsThisProcess => string.Equals(Environment.GetEnvironmentVariable(Mark), MarkValue, StringComparison.Ordinal);

    /// <summary>Where to report to, or null in the foreground.</summary>
    public static int? ReportTo =>
        int.TryParse(Environment.GetEnvironmentVariable(ReportDescriptor), NumberStyles.None, CultureInfo.InvariantCulture, out var descriptor) ? descriptor : null;

    /// <summary>The second stage's environment, made from this process's <paramref name="variables"/>.</summary>
    public static List<byte[]> EnvironmentFrom(List<byte[]> variables, int? reportTo)
    {
        var environment = new List<byte[]>(variables.Count + 3);
        foreach (var variable in variables)
        {
            if (IsPassedOn(variable)) environment.Add(variable);
        }
        environment.Add(Encoding.UTF8.GetBytes($"{Mark}={MarkValue}"));
        // The runtime's diagnostics ports let another process of the same user read and change this one; nothing but the environment turns them off.
        environment.Add([.. "DOTNET_EnableDiagnostics=0"u8]);
        if (reportTo is { } descriptor) environment.Add(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{ReportDescriptor}={descriptor}")));
        return environment;
    }

    private static bool IsPassedOn(ReadOnlySpan<byte> variable) => !StartsWithOneOf(variable, RuntimeVariables) || StartsWithOneOf(variable, KeptRuntimeVariables);

    private static bool StartsWithOneOf(ReadOnlySpan<byte> variable, byte[][] prefixes)
    {
        foreach (var prefix in prefixes)
        {
            if (variable.StartsWith(prefix)) return true;
        }
        return false;
    }
}
