using System.Text;
using PfsVpn.Cli.Commands;
using PfsVpn.Cli.Control;
using PfsVpn.Cli.Input;
using PfsVpn.Cli.Provision;
using PfsVpn.Configuration;
using PfsVpn.Crypto;

namespace PfsVpn.Cli.Doctor;

/// <summary><c>doctor</c>: says in order what is wrong with a tunnel, and how to mend it.</summary>
/// <param name="looks">What is looked at, for the help.</param>
/// <param name="begin">Makes the checks of this system.</param>
internal sealed class DoctorCommand(string looks, Func<CliContext, IDiagnosis> begin) : ICliCommand
{
    private const string Json = "--json";
    private const int Healthy = 0, Warnings = 1, Problems = 2, NotExamined = 3;

    /// <summary>That of Linux.</summary>
    public DoctorCommand()
        : this(LinuxDiagnosis.Looks, static context => LinuxDiagnosis.Of(new LinuxProbe(context)))
    {
    }

    /// <inheritdoc/>
    public string Name => "doctor";

    /// <inheritdoc/>
    public string Summary => "Says what is wrong with a tunnel, in order, and how to mend it";

    /// <inheritdoc/>
    public string Arguments => "[<name> | <file>] [--json]";

    /// <inheritdoc/>
    public string Details =>
        $"""
        {looks}
        Causes come before what they cause: begin with the first problem. Without a name: the host and all tunnels.

        It changes nothing. It sends one byte to endpoints that are silent, echo requests to endpoints and through the tunnel, and one question
        to name servers. Without the rights of an administrator it says what it could not see.

          --json   one line with one JSON object: docs/doctor.md describes it

        Exit code: 0 all is well, 1 there are warnings, 2 there are problems, 3 nothing was examined (the arguments are wrong).

        Environment:
          WG_COLOR_MODE   always, never, or auto: colours on a terminal only
        """;

    /// <inheritdoc/>
    public int Run(CliContext context, IReadOnlyList<string> arguments)
    {
        OptionWords words;
        try
        {
            words = new OptionWords(arguments, [Json], []);
            if (words.Plain.Count > 1) throw new UsageException();
        }
        catch (UsageException wrong)
        {
            if (wrong.Message.Length != 0) context.Error.WriteLine(wrong.Message);
            context.Error.WriteLine(HelpText.Usage(this));
            return NotExamined;
        }
        return Run(context, words);
    }

    private int Run(CliContext context, OptionWords words)
    {
        var (json, colours) = (words.Has(Json), WantsColours(context));
        var diagnosis = begin(context);
        var report = new DoctorReport();
        var running = Running(context);
        var tunnels = words.Plain.Count == 1 ? [Named(words.Plain[0])] : All(running);
        Section(context, report, null, json ? null : DoctorReport.Heading("host", colours), diagnosis.Host(), colours);
        var reader = new PatientReader(context, diagnosis.Probe, running);
        foreach (var (name, path) in tunnels)
        {
            Patient patient;
            try
            {
                patient = reader.Read(name, path, words.Plain.Count == 1);
            }
            catch (Exception without) when (without is SecretMemoryException or DllNotFoundException)
            {
                var finding = without is SecretMemoryException ? ("memlock", Finding.Problem(without.Message, "see memlock above")) : ("libraries", new Finding(Verdict.Problem, without.Message.TrimEnd('.')));
                Section(context, report, name, json ? null : "\n" + DoctorReport.Heading(name, colours), [finding], colours);
                continue;
            }
            var heading = patient.Path is null ? name : $"{name} ({patient.Path})";
            Section(context, report, name, json ? null : "\n" + DoctorReport.Heading(heading, colours), diagnosis.Tunnel(patient), colours);
        }
        if (json) context.Output.Write(report.Json(diagnosis.Probe.Version));
        else context.Output.Write(Encoding.UTF8.GetBytes(report.Summary()));
        return report.Worst switch { Verdict.Problem => Problems, Verdict.Warning => Warnings, _ => Healthy };
    }

    /// <summary>Runs checks and prints each finding as soon as it is there: some take seconds.</summary>
    private static void Section(CliContext context, DoctorReport report, string? tunnel, string? heading, IEnumerable<(string Check, Finding Finding)> findings, bool colours)
    {
        if (heading is not null) context.Output.Write(Encoding.UTF8.GetBytes(heading));
        foreach (var (check, finding) in findings)
        {
            report.Add(tunnel, check, finding);
            if (heading is not null) context.Output.Write(Encoding.UTF8.GetBytes(DoctorReport.Line(check, finding, colours)));
        }
    }

    private static (string Name, string Path) Named(string word)
    {
        var path = TunnelFileReader.PathOf(word, TunnelFileReader.DefaultDirectory);
        return (TunnelName.NameOf(path), path);
    }

    /// <summary>All that have a file or a daemon, in order.</summary>
    private static List<(string Name, string Path)> All(IReadOnlyCollection<string> running)
    {
        var names = new SortedSet<string>(running, StringComparer.Ordinal);
        try
        {
            if (Directory.Exists(TunnelFileReader.DefaultDirectory))
                names.UnionWith(Directory.EnumerateFiles(TunnelFileReader.DefaultDirectory).Select(TunnelFile.InterfaceOf).OfType<string>());
        }
        catch (UnauthorizedAccessException)
        {
            // Not root: the check of rights says so.
        }
        return [.. names.Select(static name => (name, TunnelFileReader.PathOf(name)))];
    }

    private static List<string> Running(CliContext context)
    {
        try
        {
            return ControlSocket.List(context.ControlDirectory);
        }
        catch (ControlException)
        {
            return [];
        }
    }

    private static bool WantsColours(CliContext context) => context.Environment("WG_COLOR_MODE") switch
    {
        "always" => true,
        "never" => false,
        _ => context.OutputIsTerminal,
    };
}
