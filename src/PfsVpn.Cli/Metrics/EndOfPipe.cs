namespace PfsVpn.Cli.Metrics;

/// <summary>Cancels when the other end of a pipe is closed: when the process that holds it has ended, however it did.</summary>
internal static class EndOfPipe
{
    /// <summary>Watches in a thread of its own, which does not keep the process running.</summary>
    public static void Watch(int descriptor, CancellationTokenSource end)
    {
        var thread = new Thread(() =>
        {
            var buffer = new byte[16];
            while (NativeFile.Read(descriptor, buffer) > 0)
            {
                // Nobody writes; what came would change nothing.
            }
            try
            {
                end.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // It has ended for another reason.
            }
        })
        { IsBackground = true, Name = "end of pipe" };
        thread.Start();
    }
}
