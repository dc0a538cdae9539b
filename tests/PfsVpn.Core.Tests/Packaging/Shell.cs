using System.Diagnostics;

namespace PfsVpn.Tests.Packaging;

/// <summary>Runs programs of the machine.</summary>
internal static class Shell
{
    /// <summary>Runs a program, with a folder before all others in PATH, and returns what it printed. It must succeed and say nothing of errors.</summary>
    public static string Run(string program, params string[] arguments) => RunWith(null, program, arguments);

    /// <inheritdoc cref="Run"/>
    public static string RunWith(string? folder, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        if (folder is not null) start.Environment["PATH"] = folder + ":" + Environment.GetEnvironmentVariable("PATH");
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal((0, ""), (process.ExitCode, error.GetAwaiter().GetResult()));
        return output;
    }

    /// <summary>Whether the machine has a program.</summary>
    public static bool Has(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, program)));
}
