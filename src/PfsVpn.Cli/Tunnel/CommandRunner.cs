using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace PfsVpn.Cli.Tunnel;

/// <summary>Runs programs as processes of this machine, in the C locale, so that what they print can be read.</summary>
/// <remarks>Secrets: descriptors of this program are closed in the child, and locked memory is not there in it.</remarks>
internal sealed class CommandRunner : ICommandRunner
{
    private const int MostCaptured = 64 * 1024 * 1024;
    private const string UsualPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>S_IXUSR, S_IXGRP and S_IXOTH.</summary>
    private const int AnyExecute = 0x49;

    /// <summary>What a program left behind may keep our pipe open; what it wrote is there by then.</summary>
    private static readonly TimeSpan PipeGrace = TimeSpan.FromSeconds(1);

    private CommandRunner()
    {
    }

    /// <summary>The one instance.</summary>
    public static CommandRunner Instance { get; } = new();

    /// <summary>The folders in which programs are searched.</summary>
    public static string PathVariable => Environment.GetEnvironmentVariable("PATH") is { Length: > 0 } path ? path : UsualPath;

    /// <inheritdoc/>
    public CommandResult Run(CommandRequest request)
    {
        var path = Path.GetFileName(request.Program) != request.Program ? request.Program : Find(request.Program);
        if (path is null) return new CommandResult(CommandResult.NotFound, Error: $"{request.Program}: no such program in PATH");
        try
        {
            using var process = Process.Start(Describe(request, path))!;
            using var interruption = request.Interruption.Register(() => NativeProcess.AskToEnd(process.Id));
            return request.SharesStreams ? Await(process) : Capture(process, request.Input);
        }
        catch (Win32Exception refused)
        {
            return new CommandResult(CommandResult.NotFound, Error: $"{path}: cannot be started: {refused.Message}");
        }
    }

    /// <inheritdoc/>
    public string? Find(string program)
    {
        // On Windows an empty entry is none: the current folder is no place for programs.
        return OperatingSystem.IsWindows()
            ? PathVariable.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Select(folder => Path.Combine(folder, Path.HasExtension(program) ? program : program + ".exe")).FirstOrDefault(File.Exists)
            : PathVariable.Split(':').Select(folder => Path.Combine(folder.Length == 0 ? "." : folder, program)).FirstOrDefault(IsExecutable);
    }

    private static bool IsExecutable(string path) => File.Exists(path) && (NativeFile.ModeOf(path) & AnyExecute) != 0;

    private static ProcessStartInfo Describe(CommandRequest request, string path)
    {
        var start = new ProcessStartInfo(path)
        {
            UseShellExecute = false,
            RedirectStandardInput = !request.SharesStreams,
            RedirectStandardOutput = !request.SharesStreams,
            RedirectStandardError = !request.SharesStreams,
        };
        foreach (var argument in request.Arguments) start.ArgumentList.Add(argument);
        start.Environment["LC_ALL"] = "C";
        foreach (var (name, value) in request.Environment) start.Environment[name] = value;
        return start;
    }

    private static CommandResult Await(Process process)
    {
        process.WaitForExit();
        return new CommandResult(process.ExitCode);
    }

    private static CommandResult Capture(Process process, string? input)
    {
        var output = new StringBuilder();
        var error = new StringBuilder();
        var reading = Task.WhenAll(CollectAsync(process.StandardOutput, output), CollectAsync(process.StandardError, error));
        try
        {
            if (input is not null) process.StandardInput.Write(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading what it was given: its exit code and its words say why.
        }
        // With an argument: it waits for the process only, not for whoever inherited its pipes.
        process.WaitForExit(Timeout.Infinite);
        reading.Wait(PipeGrace);
        return new CommandResult(process.ExitCode, Text(output), Text(error));
    }

    private static async Task CollectAsync(StreamReader stream, StringBuilder text)
    {
        var buffer = new char[4096];
        try
        {
            while (true)
            {
                var count = await stream.ReadAsync(buffer.AsMemory()).ConfigureAwait(false);
                if (count == 0) return;
                lock (text)
                {
                    if (text.Length < MostCaptured) text.Append(buffer, 0, count);
                }
            }
        }
        catch (Exception closed) when (closed is IOException or ObjectDisposedException)
        {
            // The grace is over and the process object gone.
        }
    }

    private static string Text(StringBuilder text)
    {
        lock (text) return text.ToString();
    }
}
