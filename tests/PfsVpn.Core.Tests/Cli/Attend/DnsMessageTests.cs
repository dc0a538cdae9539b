using PfsVpn.Cli.Attend;

namespace PfsVpn.Tests.Cli.Attend;

/// <summary>The few DNS messages that the attendant knows.</summary>
public sealed class DnsMessageTests
{
    // vpn.example, A: an alias, then two addresses, names by pointers.
    private static readonly byte[] Question = Convert.FromHexString("1234010000010000000000000376706e076578616d706c650000010001");
    private static readonly byte[] Answer = Convert.FromHexString(
        "1234818000010003000000000376706e076578616d706c650000010001"
        + "c00c00050001000000ff000401" + "6bc010"
        + "c00c00010001000000ff0004c0000201"
        + "c00c00010001000000ff0004c0000202");

    [Fact]
    public void A_question_is_as_the_standard_says() => Assert.Equal(Question, DnsMessage.Question(0x1234, "vpn.example.", DnsMessage.A));

    [Theory]
    [InlineData("")]
    [InlineData("a..b")]
    [InlineData("ä.example")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123.example")]
    public void What_is_no_name_is_not_asked_for(string name) => Assert.Null(DnsMessage.Question(1, name, DnsMessage.A));

    [Fact]
    public void An_answer_gives_all_addresses_behind_aliases()
    {
        Assert.True(DnsMessage.TryRead(Answer, Question, out var addresses));
        Assert.Equal(["192.0.2.1", "192.0.2.2"], addresses.Select(static address => address.ToString()));
    }

    [Theory]
    [InlineData(0, 0x13)]
    [InlineData(2, 0x01)]
    [InlineData(3, 0x82)]
    [InlineData(13, (byte)'w')]
    public void An_answer_to_another_question_or_a_failure_is_none(int place, byte value)
    {
        var other = (byte[])Answer.Clone();
        other[place] = value;
        Assert.False(DnsMessage.TryRead(other, Question, out _));
    }

    [Fact]
    public void Answers_that_were_cut_or_changed_anywhere_never_throw()
    {
        var random = new Random(7);
        for (var length = 0; length <= Answer.Length; length++)
        {
            DnsMessage.TryRead(Answer.AsSpan(0, length), Question, out _);
            for (var round = 0; round < 50; round++)
            {
                var changed = Answer[..length];
                if (length > 12) changed[random.Next(12, length)] = (byte)random.Next(256);
                DnsMessage.TryRead(changed, Question, out _);
            }
        }
    }
}
