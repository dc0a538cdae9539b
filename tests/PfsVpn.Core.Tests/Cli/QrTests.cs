using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace PfsVpn.Tests.Cli;

/// <summary>QR codes are read again by zbarimg: what a phone would get is what the file says.</summary>
public sealed partial class QrTests
{
    private static readonly string Content =
        $"[Interface]\nPrivateKey = {CannedDevices.Base64(1)}\nAddress = 10.3.4.2/32, fd12:3456:789a::2/128\nDNS = 10.3.4.1, corp.example\nMTU = 1380\n" +
        $"[Peer]\nPublicKey = {CannedDevices.Base64(2)}\nPresharedKey = {CannedDevices.Base64(3)}\nEndpoint = vpn.example.com:51820\nAllowedIPs = 0.0.0.0/0, ::/0\nPersistentKeepalive = 25\n";

    /// <summary>The same with all that the app does not know.</summary>
    private static readonly string Whole =
        "# For a phone\r\n" + Content.Replace("MTU = 1380\n", "mtu=1380 # small\n#! KillSwitch = on\nTable = off\nSaveConfig=true\nFwMark = 7\nPostUp = echo %i\n\n", StringComparison.Ordinal)
            .Replace("[Peer]\n", "[Peer]\n#! Name = server\n", StringComparison.Ordinal);

    [ProgramTheory("zbarimg")]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public void The_code_in_the_terminal_says_what_the_file_says(bool colours, bool invert)
    {
        using var stage = new CliStage { Terminal = (50, 100) };
        string[] words = ["qr", stage.WriteFile("phone.conf", Whole), .. invert ? ["--invert"] : Array.Empty<string>()];
        var run = colours ? stage.Cli(words) : stage.Cli(words, ("NO_COLOR", "1"));
        Assert.Equal((0, "Not in the code, for the app does not know it: #! KillSwitch, FwMark, PostUp, SaveConfig, Table\n"), (run.ExitCode, run.Error));
        Assert.Equal(colours, run.Output.Contains('\e', StringComparison.Ordinal));
        // With colours, inverted is a light code on a dark ground, which zbarimg does not read: it is turned round. Without, blocks are dark on a light terminal.
        Assert.Equal(colours && invert, run.Output.Contains("\e[38;5;16;48;5;231m", StringComparison.Ordinal));
        var lines = Ansi().Replace(run.Output, "").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(Content, Zbar.Read(Picture(stage, lines, blocksAreLight: colours || !invert)));
    }

