using PfsVpn.Crypto;
using PfsVpn.Timers;
using PfsVpn.Transport;

namespace PfsVpn.Tests.Transport;

/// <summary>The rotation of the paper's §6.2 and the kernel's add_new_keypair, in each state that can be reached: a letter is a keypair, a dash none; previous, current, next.</summary>
public sealed class KeypairsTests
{
    [Theory]
    [InlineData("---", "--n", "")]
    [InlineData("-c-", "-cn", "")]
    [InlineData("pc-", "-cn", "p Replaced")]
    [InlineData("-cx", "-cn", "x NeverConfirmed")]
    public void A_responders_keypair_becomes_next(string before, string after, string ended) =>
        Try(before, after, ended, static (keypairs, made) => keypairs.InstallAsResponder(made));

    [Theory]
    [InlineData("---", "-n-", "")]
    [InlineData("-c-", "cn-", "")]
    [InlineData("pc-", "cn-", "p Replaced")]
    [InlineData("--x", "xn-", "")]
    [InlineData("-cx", "xn-", "c Replaced")]
    public void An_initiators_keypair_becomes_current(string before, string after, string ended) =>
        Try(before, after, ended, static (keypairs, made) => keypairs.InstallAsInitiator(made, new MonotonicTime(2)));

    [Theory]
    [InlineData("--x", "-x-", "")]
    [InlineData("-cx", "cx-", "")]
    public void An_authenticated_packet_makes_next_current(string before, string after, string ended) =>
        Try(before, after, ended, static (keypairs, _) => keypairs.ConfirmNext(new MonotonicTime(2)));

    [Theory]
    [InlineData("pc-", "-c-", "p PreviousRetired")]
    [InlineData("-c-", "-c-", "")]
    public void Previous_is_retired(string before, string after, string ended) =>
        Try(before, after, ended, static (keypairs, _) => keypairs.EndPrevious(KeyEndReason.PreviousRetired));

    [Theory]
    [InlineData("pc-", "---", "c TooOld, p TooOld")]
    [InlineData("-cx", "---", "x TooOld, c TooOld")]
    [InlineData("---", "---", "")]
    public void All_can_end_at_once(string before, string after, string ended) =>
        Try(before, after, ended, static (keypairs, _) => keypairs.EndAll(KeyEndReason.TooOld));

    private static void Try(string before, string after, string ended, Action<Keypairs, Keypair> act)
    {
        using var arena = SecretArena.Create();
        var names = new Dictionary<Keypair, char>();
        Keypair Make(char name)
        {
            var keypair = new Keypair(arena.Allocate(), arena.Allocate(), name, name, isInitiator: true, new MonotonicTime(1));
            names.Add(keypair, name);
            return keypair;
        }
        var ends = new List<string>();
        var keypairs = new Keypairs((keypair, reason) =>
        {
            ends.Add($"{names[keypair]} {reason}");
            keypair.End(reason);
        });
        if (before[0] != '-') keypairs.InstallAsInitiator(Make(before[0]), new MonotonicTime(2));
        if (before[1] != '-') keypairs.InstallAsInitiator(Make(before[1]), new MonotonicTime(2));
        if (before[2] != '-') keypairs.InstallAsResponder(Make(before[2]));
        Assert.Equal(before, Show(keypairs, names));
        act(keypairs, Make('n'));
        Assert.Equal(after, Show(keypairs, names));
        Assert.Equal(ended, string.Join(", ", ends));
        foreach (var keypair in names.Keys) keypair.End(KeyEndReason.Shutdown);
        Assert.Equal(0, arena.SlotsInUse);
    }

    private static string Show(Keypairs keypairs, Dictionary<Keypair, char> names) =>
        string.Concat(new[] { keypairs.Previous, keypairs.Current, keypairs.Next }.Select(keypair => keypair is null ? '-' : names[keypair]));
}
