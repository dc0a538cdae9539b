using PfsVpn.Hosting;

namespace PfsVpn.Tests.Architecture;

/// <summary>What applications can see of PfsVpn.Core changes deliberately only.</summary>
public sealed class PublicApiTests
{
    private static readonly string File = Path.Combine(SourceFile.Root, "tests/PfsVpn.Core.Tests/Architecture/PublicApi.txt");

    [Fact]
    public void The_public_surface_is_what_PublicApi_txt_says()
    {
        var written = System.IO.File.ReadAllLines(File);
        var found = PublicSurface.Of(typeof(Tunnel).Assembly).ToArray();
        var news = found.Except(written, StringComparer.Ordinal).Select(static line => "+ " + line);
        var gone = written.Except(found, StringComparer.Ordinal).Select(static line => "- " + line);
        var changes = news.Concat(gone).ToList();
        Assert.True(changes.Count == 0, "What applications see has changed. Make it internal, or, where it is meant, change PublicApi.txt as well:\n" + string.Join('\n', changes));
    }

    [Fact]
    public void An_application_needs_nothing_but_hosting_and_public_keys() =>
        Assert.All(typeof(Tunnel).Assembly.GetExportedTypes(), static type => Assert.True(type.Namespace == "PfsVpn.Hosting" || type.FullName == "PfsVpn.Crypto.PublicKey", type.FullName));
}
