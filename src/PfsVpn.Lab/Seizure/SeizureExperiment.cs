using PfsVpn.Lab.Hosting;

namespace PfsVpn.Lab.Seizure;

/// <summary>The seizure experiment: a pair of devices as they are, and beside it a pair without ephemeral keys, the control.</summary>
internal static class SeizureExperiment
{
    /// <summary>Lets both pairs talk, seizes them and attacks. <paramref name="progress"/> is told what goes on, a line each.</summary>
    /// <returns>The outcome of the product, and that of the control.</returns>
    /// <exception cref="LabException">It cannot be done here.</exception>
    public static (SeizureOutcome Product, SeizureOutcome Control) Run(SeizureOptions options, Action<string> progress, CancellationToken cancellation)
    {
        using var product = new SeizedPair(LabRandomness.System, options);
        using var control = new SeizedPair(LabRandomness.StaticKey, options);
        progress($"Two pairs of devices talk for {options.Talk.TotalSeconds:0} s, {options.PacketsPerSecond} inner packets a second each way; the wire is recorded.");
        cancellation.WaitHandle.WaitOne(options.Talk);
        cancellation.ThrowIfCancellationRequested();
        product.Seize();
        control.Seize();
        progress("Seized. The attacker has both private keys, the pre-shared key and the memory of both processes, and tries.");
        return (Attacker.Attack("PfsVpn", product, options), Attacker.Attack("Control: no ephemeral keys", control, options));
    }
}
