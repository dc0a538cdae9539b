using System.Diagnostics;
using System.Globalization;
using PfsVpn.Cli.Commands;
using PfsVpn.Cli.Input;
using PfsVpn.Cli.Output;
using PfsVpn.Configuration;

namespace PfsVpn.Cli.Provision;

/// <summary><c>qr</c>: a configuration as a QR code for a phone. A process of its own: see <see cref="QrCode"/>.</summary>
internal sealed class QrCommand : ICliCommand
{
    private const string Png = "--png", Svg = "--svg", Invert = "--invert", Force = "--force", Folder = "--directory";

    /// <inheritdoc/>
    public string Name => "qr";

    /// <inheritdoc/>
    public string Summary => "Shows a configuration file as a QR code, for the WireGuard app of a phone";

    /// <inheritdoc/>
    public string Arguments => "{ <name> | <file> } [--png <file>] [--svg <file>] [--invert] [--force] [--directory <dir>]";

    /// <inheritdoc/>
    public string Details =>
        """
        In the app choose "Create from QR code". The code holds the private key: whoever photographs it has it.
        A name is that of a file in /etc/wireguard; /dev/stdin is read as any other file.
        Only what the app knows goes into it: hooks, Table, SaveConfig, FwMark, comments and lines that begin with #! stay behind.

          --png FILE, --svg FILE   write a picture, readable by its owner only, instead of printing to the terminal
          --invert                 dark and light exchanged; without colours (NO_COLOR, or not a terminal): for a light terminal
          --force                  replace a picture that is there
          --directory DIR          where names are looked up (/etc/wireguard)

        Example:
          pfsvpn qr /etc/wireguard/wg0-clients/phone.conf
        """;

    /// <inheritdoc/>
    public int Run(CliContext context, IReadOnlyList<string> arguments)
    {
        var words = new OptionWords(arguments, [Invert, Force], [Png, Svg, Folder]);
        if (words.Plain.Count != 1) throw new UsageException();
        context.LockMemory();
        var path = TunnelFileReader.PathOf(words.Plain[0], words.Text(Folder) ?? TunnelFileReader.DefaultDirectory);
        using var text = Read(context, path);
        using var code = QrCode.Make(text.Text);
        if (words.Text(Png) is { } png) WritePicture(png, words.Has(Force), file => code.WritePng(file, words.Has(Invert)));
        if (words.Text(Svg) is { } svg)
        {
            WritePicture(svg, words.Has(Force), file =>
            {
                using var output = new LockedWriter(file);
                code.WriteSvg(output, words.Has(Invert));
                output.Flush();
            });
        }
        if (words.Text(Png) is null && words.Text(Svg) is null) Print(context, code, words.Has(Invert));
        if (text.LeftOut.Count > 0) context.Error.WriteLine($"Not in the code, for the app does not know it: {string.Join(", ", text.LeftOut)}");
        return 0;
    }

    /// <summary>Shows a configuration as a QR code from a process of its own, to which it goes through a pipe.</summary>
    /// <param name="context">Where it is printed.</param>
    /// <param name="write">Writes the configuration.</param>
    /// <exception cref="CliException">The process cannot be started, or failed; it has said why.</exception>
    public static void RunApart(CliContext context, Action<IByteSink> write)
    {
        var start = new ProcessStartInfo(OwnProgram.Path, ["qr", "/dev/stdin"]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = !context.OutputIsTerminal };
        try
        {
            using var process = Process.Start(start)!;
            using (var input = process.StandardInput.BaseStream) write(new PipeSink(input));
            if (start.RedirectStandardOutput) Copy(process.StandardOutput.BaseStream, context);
            process.WaitForExit();
            if (process.ExitCode != 0) throw new CliException("The QR code could not be shown; the configuration has been written");
        }
        catch (Exception failure) when (failure is System.ComponentModel.Win32Exception or IOException)
        {
            throw new CliException($"The QR code could not be shown: {failure.Message}; the configuration has been written");
        }
    }

    private static void Copy(Stream from, CliContext context)
    {
        using var block = new Crypto.LockedBlock(Crypto.LockedMemoryPool.BlockSizeInBytes);
        while (from.Read(block.Span) is > 0 and var count) context.Output.Write(block.Span[..count]);
    }

    private static void Print(CliContext context, QrCode code, bool invert)
    {
        var colours = context.OutputIsTerminal && string.IsNullOrEmpty(context.Environment("NO_COLOR")) && context.Environment("TERM") is not "dumb";
        var (rows, columns) = context.TerminalSize();
        using (var output = context.OpenOutput())
        {
            code.PrintTerminal(output, colours, invert);
            output.Flush();
        }
        if ((columns > 0 && columns < code.Size) || (rows > 0 && rows < (code.Size + 1) / 2))
            context.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"The terminal has {columns} columns and {rows} lines, the code {code.Size} and {(code.Size + 1) / 2}: enlarge it or use a smaller font, or write a picture with --png"));
    }

    private static void WritePicture(string path, bool replace, Action<PrivateFile> write)
    {
        using var file = PrivateFile.Create(path);
        write(file);
        file.Commit(replace);
    }

    /// <summary>Reads a file, checks all of it as pfsvpn up would, and keeps what is for the phone.</summary>
    private static PhoneText Read(CliContext context, string path)
    {
        var descriptor = NativeFile.OpenForReading(path);
        if (descriptor < 0) throw new CliException($"{path}: {NativeFile.Describe(-descriptor)}");
        var text = new PhoneText();
        try
        {
            using var lines = new LockedLineReader(descriptor, errno => new CliException($"{path}: {NativeFile.Describe(errno)}"));
            using var parser = new TunnelFileParser(context.Arena, path, context.Resolver.ServicePort);
            while (lines.TryRead(out var line, out _))
            {
                text.ReadLine(line);
                parser.ReadLine(line);
            }
            using var file = parser.Finish();
            Check(text, path);
            return text;
        }
        catch (Exception failure)
        {
            text.Dispose();
            throw failure is WgConfigException wrong ? new CliException(wrong.Message) : failure;
        }
        finally
        {
            NativeFile.Close(descriptor);
        }
    }

    private static void Check(PhoneText text, string path)
    {
        if (!text.HasPrivateKey) throw new CliException($"{path}: there is no PrivateKey in [Interface], and a phone gets one from nowhere else; give the file of a client, as pfsvpn new client makes it");
        if (text.Peers == 0) throw new CliException($"{path}: there is no [Peer]: a phone would have nobody to connect to");
        if (text.Length > QrCode.LargestPayload)
            throw new CliException(string.Create(CultureInfo.InvariantCulture,
                $"{path}: too large for a QR code: {text.Length} bytes of it are for the phone, and {QrCode.LargestPayload} fit; shorten AllowedIPs, or take the file itself to the phone by a safe way"));
    }
}
