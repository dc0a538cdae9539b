using PfsVpn.Lab;
using PfsVpn.Lab.Seizure;
using PfsVpn.Transport;

namespace PfsVpn.Cli.Commands;

/// <summary><c>lab seizure</c>: records two devices' traffic, then attacks it with everything that is in their hands and memories.</summary>
internal sealed class LabSeizureCommand : ICliCommand
{
    private const double MostMinutes = 60;

    /// <inheritdoc/>
    public string Name => "seizure";

    /// <inheritdoc/>
    public string Summary => "Seizes two devices with all keys and memory, and shows how much of their recorded traffic can then be read";

    /// <inheritdoc/>
    public string Arguments => "[--minutes <number>] [--rekey-after <seconds>] [--svg <file>]";

    /// <inheritdoc/>
    public string Details =>
        """
        Two devices in processes of their own talk for the given time (3 minutes), recorded on the way. Then both are stopped, and an attacker who
        has both private keys, the pre-shared key and all of their memory tries to read what was recorded: the handshakes with the permanent keys,
        and every 32 bytes of memory as a session key and as an ephemeral private key. Beside them runs a control without ephemeral keys.
        Exit code 1 where anything older than the live sessions could be read, or the control could not be read.

          --minutes      how long they talk, up to 60; 0.7 is possible
          --rekey-after  keys get a successor after so many seconds, 10 to 120, and end after one and a half times as many
          --svg          writes the chart to a file
        """;

    /// <inheritdoc/>
    public int Run(CliContext context, IReadOnlyList<string> arguments)
    {
        var words = new LabWords(arguments);
        var minutes = words.Number("--minutes", 3, 0.1, MostMinutes);
        var options = new SeizureOptions
        {
            Talk = TimeSpan.FromMinutes(minutes),
            RekeyAfterSeconds = (ushort)words.Number("--rekey-after", 0, KeyLife.MinRekeyAfterSeconds, KeyLife.MaxRekeyAfterSeconds),
        };
        var picture = words.Text("--svg");
        words.Finish();
        using var interrupted = new CancellationTokenSource();
        Console.CancelKeyPress += (_, pressed) =>
        {
            // The processes are ended on the way out.
            pressed.Cancel = true;
            interrupted.Cancel();
        };
        try
        {
            var (product, control) = SeizureExperiment.Run(options, context.Error.WriteLine, interrupted.Token);
            HelpText.Print(context, $"{SeizureReport.Of(product)}\n{SeizureReport.Of(control)}\n{SeizureReport.Verdict(product, control)}");
            if (picture is not null) LabWords.WriteFile(picture, SeizurePlot.Write(product, control));
            return product.ReadBeyond == 0 && product.Read > 0 && control.Read == control.Messages.Count ? 0 : 1;
        }
        catch (LabException failure)
        {
            throw new CliException(failure.Message);
        }
        catch (OperationCanceledException)
        {
            throw new CliException("Interrupted.", 130);
        }
    }
}
