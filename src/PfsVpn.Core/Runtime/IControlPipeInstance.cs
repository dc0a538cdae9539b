namespace PfsVpn.Runtime;

/// <summary>One instance of the control pipe, for one client: at most one read or write is under way at a time, and its end is told elsewhere.</summary>
/// <remarks>Threading: one thread at a time.</remarks>
internal unsafe interface IControlPipeInstance
{
    /// <summary>Begins to read; false, and no end is told, where the client is gone.</summary>
    bool TryBeginRead(byte* destination, int length);

    /// <summary>Begins to write; its end means that the client has read all of it. False, and no end is told, where the client is gone.</summary>
    bool TryBeginWrite(byte* source, int length);

    /// <summary>
    /// Cancels what is under way, waits until the system no longer touches the memory, and closes the instance; what the client has not read is gone. An end may still be told.
    /// </summary>
    void Close();
}
