namespace PfsVpn.Daemon.Windows;

/// <summary>What the daemon says about itself on Windows.</summary>
internal static class WindowsWords
{
    /// <summary>The usage line.</summary>
    public const string Usage = "Usage: pfsvpnd [--log-format FORMAT] [--metrics ADDRESS:PORT] INTERFACE";

    /// <summary>The text of <c>--help</c>.</summary>
    public const string Help =
        Usage + """


        Makes the adapter INTERFACE (with wintun.dll, which belongs beside this program) and serves it until Ctrl-C, or until
        whoever started it ends. Configure it with pfsvpn or wg. pfsvpn up and pfsvpn service start it by themselves.
        It stays in the foreground; -f and --foreground, which pfsvpnd has elsewhere, are taken and change nothing.

          --log-format FORMAT
                             text or json (one object a line); text where it is not said
          --metrics WHERE    serve metrics for Prometheus at ADDRESS:PORT, from a process of its own that ends with the daemon
          -V, --version      print the version
          -h, --help         print this

        Environment:
          LOG_LEVEL                  verbose (or debug), info, error, silent; info where it is not set
          PFSVPN_LOG_FORMAT=FORMAT   like --log-format
          PFSVPN_LIFE_FD             an inherited handle, of a pipe or a process: the daemon ends when nobody has the pipe's other end
                                     any more, or when the process has ended
          DOTNET_EnableDiagnostics=0 has to be set by whoever starts it: it turns off what lets others look into the process
          PFSVPN_THREADS=N           threads for each direction, 1 to 64; half of the processors, at most 8, where it is not set
          PFSVPN_NO_OFFLOAD=LIST     offloads to leave unused, of udp-gso, udp-gro, all, separated by commas
          PFSVPN_AEAD=KERNEL         vector512, vector256, vector128 or scalar; the quickest that the processor has where it is not set

        """;
}
