namespace PfsVpn.Tun;

/// <summary>Tells of every change to the interfaces, routes and addresses of this machine.</summary>
/// <remarks>Threading: calls on threads of the system, several at once; what is called returns at once and does not throw. None runs any more when Dispose returns.</remarks>
internal interface IIpChanges : IDisposable
{
    /// <summary>Begins. Once.</summary>
    /// <exception cref="IOException">The system refuses.</exception>
    void Start(Action<IpChange> heard);
}
