namespace PfsVpn.Tests.Cli;

/// <summary><c>genkey</c>, <c>genpsk</c> and <c>pubkey</c>.</summary>
public sealed class KeyCommandTests
{
    private const string Key = "6EtabScXwQA6E7QxVwNT26ypFGzxUMX4V1aA/rpSAno=";
    private const string NotAKey = "pubkey: standard input: not a key of 32 bytes in base64 (44 characters)";

    [WgFact]
    public void A_generated_key_has_the_public_key_that_wg_computes()
    {
        using var stage = new CliStage();
        for (var i = 0; i < 20; i++)
        {
            var key = stage.Cli(["genkey"]);
            Assert.Equal(0, key.ExitCode);
            Assert.Equal(45, key.Output.Length);
            var bytes = Convert.FromBase64String(key.Output);
            Assert.Equal((0, 64), (bytes[0] & 7, bytes[31] & 192));
            Assert.Equal(WgTool.Execute("wg", ["pubkey"], key.Output), stage.CliWithInput(key.Output, "pubkey"));
        }
    }

    [Fact]
    public void Generated_keys_differ_and_a_preshared_key_is_not_clamped()
    {
        using var stage = new CliStage();
        var keys = Enumerable.Range(0, 64).Select(_ => stage.Cli(["genpsk"]).Output).ToList();
        Assert.Equal(keys.Count, keys.Distinct(StringComparer.Ordinal).Count());
        Assert.Contains(keys, static key => (Convert.FromBase64String(key)[0] & 7) != 0);
    }

    [WgTheory]
    [InlineData(Key)]
    [InlineData(Key + "\n")]
    [InlineData(Key + " \r\n\t\v\f\n")]
    [InlineData(Key + "\0\0")]
    [InlineData("//////////////////////////////////////////8=")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    public void What_wg_pubkey_takes_gives_the_same(string input)
    {
        using var stage = new CliStage();
        var wg = WgTool.Execute("wg", ["pubkey"], input);
        Assert.Equal(0, wg.ExitCode);
        Assert.Equal(wg, stage.CliWithInput(input, "pubkey"));
    }

    [WgTheory]
    [InlineData("", NotAKey + "; there is nothing")]
    [InlineData("abc\n", NotAKey + "; this has 4")]
    [InlineData(Key + "x", NotAKey + "; something follows behind it")]
    [InlineData(Key + "\n\nx", NotAKey + "; something follows behind it")]
    [InlineData(" " + Key, NotAKey + "; something follows behind it")]
    [InlineData("6EtabScXwQA6E7QxVwNT26ypFGzxUMX4V1aA/rpSAn==", NotAKey)]
    [InlineData("6EtabScXwQA6E7QxVwNT26ypFGzxUMX4V1aA/rpSAnp=", NotAKey)]
    [InlineData("6EtabScXwQA6E7QxVwNT26ypFGzxUMX4V1aA_rpSAno=", NotAKey)]
    [InlineData("6EtabScXwQA6E7QxVwNT26ypFGzxUMX4V1aA/rpSAnoA", NotAKey)]
    public void What_wg_pubkey_refuses_is_refused(string input, string message)
    {
        using var stage = new CliStage();
        Assert.Equal(1, WgTool.Execute("wg", ["pubkey"], input).ExitCode);
        Assert.Equal(new RunResult(1, "", message + "\n"), stage.CliWithInput(input, "pubkey"));
    }

    [Fact]
    public void Megabytes_of_white_space_behind_a_key_are_read_in_little_memory()
    {
        using var stage = new CliStage();
        Assert.Equal(0, stage.CliWithInput(Key + new string(' ', 3_000_000), "pubkey").ExitCode);
        Assert.Equal(1, stage.CliWithInput(Key + new string(' ', 3_000_000) + "x", "pubkey").ExitCode);
    }
}
