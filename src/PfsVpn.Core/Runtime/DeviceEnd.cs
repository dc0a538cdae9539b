namespace PfsVpn.Runtime;

/// <summary>Why a running device ended.</summary>
internal enum DeviceEnd
{
    /// <summary>It was asked to: a signal, or the program.</summary>
    Stopped,

    /// <summary>Its interface was deleted.</summary>
    InterfaceDeleted,

    /// <summary>Its interface carries no packets any more, though nobody deleted it; the log says why.</summary>
    InterfaceFailed,

    /// <summary>Its control socket was deleted.</summary>
    SocketDeleted,

    /// <summary>A thread of it failed; the log says how.</summary>
    Failed,
}
