namespace PfsVpn.Cli.Doctor;

/// <summary>What the checks of Linux see besides.</summary>
internal interface ILinuxProbe : IHostProbe
{
    /// <summary>The first line or all of a small text file, or null where it cannot be read.</summary>
    string? Text(string path);

    /// <summary>Opens a file for reading and writing, and closes it. 0, or an errno.</summary>
    int TryOpen(string path);

    /// <summary>Whether the kernel has something; null where that cannot be told.</summary>
    bool? Has(KernelFeature feature);
}
