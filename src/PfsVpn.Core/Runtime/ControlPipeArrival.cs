namespace PfsVpn.Runtime;

/// <summary>How it is with the client of an instance that waits for one.</summary>
internal enum ControlPipeArrival
{
    /// <summary>It will be told.</summary>
    Later,

    /// <summary>It is here already.</summary>
    Here,

    /// <summary>It came and went: the instance is of no use.</summary>
    Gone,
}
