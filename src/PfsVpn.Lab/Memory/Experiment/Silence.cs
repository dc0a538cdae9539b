using System.Diagnostics;
using PfsVpn.Lab.Memory.Peer;

namespace PfsVpn.Lab.Memory.Experiment;

/// <summary>Waits without traffic until the last key has reached its end.</summary>
internal static class Silence
{
    private const int MostSessions = 3;

    /// <summary>
    /// Waits for <paramref name="keyLife"/>, and on where the daemon made a session of its own meanwhile, because it thought that a packet was unanswered: those keys have their own time.
    /// </summary>
    /// <exception cref="LabException">It makes sessions again and again.</exception>
    public static void Await(TimeSpan keyLife, Func<IEnumerable<LabSession>> sessions)
    {
        Thread.Sleep(keyLife);
        for (var made = 0; ; made++)
        {
            var left = keyLife - Stopwatch.GetElapsedTime(sessions().Max(static session => session.Created));
            if (left <= TimeSpan.Zero) return;
            if (made == MostSessions) throw new LabException("The daemon makes new sessions though there is no traffic.");
            Thread.Sleep(left);
        }
    }
}
