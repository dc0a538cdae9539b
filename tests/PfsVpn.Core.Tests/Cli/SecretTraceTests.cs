using System.Diagnostics;
using System.Text;

namespace PfsVpn.Tests.Cli;

/// <summary>Keys that pass through the program leave no trace in its ordinary memory: it is stopped half-way and searched.</summary>
public sealed class SecretTraceTests
{
    private static readonly byte[] Secret = Convert.FromHexString(CannedDevices.Private);

    [WgTheory]
    [InlineData("set trace0 private-key KEYFILE peer PEER preshared-key KEYFILE")]
    [InlineData("setconf trace0 CONFIG")]
    [InlineData("addconf trace0 /dev/stdin")]
    [InlineData("syncconf trace0 CONFIG")]
    [InlineData("show trace0 dump")]
    [InlineData("showconf trace0")]
    public async Task A_key_is_found_nowhere_but_in_locked_memory(string words)
    {
        using var stage = new CliStage();
        var daemon = stage.Start("trace0", $"private_key={CannedDevices.Private}\n{CannedDevices.Peer(1, $"preshared_key={CannedDevices.Private}")}");
        daemon.Hold = new TaskCompletionSource();
        var key = Convert.ToBase64String(Secret);
        var config = $"[Interface]\nPrivateKey = {key}\n[Peer]\nPublicKey = {CannedDevices.Base64(1)}\nPresharedKey = {key}\n";
        words = words.Replace("KEYFILE", stage.WriteFile("key", key), StringComparison.Ordinal).Replace("CONFIG", stage.WriteFile("conf", config), StringComparison.Ordinal)
            .Replace("PEER", CannedDevices.Base64(1), StringComparison.Ordinal);
        var program = Path.Combine(AppContext.BaseDirectory, "pfsvpn");
        var start = new ProcessStartInfo("unshare", ["-m", "sh", "-c", $"mount --bind \"$0\" \"$(readlink -f /var/run)\" && exec {program} {words}", Path.GetDirectoryName(stage.ControlDirectory)!])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(config);
        process.StandardInput.Close();
        await daemon.Reached.Task;
        await Waiting(process.Id);

        Assert.Empty(ProcessMemory.Find(process.Id, Needles()));

        daemon.Hold.TrySetResult();
        await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
    }

    [WgFact]
    public async Task The_search_finds_what_is_there()
    {
        using var stage = new CliStage();
        using var process = Process.Start(new ProcessStartInfo("sh", ["-c", $"key={Convert.ToBase64String(Secret)}; echo; read line"])
            { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true })!;
        await process.StandardOutput.ReadLineAsync();
        Assert.Contains(ProcessMemory.Find(process.Id, Needles()), static place => place.StartsWith("base64 in ", StringComparison.Ordinal));
        process.StandardInput.Close();
        await process.WaitForExitAsync();
    }

    private static (string, byte[])[] Needles() => Needles(Secret);

    /// <summary>The forms of a key, each without its ends.</summary>
    internal static (string, byte[])[] Needles(byte[] secret) =>
    [
        ("the key", secret[8..24]),
        ("hex", Encoding.ASCII.GetBytes(Convert.ToHexStringLower(secret)[10..42])),
        ("base64", Encoding.ASCII.GetBytes(Convert.ToBase64String(secret)[10..34])),
        ("UTF-16 hex", Encoding.Unicode.GetBytes(Convert.ToHexStringLower(secret)[10..42])),
        ("UTF-16 base64", Encoding.Unicode.GetBytes(Convert.ToBase64String(secret)[10..34])),
    ];

    /// <summary>Returns when a process sleeps in a read of the socket, having taken what was sent; where the kernel does not tell in what, when it sleeps.</summary>
    internal static async Task Waiting(int process)
    {
        while (true)
        {
            var place = await File.ReadAllTextAsync($"/proc/{process}/wchan");
            if (place.Contains("unix_stream", StringComparison.Ordinal)) return;
            if (place is "" or "0" && (await File.ReadAllTextAsync($"/proc/{process}/task/{process}/stat")).Contains(") S ", StringComparison.Ordinal)) return;
            await Task.Delay(1);
        }
    }
}
