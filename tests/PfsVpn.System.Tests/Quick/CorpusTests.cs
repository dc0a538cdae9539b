namespace PfsVpn.SystemTests.Quick;

/// <summary>What wg-quick's files make of a host is the same with the stock wg-quick and with pfsvpn: addresses, routes, rules, firewall, name servers, the device, and afterwards nothing.</summary>
[Collection(nameof(CorpusTests))]
public sealed class CorpusTests(CorpusRun run) : IClassFixture<CorpusRun>
{
    public static TheoryData<string> Files => [.. CorpusRun.Names];

    public static TheoryData<string> SharedFiles => [.. CorpusRun.Shared];

    [QuickTheory, MemberData(nameof(Files))]
    public void Up_makes_what_wg_quick_makes(string name) => Same(name, "up", CorpusRun.Run.Stock, CorpusRun.Run.Own);

    [QuickTheory, MemberData(nameof(Files))]
    public void Down_leaves_what_wg_quick_leaves(string name) => Same(name, "down", CorpusRun.Run.Stock, CorpusRun.Run.Own);

    [QuickTheory, MemberData(nameof(Files))]
    public void Strip_prints_what_wg_quick_prints(string name) => Same(name, "stripped", CorpusRun.Run.Stock, CorpusRun.Run.Own);

    [QuickTheory, MemberData(nameof(Files))]
    public void The_file_is_afterwards_what_wg_quick_makes_of_it(string name)
    {
        // What wg-quick saves as an address of the tunnel, the kernel chose.
        var stock = run.Read(CorpusRun.Run.Stock, name, "file").Replace("Address = fe80::chance/64\n", "", StringComparison.Ordinal);
        Assert.Equal(stock, run.Read(CorpusRun.Run.Own, name, "file"));
    }

    [QuickTheory, MemberData(nameof(SharedFiles))]
    public void What_wg_quick_took_up_is_taken_down(string name)
    {
        Same(name, "up", CorpusRun.Run.Stock, CorpusRun.Run.StockThenOwn);
        Same(name, "down", CorpusRun.Run.Stock, CorpusRun.Run.StockThenOwn);
    }

    [QuickTheory, MemberData(nameof(Files))]
    public void Nothing_is_remembered_of_a_tunnel_that_is_down(string name) => Assert.Equal("", run.Read(CorpusRun.Run.Own, name, "left"));

    [QuickTheory, MemberData(nameof(SharedFiles))]
    public void Wg_quick_takes_down_what_was_taken_up(string name)
    {
        Same(name, "up", CorpusRun.Run.Stock, CorpusRun.Run.OwnThenStock);
        Same(name, "down", CorpusRun.Run.Stock, CorpusRun.Run.OwnThenStock);
    }

    [QuickFact]
    public void The_corpus_has_files_for_everything()
    {
        Assert.True(CorpusRun.Names.Count >= 25, $"the corpus has {CorpusRun.Names.Count} files");
        // What was compared was there: a comparison of nothing with nothing would pass.
        var up = run.Read(CorpusRun.Run.Stock, "dns-search", "up");
        foreach (var expected in (string[])["succeeded 1", "inet 10.77.0.1/24", "default dev dns-search table 51820", "lookup 51820", "table ip wg-quick-dns-search", "nameserver 10.77.0.53", "PrivateKey = ", "0.0.0.0/0"])
            Assert.Contains(expected, up, StringComparison.Ordinal);
    }

    private void Same(string name, string part, CorpusRun.Run expected, CorpusRun.Run actual)
    {
        var (one, other) = (run.Read(expected, name, part), run.Read(actual, name, part));
        if (one == other) return;
        Assert.Fail($"{name}.{part} of {expected} and {actual}:\n{Difference(one, other)}\n{expected} said:\n{run.Read(expected, name, "log")}\n{actual} said:\n{run.Read(actual, name, "log")}");
    }

    internal static string Difference(string one, string other)
    {
        var (left, right) = (one.Split('\n'), other.Split('\n'));
        var lines = left.Except(right, StringComparer.Ordinal).Select(static line => "- " + line).Concat(right.Except(left, StringComparer.Ordinal).Select(static line => "+ " + line)).ToList();
        // The same lines in another order, or another number of them.
        return lines.Count != 0 ? string.Join('\n', lines) : $"{one}\n=======\n{other}";
    }
}
