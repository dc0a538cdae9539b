using PfsVpn.Cli.Control;
using PfsVpn.Cli.Output;
using PfsVpn.Cli.View;

namespace PfsVpn.Cli.Commands;

/// <summary><c>show</c>: the state of one interface or all, for people or for scripts.</summary>
internal sealed class ShowCommand : ICliCommand
{
    private const string All = "all", Interfaces = "interfaces", Json = "--json";

    /// <inheritdoc/>
    public string Name => "show";

    /// <inheritdoc/>
    public string Summary => "Shows the current configuration and device information";

    /// <inheritdoc/>
    public string Arguments => $"{{ <interface> | all | interfaces }} [{string.Join(" | ", SelectorPrinter.Selectors)} | {Json}]";

    /// <inheritdoc/>
    public string Details =>
        """
        Without arguments, all interfaces are shown. With one of the words in brackets, only that is printed, for scripts:
        fields between tabs, lists of peers with their public key first, and with `all' the interface before it.
        `dump' prints everything, private keys included.
        With --json, each interface is one line with one JSON object, without any secret; docs/json.md describes it.

        Environment:
          WG_COLOR_MODE   always, never, or auto: colours on a terminal only
          WG_HIDE_KEYS    never: private and preshared keys are shown in full
        """;

    /// <inheritdoc/>
    public int Run(CliContext context, IReadOnlyList<string> arguments)
    {
        var json = arguments.Contains(Json, StringComparer.Ordinal);
        if (json) arguments = [.. arguments.Where(static word => word != Json)];
        if (arguments.Count > 2) throw new UsageException();
        if (json) return ShowJson(context, arguments);
        var selector = arguments.Count == 2 ? arguments[1] : null;
        if (arguments.Count == 0 || arguments[0] == All) return ShowAll(context, Checked(selector));
        if (arguments[0] == Interfaces)
        {
            if (selector is not null) throw new UsageException();
            ListInterfaces(context);
            return 0;
        }
        ShowOne(context, arguments[0], Checked(selector));
        return 0;
    }

    private static int ShowJson(CliContext context, IReadOnlyList<string> arguments)
    {
        if (arguments.Count == 2) throw new UsageException($"{Json} prints everything: `{arguments[1]}' cannot stand beside it");
        if (arguments is [Interfaces])
        {
            var names = DeviceAccess.List(context);
            context.Output.Write(JsonText.Line(json => InterfaceListJson.Write(json, names)).Span);
            return 0;
        }
        var isOne = arguments.Count == 1 && arguments[0] != All;
        var shown = 0;
        List<string> asked = isOne ? [arguments[0]] : DeviceAccess.List(context);
        foreach (var name in asked)
        {
            try
            {
                context.Output.Write(InterfaceLine(context, name).Span);
                shown++;
            }
            catch (ControlException unreachable)
            {
                context.Error.WriteLine($"Unable to access interface {name}: {unreachable.Message}");
            }
        }
        return asked.Count == 0 || shown != 0 ? 0 : 1;
    }

    private static ReadOnlyMemory<byte> InterfaceLine(CliContext context, string name)
    {
        using var device = DeviceReader.Read(context, name);
        var status = StatusReader.TryRead(context, name);
        return JsonText.Line(json => new InterfaceJson(json, context.Clock.GetUtcNow()).Write(device, status));
    }

    private static string? Checked(string? selector) => selector is null || SelectorPrinter.Selectors.Contains(selector, StringComparer.Ordinal)
        ? selector
        : throw new UsageException($"Invalid parameter: `{selector}'");

    private static void ListInterfaces(CliContext context)
    {
        var names = DeviceAccess.List(context);
        if (names.Count == 0) return;
        using var output = context.OpenOutput();
        output.Write(string.Join(' ', names)).Write("\n").Flush();
    }

    private static int ShowAll(CliContext context, string? selector)
    {
        var names = DeviceAccess.List(context);
        var shown = 0;
        using var output = context.OpenOutput();
        for (var i = 0; i < names.Count; i++)
        {
            try
            {
                using var device = DeviceReader.Read(context, names[i]);
                Print(context, output, device, selector, withInterface: true);
                shown++;
            }
            catch (ControlException unreachable)
            {
                context.Error.WriteLine($"Unable to access interface {names[i]}: {unreachable.Message}");
                continue;
            }
            if (selector is null && i != names.Count - 1) output.Write("\n");
            output.Flush();
        }
        return names.Count == 0 || shown != 0 ? 0 : 1;
    }

    private static void ShowOne(CliContext context, string name, string? selector)
    {
        using var device = DeviceAccess.Read(context, name);
        using var output = context.OpenOutput();
        Print(context, output, device, selector, withInterface: false);
        output.Flush();
    }

    private static void Print(CliContext context, LockedWriter output, RunningDevice device, string? selector, bool withInterface)
    {
        if (selector is not null)
        {
            new SelectorPrinter(output, withInterface).Print(device, selector);
            return;
        }
        var colours = context.Environment("WG_COLOR_MODE") switch
        {
            "always" => true,
            "never" => false,
            _ => context.OutputIsTerminal,
        };
        var showKeys = context.Environment("WG_HIDE_KEYS") == "never";
        new PrettyPrinter(output, colours, showKeys, context.Clock.GetUtcNow()).Print(device);
    }
}
