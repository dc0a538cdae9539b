using PfsVpn.Cli.Commands;
using PfsVpn.Cli.Input;

namespace PfsVpn.Cli.Provision;

/// <summary><c>new</c>: makes servers and clients, each with a command of its own behind this word; without one it asks.</summary>
internal sealed class NewCommand : ICliCommand
{
    private static readonly NewServerCommand Server = new();
    private static readonly NewClientCommand Client = new();

    /// <summary>The commands behind the word, in the order of the help.</summary>
    public static readonly IReadOnlyList<ICliCommand> Parts = [Server, Client, new NewListCommand(), new NewRemoveCommand()];

    /// <inheritdoc/>
    public string Name => "new";

    /// <inheritdoc/>
    public string Summary => "Makes a server and its clients: keys, addresses and the files of both ends";

    /// <inheritdoc/>
    public string Arguments => $"[{{ {string.Join(" | ", Parts.Select(static part => part.Name))} }} [<args>]]";

    /// <inheritdoc/>
    public string Details =>
        "Without arguments, on a terminal, it asks for what it needs, with an answer to each question that Enter accepts.\n\n" +
        string.Join("\n\n", Parts.Select(static part => $"{part.Name} {part.Arguments}\n  {part.Summary}.")) +
        """


        From nothing to a tunnel with a phone:
          pfsvpn new server wg0 --endpoint vpn.example.com --nat auto
          pfsvpn up wg0
          pfsvpn new client wg0 phone --qr
        """;

    /// <inheritdoc/>
    public int Run(CliContext context, IReadOnlyList<string> arguments)
    {
        if (arguments.Count == 0) return Interview(context);
        var part = Parts.FirstOrDefault(part => part.Name == arguments[0]) ?? throw new UsageException($"There is no `{arguments[0]}' to make");
        string[] words = [.. arguments.Skip(1)];
        if (words is ["help"] or ["--help"] or ["-h"]) return HelpText.Print(context, HelpText.Of(part, "new "));
        try
        {
            return part.Run(context, words);
        }
        catch (UsageException wrong)
        {
            if (wrong.Message.Length != 0) context.Error.WriteLine(wrong.Message);
            context.Error.WriteLine(HelpText.Usage(part, "new "));
            return 1;
        }
    }

    /// <summary>A server where there is none, and a client for it; else a client.</summary>
    private static int Interview(CliContext context)
    {
        if (context.Ask is null) throw new UsageException("There is no terminal to ask questions on; say what to make");
        if (ServerFolder.Servers(TunnelFileReader.DefaultDirectory).Count == 0)
        {
            context.Error.WriteLine("There is no server of pfsvpn new here yet. A few questions; Enter takes the answer in brackets.\n");
            var code = Server.Run(context, []);
            if (code != 0 || !Questions.YesOrNo(context, "\nMake a first client now?", otherwise: true)) return code;
        }
        return Client.Run(context, []);
    }
}
