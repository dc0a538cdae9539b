namespace PfsVpn.SystemTests.Harness;

/// <summary>A WireGuard message seen on the wire.</summary>
/// <param name="At">When, by the test's clock.</param>
/// <param name="FromLeft">Whether the left end sent it (10.9.0.1).</param>
/// <param name="Type">1 initiation, 2 response, 3 cookie reply, 4 data.</param>
/// <param name="Receiver">Receiver index; of an initiation, the sender's.</param>
/// <param name="Counter">Counter of a data message.</param>
/// <param name="Length">Bytes.</param>
public readonly record struct WireMessage(TimeSpan At, bool FromLeft, byte Type, uint Receiver, ulong Counter, int Length)
{
    /// <summary>A data message without data.</summary>
    public bool IsKeepalive => Type == 4 && Length == 32;
}
