namespace PfsVpn.Tun;

/// <summary>Where a TUN's interface is.</summary>
/// <param name="Presence">How sure that is.</param>
/// <param name="Name">The interface's name there.</param>
/// <param name="Namespace">Identity of the network namespace: its inode.</param>
/// <param name="NamespaceId">Id of that namespace in our own; -1 for our own.</param>
internal readonly record struct LinuxLinkPlace(LinuxLinkPresence Presence, string Name, ulong Namespace, int NamespaceId)
{
    /// <summary>Nowhere.</summary>
    public static LinuxLinkPlace Gone { get; } = new(LinuxLinkPresence.Gone, "", 0, -1);
}
