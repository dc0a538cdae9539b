using System.Diagnostics;
using PfsVpn.Lab.Hosting;
using PfsVpn.Lab.Memory.Search;
using PfsVpn.Lab.Memory.Target;

namespace PfsVpn.Lab.Memory.Experiment;

/// <summary>The control: a .NET process that keeps a key as most programs do, in a managed array and a string. A search that does not find it finds nothing.</summary>
internal sealed class CarelessProcess : IMemoryExperiment
{
    /// <summary>The words that make the program this process.</summary>
    public static readonly string[] Words = ["lab", "memory", "careless"];

    private readonly Process _process = Programs.Start(LabHost.Program, Words);

    /// <inheritdoc/>
    public string Title => "Control: a process that keeps a key in a managed array";

    /// <summary>What the process does: holds a key, says it, and waits for the end of its input.</summary>
    public static int Hold(TextReader input, TextWriter output)
    {
        var key = System.Security.Cryptography.RandomNumberGenerator.GetBytes(32);
        var text = Convert.ToHexStringLower(key);
        output.WriteLine(text);
        output.Flush();
        input.ReadToEnd();
        GC.KeepAlive(key);
        GC.KeepAlive(text);
        return 0;
    }

    /// <inheritdoc/>
    public IReadOnlyList<PhaseResult> Run()
    {
        var text = _process.StandardOutput.ReadLine() ?? throw new LabException("The control does not start.");
        using var memory = ProcessMemory.Open(_process.Id);
        var book = new SecretBook();
        book.AddLive(new Secret(SecretKind.SessionKey, "the control's key", Convert.FromHexString(text)));
        return [book.Search("while it holds the key", memory)];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(5000)) _process.Kill();
        _process.Dispose();
    }
}
