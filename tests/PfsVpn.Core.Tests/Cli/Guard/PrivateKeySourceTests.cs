using System.Text;
using PfsVpn.Cli;
using PfsVpn.Cli.Guard;
using PfsVpn.Cli.Input;
using PfsVpn.Cli.Output;
using PfsVpn.Cli.Tunnel;

namespace PfsVpn.Tests.Cli.Guard;

/// <summary>Private keys that do not stand in the tunnel's file.</summary>
public sealed class PrivateKeySourceTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pfsvpn-keys-").FullName;
    private readonly CliContext _context;

    public PrivateKeySourceTests()
    {
        File.WriteAllText(Path.Combine(_folder, "the.key"), CannedDevices.Base64(9) + "\n");
        _context = new CliContext
        {
            Output = new NoSink(),
            Error = TextWriter.Null,
            Environment = name => name == "CREDENTIALS_DIRECTORY" ? _folder : null,
        };
    }

    [Theory]
    [InlineData("PrivateKeyFile = the.key")]
    [InlineData("PrivateKeyCredential = the.key")]
    [InlineData("PrivateKeyCommand = cat FOLDER/the.key")]
    [InlineData("PrivateKeyCommand = test %i = ks0 && tr -d '\\n' < FOLDER/the.key")]
    public void The_key_is_fetched(string line)
    {
        using var file = Read(line);
        PrivateKeySource.Fill(Host, file);
        Assert.Equal(CannedDevices.Hex(9), Convert.ToHexStringLower(file.WgConfig.Change.PrivateKey!.Bytes));
        file.Dispose();
        Assert.Equal(0, _context.Arena.SlotsInUse);
    }

    [Theory]
    [InlineData("PrivateKeyFile = absent", "No such file or directory")]
    [InlineData("PrivateKeyCredential = a/b", "no slash")]
    [InlineData("PrivateKeyCommand = exit 3", "there is no key|exit code 3")]
    [InlineData("PrivateKeyCommand = cat FOLDER/the.key; exit 3", "exit code 3")]
    [InlineData("PrivateKeyCommand = true", "there is no key")]
    [InlineData("PrivateKeyCommand = echo nonsense", "not a key")]
    public void What_fails_says_where_and_leaves_no_key(string line, string reason)
    {
        using (var file = Read(line))
        {
            var failure = Assert.Throws<CliException>(() => PrivateKeySource.Fill(Host, file));
            Assert.StartsWith($"{file.Path}:2: {line.Split(' ')[0]}: ", failure.Message, StringComparison.Ordinal);
            Assert.Contains(reason.Split('|'), part => failure.Message.Contains(part, StringComparison.Ordinal));
        }
        Assert.Equal(0, _context.Arena.SlotsInUse);
    }

    public void Dispose()
    {
        _context.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private TunnelHost Host => new(_context, "ks0", dryRun: false);

    private PfsVpn.Configuration.TunnelFile Read(string line)
    {
        var path = Path.Combine(_folder, "ks0.conf");
        File.WriteAllText(path, $"[Interface]\n#! {line.Replace("FOLDER", _folder, StringComparison.Ordinal)}\n", new UTF8Encoding(false));
        return TunnelFileReader.Read(_context, path);
    }

    private sealed class NoSink : IByteSink
    {
        public void Write(ReadOnlySpan<byte> bytes) => throw new InvalidOperationException("Nothing was to be printed.");
    }
}
