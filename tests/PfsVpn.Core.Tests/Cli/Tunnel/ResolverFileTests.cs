using PfsVpn.Cli.Tunnel;

namespace PfsVpn.Tests.Cli.Tunnel;

/// <summary>The resolver's file is never lost.</summary>
public sealed class ResolverFileTests : IDisposable
{
    private const string Former = "# mine\nnameserver 192.0.2.53\noptions edns0", Ours = "nameserver 10.0.0.53\nsearch lab\n";
    private readonly TunnelWorld _world = new();
    private readonly List<string> _said = [];

    private string FilePath => _world.Context.ResolverFile;

    [Fact]
    public void The_new_file_says_who_wrote_it_and_how_to_get_the_former_one_back()
    {
        File.WriteAllText(FilePath, Former);
        Open("wg0").Replace(Ours);
        var text = File.ReadAllText(FilePath);
        Assert.StartsWith("# Written by pfsvpn for the tunnel wg0.\n# `pfsvpn down wg0' puts back what was here before", text, StringComparison.Ordinal);
        Assert.Equal(["nameserver 10.0.0.53", "search lab"], text.Split('\n').Where(static line => line.Length != 0 && line[0] != '#'));
    }

    [Fact]
    public void The_former_file_comes_back_byte_for_byte_and_with_its_mode()
    {
        File.WriteAllText(FilePath, Former);
        File.SetUnixFileMode(FilePath, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Open("wg0").Replace(Ours);
        Assert.NotEqual(UnixFileMode.None, File.GetUnixFileMode(FilePath) & UnixFileMode.OtherRead);
        Open("wg0").Restore();
        Assert.Equal(Former, File.ReadAllText(FilePath));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(FilePath));
        NothingElse();
    }

    [Fact]
    public void A_link_comes_back_as_a_link_and_its_target_is_not_touched()
    {
        var target = _world.Write("stub.conf", Former);
        File.CreateSymbolicLink(FilePath, "stub.conf");
        Open("wg0").Replace(Ours);
        Assert.Null(new FileInfo(FilePath).LinkTarget);
        Assert.Equal(Former, File.ReadAllText(target));
        Open("wg0").Restore();
        Assert.Equal("stub.conf", new FileInfo(FilePath).LinkTarget);
        NothingElse();
    }

    [Fact]
    public void Where_there_was_none_there_is_none_afterwards()
    {
        Open("wg0").Replace(Ours);
        Open("wg0").Restore();
        Assert.False(File.Exists(FilePath));
    }

    [Fact]
    public void A_run_after_a_crash_does_not_take_our_own_file_for_the_former_one()
    {
        File.WriteAllText(FilePath, Former);
        Open("wg0").Replace(Ours);
        Open("wg0").Replace("nameserver 10.0.0.54\n");
        Open("wg0").Restore();
        Assert.Equal(Former, File.ReadAllText(FilePath));
    }

    [Fact]
    public void It_comes_back_also_where_the_machine_started_anew_and_forgot()
    {
        File.WriteAllText(FilePath, Former);
        Open("wg0").Replace(Ours);
        Directory.Delete(_world.Context.RuntimeDirectory, recursive: true);
        Open("wg0").Replace(Ours);
        Open("wg0").Restore();
        Assert.Equal(Former, File.ReadAllText(FilePath));
    }

    [Theory]
    [InlineData("wg0", "wg1", "wg2")]
    [InlineData("wg2", "wg1", "wg0")]
    [InlineData("wg1", "wg0", "wg2")]
    [InlineData("wg1", "wg2", "wg0")]
    [InlineData("wg0", "wg2", "wg1")]
    public void Tunnels_go_in_any_order(params string[] order)
    {
        File.WriteAllText(FilePath, Former);
        foreach (var name in (string[])["wg0", "wg1", "wg2"]) Open(name).Replace($"nameserver 10.0.0.{name[2]}\n");
        foreach (var name in order) Open(name).Restore();
        Assert.Equal(Former, File.ReadAllText(FilePath));
        Assert.Empty(_said);
        NothingElse();
    }

    [Fact]
    public void What_somebody_else_wrote_since_stays_and_this_is_said()
    {
        File.WriteAllText(FilePath, Former);
        Open("wg0").Replace(Ours);
        File.WriteAllText(FilePath, "nameserver 198.51.100.1\n");
        Open("wg0").Restore();
        Assert.Equal("nameserver 198.51.100.1\n", File.ReadAllText(FilePath));
        Assert.Equal([$"{FilePath} has been changed by somebody else since, and stays as it is."], _said);
    }

    public void Dispose() => _world.Dispose();

    private ResolverFile Open(string name) => new(_world.Context, name, _said.Add);

    private void NothingElse()
    {
        Assert.False(Directory.Exists(_world.Context.RuntimeDirectory));
        Assert.Empty(Directory.EnumerateFiles(_world.Root, "*.pfsvpn-*"));
    }
}
