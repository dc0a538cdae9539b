using System.Text.Json;
using PfsVpn.Cli.Output;

namespace PfsVpn.Tests.Cli;

/// <summary>Lines of a program that runs as a service: for people, for the journal, and as JSON.</summary>
public sealed class ServiceLogTests : IDisposable
{
    private readonly StringWriter _written = new() { NewLine = "\n" };

    [Fact]
    public void On_a_terminal_lines_are_as_they_were_written()
    {
        using var lines = new LogLines(_written, isJournal: false, TimeProvider.System);
        lines.Write("[#] ip link");
        Assert.Equal("[#] ip link", _written.ToString());
        lines.WriteLine(" add");
        lines.Fail("no");
        Assert.Equal("[#] ip link add\nno\n", _written.ToString());
    }

    [Fact]
    public void In_the_journal_each_line_has_its_priority()
    {
        using var lines = new LogLines(_written, isJournal: true, TimeProvider.System);
        lines.Write("[#] ip ");
        lines.Write("link\nWarning: world accessible\nrest");
        lines.Fail("two\nlines");
        lines.Use(LogFormat.Text, "wg0");
        lines.WriteLine("named");
        Assert.Equal("<6>[#] ip link\n<4>world accessible\n<6>rest\n<3>two\n<3>lines\n<6>(wg0) named\n", _written.ToString());
    }

    [Fact]
    public void As_JSON_each_line_is_an_object()
    {
        using var lines = new LogLines(_written, isJournal: false, TimeProvider.System);
        lines.Use(LogFormat.Json, "wg0");
        lines.WriteLine("Warning: a \"quote\" and a \u0007 bell");
        lines.Fail("gone");
        var objects = _written.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => JsonElement.Parse(line)).ToList();
        Assert.Equal(("warning", "wg0", "a \"quote\" and a \u0007 bell"), (Text(objects[0], "level"), Text(objects[0], "interface"), Text(objects[0], "message")));
        Assert.Equal(("error", "gone"), (Text(objects[1], "level"), Text(objects[1], "message")));
        Assert.True(objects[0].GetProperty("time").GetDateTimeOffset() > DateTimeOffset.UtcNow.AddMinutes(-1));
    }

    [Fact]
    public void A_line_of_the_log_cannot_forge_another()
    {
        new ServiceLog(_written, "metrics", LogFormat.Text, isJournal: true, TimeProvider.System).Warn("peer\n<0>panic\e[2J");
        Assert.Equal("<4>(metrics) peer <0>panic [2J\n", _written.ToString());
    }

    public void Dispose() => _written.Dispose();

    private static string? Text(JsonElement json, string name) => json.GetProperty(name).GetString();
}
