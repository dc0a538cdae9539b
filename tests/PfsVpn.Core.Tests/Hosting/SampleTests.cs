using System.Diagnostics;

namespace PfsVpn.Tests.Hosting;

/// <summary>The samples do what their first line says.</summary>
public sealed class SampleTests
{
    [Fact]
    public async Task A_packet_goes_through_the_sample_of_an_in_memory_tunnel()
    {
        var start = new ProcessStartInfo("dotnet") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "InMemoryTunnel.dll"));
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal("", await errors);
        Assert.StartsWith("Hello through the tunnel\npeer ", output, StringComparison.Ordinal);
        Assert.Equal(0, process.ExitCode);
    }
}
