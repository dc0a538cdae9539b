using System.Diagnostics;
using System.Globalization;
using PfsVpn.Crypto;
using PfsVpn.Runtime;
using PfsVpn.Tests.Cli;

namespace PfsVpn.Tests.Configuration;

/// <summary>A private key that came in over the socket, and went out again, is searched for in the whole memory of this process.</summary>
public sealed class UapiSecrecyTests
{
    [WgFact]
    public async Task A_key_that_came_and_went_is_nowhere_in_the_process_as_text()
    {
        var name = $"uapis{Environment.ProcessId}";
        using var server = new UapiTestServer(directory: ControlSocketServer.DefaultDirectory, name: name);
        // Other processes make the key and speak to the server: this one sees it only where the server puts it.
        var file = Path.Combine(Directory.CreateTempSubdirectory("uapi").FullName, "key");
        for (var round = 0; round < 3; round++)
        {
            await RunAsync($"umask 077; wg genkey > {file}");
            await RunAsync($"wg set {name} private-key {file} peer $(wg genkey | wg pubkey) preshared-key {file} allowed-ips 10.0.0.{round}/32");
            await RunAsync($"wg show {name} dump | grep -q -F -f {file}");
        }
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
        using var wanted = new LockedBlock(KeyText.HexLength);
        KeyText.EncodeHex(server.Device.PrivateKey!.Bytes, wanted.Span[..KeyText.HexLength]);
        Assert.Equal(["the copy of this test"], Search(wanted, KeyText.HexLength));

        // As the characters of a managed string.
        using var wide = new LockedBlock(2 * KeyText.HexLength);
        for (var i = 0; i < KeyText.HexLength; i++) wide.Span[2 * i] = wanted.Span[i];
        Assert.Equal(["the copy of this test"], Search(wide, 2 * KeyText.HexLength));

        // The pool's blocks are locked memory that can be searched; so is the search itself shown to work.
        var block = server.Server.Pool.Rent();
        wanted.Span[..KeyText.HexLength].CopyTo(block.Memory.Span[100..]);
        Assert.Equal(2, Search(wanted, KeyText.HexLength).Count);
        block.Dispose();
    }

    /// <summary>Every place in readable memory that holds the first bytes of <paramref name="wanted"/>. What is read goes to locked memory, and that is left out.</summary>
    private static unsafe List<string> Search(LockedBlock wanted, int length)
    {
        using var window = new LockedBlock(1024 * 1024);
        using var memory = File.OpenHandle("/proc/self/mem");
        var text = wanted.Span[..length];
        var found = new HashSet<string>(StringComparer.Ordinal);
        foreach (var line in File.ReadAllLines("/proc/self/maps"))
        {
            var fields = line.Split([' ', '-'], 4);
            // The highest addresses are the kernel's.
            if (!fields[2].StartsWith('r') || fields[0].Length > 12) continue;
            var end = long.Parse(fields[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            for (var at = long.Parse(fields[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture); at < end; at += window.Length - text.Length)
            {
                if (at < (nint)window.Pointer + window.Length && (nint)window.Pointer < at + window.Length) continue;
                var read = Read(memory, window.Span[..(int)Math.Min(window.Length, end - at)], at);
                for (var from = 0; read[from..].IndexOf(text) is >= 0 and var index; from += index + 1)
                    found.Add(at + from + index == (nint)wanted.Pointer ? "the copy of this test" : line);
            }
        }
        return [.. found];
    }

    private static ReadOnlySpan<byte> Read(Microsoft.Win32.SafeHandles.SafeFileHandle memory, Span<byte> window, long at)
    {
        try
        {
            return window[..RandomAccess.Read(memory, window, at)];
        }
        catch (IOException)
        {
            // Memory that only its owner may read, such as memfd_secret.
            return default;
        }
    }

    private static async Task RunAsync(string command)
    {
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", command]) { UseShellExecute = false, RedirectStandardError = true })!;
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal("", errors);
        Assert.Equal(0, process.ExitCode);
    }
}
