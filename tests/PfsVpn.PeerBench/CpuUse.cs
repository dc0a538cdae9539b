namespace PfsVpn.PeerBench;

/// <summary>Processor seconds: of the daemons at the two ends, and of the whole machine with everything that runs on it.</summary>
internal readonly record struct CpuUse(double Left, double Right, double Machine)
{
    /// <summary>Both daemons.</summary>
    public double Daemons => Left + Right;

    /// <summary>What was used until now.</summary>
    public static CpuUse Now(Tunnel tunnel) =>
        new(tunnel.Left.ProcessorSeconds, tunnel.Right.ProcessorSeconds, ProcFiles.BusySeconds(File.ReadAllText("/proc/stat")));

    /// <summary>What was used between two moments.</summary>
    public static CpuUse operator -(CpuUse later, CpuUse earlier) => new(later.Left - earlier.Left, later.Right - earlier.Right, later.Machine - earlier.Machine);
}
