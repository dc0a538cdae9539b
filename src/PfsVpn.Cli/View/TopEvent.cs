namespace PfsVpn.Cli.View;

/// <summary>Something that happened while <c>top</c> waited: one of the kinds nested here.</summary>
internal abstract record TopEvent
{
    /// <summary>Released when the event has been dealt with, where somebody waits for that.</summary>
    public SemaphoreSlim? Taken { get; init; }

    /// <summary>A daemon answered.</summary>
    public sealed record Sampled(DeviceSample Sample) : TopEvent;

    /// <summary>An interface could not be asked.</summary>
    /// <param name="Name">The interface.</param>
    /// <param name="Why">Why.</param>
    /// <param name="IsGone">Whether it is simply not there: said only of one that was.</param>
    public sealed record Failed(string Name, string Why, bool IsGone) : TopEvent;

    /// <summary>The terminal sent bytes.</summary>
    public sealed record Typed(byte[] Bytes) : TopEvent;

    /// <summary>The window has another size, or the process goes on after a stop: what stands on the screen is not known.</summary>
    public sealed record Redraw(bool TakeOver) : TopEvent;

    /// <summary>The process is to be stopped (Ctrl-Z).</summary>
    public sealed record Stop : TopEvent;

    /// <summary>The program is to end with an exit code.</summary>
    public sealed record End(int ExitCode) : TopEvent;

    /// <summary>Something failed on a thread that must not: the program ends by it.</summary>
    public sealed record Broken(Exception Failure) : TopEvent;
}