    [ProgramFact("zbarimg")]
    public void A_picture_says_what_the_file_says_and_is_its_owners_alone()
    {
        using var stage = new CliStage();
        var (png, svg) = (stage.WriteFile("a.png", "x"), stage.WriteFile("a.svg", "x"));
        var file = stage.WriteFile("phone.conf", Whole);
        var refused = stage.Cli(["qr", file, "--png", png]);
        Assert.Equal((1, $"{png}: there is such a file; it is left as it is\n"), (refused.ExitCode, refused.Error));
        Assert.Equal("x", File.ReadAllText(png));
        Assert.Equal(0, stage.Cli(["qr", file, "--force", "--png", png, "--svg=" + svg]).ExitCode);
        Assert.Equal(Content, Zbar.Read(png));
        Assert.Equal(Content, Zbar.Read(Picture(stage, Rows(File.ReadAllText(svg)), blocksAreLight: false)));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(png) | File.GetUnixFileMode(svg));
        Assert.DoesNotContain(Directory.GetFiles(Path.GetDirectoryName(png)!), static path => Path.GetFileName(path).StartsWith('.'));
    }

    [WgFact]
    public void What_a_phone_gets_wg_takes()
    {
        if (ProgramFactAttribute.Missing("zbarimg") is not null) return;
        using var stage = new CliStage();
        var daemon = stage.Start("qr0");
        var png = Path.Combine(Path.GetDirectoryName(stage.WriteFile("phone.conf", Whole))!, "b.png");
        Assert.Equal(0, stage.Cli(["qr", stage.WriteFile("phone.conf", Whole), "--png", png]).ExitCode);
        var decoded = Zbar.Read(png).Split('\n').Where(static line => !line.StartsWith("Address", StringComparison.Ordinal) && !line.StartsWith("DNS", StringComparison.Ordinal)
            && !line.StartsWith("MTU", StringComparison.Ordinal) && !line.StartsWith("Endpoint", StringComparison.Ordinal));
        Assert.Equal(new RunResult(0, "", ""), stage.Wg(["setconf", "qr0", stage.WriteFile("decoded", string.Join('\n', decoded))]));
        var set = Assert.Single(daemon.Take());
        Assert.Contains(CannedDevices.Hex(1), set, StringComparison.Ordinal);
        Assert.Contains(CannedDevices.Hex(3), set, StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_a_code_is_refused_with_a_reason()
    {
        using var stage = new CliStage();
        string Error(string text)
        {
            var run = stage.Cli(["qr", stage.WriteFile("bad.conf", text)]);
            Assert.Equal((1, ""), (run.ExitCode, run.Output));
            return run.Error;
        }
        var many = string.Join(", ", Enumerable.Range(0, 300).Select(static i => $"10.{i / 256}.{i % 256}.0/24"));
        Assert.Contains("too large for a QR code: 4", Error(Content.Replace("0.0.0.0/0, ::/0", many, StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains("no PrivateKey in [Interface]", Error(Content.Replace("PrivateKey", "#! PrivateKeyFile", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains("no [Peer]", Error(Content[..Content.IndexOf("[Peer]", StringComparison.Ordinal)]), StringComparison.Ordinal);
        Assert.Contains("bad.conf:2: PrivateKey: not a key", Error(Content.Replace(CannedDevices.Base64(1), "secret", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains("No such file", stage.Cli(["qr", "nosuch"]).Error, StringComparison.Ordinal);
        Assert.Equal("/etc/wireguard/nosuch.conf: No such file or directory\n", stage.Cli(["qr", "nosuch"]).Error);
    }

    [Fact]
    public void A_terminal_that_is_too_small_is_said_to_be()
    {
        using var stage = new CliStage { Terminal = (24, 60) };
        Assert.Contains("The terminal has 60 columns and 24 lines", stage.Cli(["qr", stage.WriteFile("phone.conf", Content)]).Error, StringComparison.Ordinal);
    }

    /// <summary>Writes half blocks as a picture that zbarimg reads.</summary>
    private static string Picture(CliStage stage, string[] lines, bool blocksAreLight)
    {
        const int Scale = 4;
        var size = lines[0].Length;
        var pixels = new byte[size * Scale * size * Scale];
        for (var y = 0; y < size * Scale; y++)
        {
            for (var x = 0; x < size * Scale; x++)
            {
                var isUpper = y / Scale % 2 == 0;
                var isBlock = lines[y / Scale / 2][x / Scale] switch { '█' => true, '▀' => isUpper, '▄' => !isUpper, _ => false };
                pixels[(y * size * Scale) + x] = isBlock == blocksAreLight ? byte.MaxValue : (byte)0;
            }
        }
        return stage.WriteFile("terminal.pgm", [.. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"P5 {size * Scale} {size * Scale} 255\n")), .. pixels]);
    }

    /// <summary>The dark modules of an SVG picture as half blocks.</summary>
    private static string[] Rows(string svg)
    {
        var size = int.Parse(Regex.Match(svg, "viewBox=\"0 0 (?<size>[0-9]+)", RegexOptions.None, TimeSpan.FromSeconds(1)).Groups["size"].Value, CultureInfo.InvariantCulture);
        var dark = new bool[size + 1, size];
        foreach (Match run in Runs().Matches(svg))
        {
            var (x, y, length) = (Number(run, "x"), Number(run, "y"), Number(run, "length"));
            for (var i = 0; i < length; i++) dark[y, x + i] = true;
        }
        return [.. Enumerable.Range(0, (size + 1) / 2).Select(row => string.Concat(Enumerable.Range(0, size).Select(x => (dark[2 * row, x], dark[(2 * row) + 1, x]) switch
        {
            (true, true) => '█',
            (true, false) => '▀',
            (false, true) => '▄',
            _ => ' ',
        })))];
    }

    private static int Number(Match match, string group) => int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex("M(?<x>[0-9]+) (?<y>[0-9]+)h(?<length>[0-9]+)v1H", RegexOptions.None, 1000)]
    private static partial Regex Runs();

    [GeneratedRegex("\e\\[[0-9;]*m", RegexOptions.None, 1000)]
    private static partial Regex Ansi();
}
