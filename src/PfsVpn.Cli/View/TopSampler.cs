using System.Diagnostics;
using PfsVpn.Cli.Commands;
using PfsVpn.Cli.Control;

namespace PfsVpn.Cli.View;

/// <summary>Asks the daemons again and again, each on a thread of its own, so that one that hangs holds up neither the others nor the keys.</summary>
/// <remarks>
/// Threading: background threads that end with the process: one that waits for a daemon's answer cannot be told to stop, and holds nothing that has to be put right.
/// The next question waits until the answer before it was taken: while the terminal takes no output, nothing piles up.
/// An answer that took long is followed by a pause of three times as long, so that a daemon with very many peers is not kept busy by being watched.
/// </remarks>
internal sealed class TopSampler(CliContext context, TimeSpan interval, Action<TopEvent> post)
{
    private static readonly TimeSpan LookForNew = TimeSpan.FromSeconds(2);

    private readonly HashSet<string> _watched = new(StringComparer.Ordinal);

    /// <summary>Watches one interface.</summary>
    public void Watch(string name)
    {
        if (_watched.Add(name)) Start($"top {name}", () => AskForEver(name));
    }

    /// <summary>Watches all interfaces, those that come later too.</summary>
    public void WatchAll() => Start("top interfaces", () =>
    {
        while (true)
        {
            foreach (var name in Names()) Watch(name);
            Thread.Sleep(LookForNew);
        }
    });

    private List<string> Names()
    {
        try
        {
            return DeviceAccess.List(context);
        }
        catch (CliException)
        {
            // As long as the directory cannot be read there is nothing new; those that are known say what is wrong.
            return [];
        }
    }

    private void AskForEver(string name)
    {
        using var taken = new SemaphoreSlim(0);
        while (true)
        {
            var start = Stopwatch.GetTimestamp();
            TopEvent answer;
            try
            {
                answer = new TopEvent.Sampled(SampleReader.Read(context, name)) { Taken = taken };
            }
            catch (ControlException unreachable)
            {
                answer = new TopEvent.Failed(name, unreachable.Message, unreachable.Errno == NativeFile.ENODEV) { Taken = taken };
            }
            var took = Stopwatch.GetElapsedTime(start);
            post(answer);
            taken.Wait();
            Thread.Sleep(TimeSpan.FromTicks(Math.Max((interval - took).Ticks, 3 * took.Ticks)));
        }
    }

    private void Start(string name, Action run) => new Thread(() =>
    {
        try
        {
            run();
        }
        catch (Exception failure)
        {
            // Whatever it is, the terminal is put right before it is said.
            post(new TopEvent.Broken(failure));
        }
    })
    { IsBackground = true, Name = name }.Start();
}
