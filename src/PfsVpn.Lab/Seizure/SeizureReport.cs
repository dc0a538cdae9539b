using System.Globalization;
using System.Text;
using PfsVpn.Lab.Charts;

namespace PfsVpn.Lab.Seizure;

/// <summary>What a seizure gave away, in words and as bars.</summary>
internal static class SeizureReport
{
    private const int BarWidth = 40;

    /// <summary>One outcome.</summary>
    public static string Of(SeizureOutcome outcome)
    {
        var text = new StringBuilder();
        Line(text, $"{outcome.Name}");
        Line(text, $"  wire        {outcome.Messages.Count} data messages in {outcome.Sessions} sessions, of which {outcome.LiveSessions} may have keys at the seizure");
        Line(text, $"  handshakes  {outcome.Identities} of {outcome.Sessions} initiations gave the initiator's identity, {outcome.Timestamps} the timestamp; {outcome.OpenedHandshakes} handshakes gave session keys");
        Line(text, $"  memory      {outcome.MemoryBytes / 1e6:0} MB read, {outcome.Windows / 1e6:0.0} million windows tried as session keys, {outcome.Multiplied} multiplied out as private keys");
        Line(text, $"              {outcome.DistinctKeysInMemory} session keys found{Places(outcome)}, {outcome.EphemeralKeysInMemory} ephemeral private keys");
        Line(text, $"  read        {outcome.Read} of {outcome.Messages.Count} messages in {outcome.Duration.TotalSeconds:0.0} s; the oldest is {outcome.OldestRead.TotalSeconds:0.0} s old");
        Line(text, $"");
        Line(text, $"  age at the seizure   messages   readable");
        foreach (var bucket in AgeBucket.Of(outcome))
            Line(text, $"  {Ages(bucket),-18} {bucket.Messages,10} {bucket.Share * 100,8:0} %  {TextBar.Of(bucket.Share, BarWidth)}");
        return text.ToString();
    }

    /// <summary>What it means for the product.</summary>
    public static string Verdict(SeizureOutcome product, SeizureOutcome control)
    {
        var text = new StringBuilder();
        var oldest = product.LiveWindow.TotalSeconds;
        if (product.ReadBeyond > 0) Line(text, $"NOT forward secret: {product.ReadBeyond} messages of sessions that had ended could be read.");
        else Line(text, $"What could be read is the live window, {oldest:0.0} s: {(product.LiveSessions > 1 ? "the session that was going on, and the one before it, which ends 5 s after the change" : "the session that was going on")}. Nothing older could be read.");
        if (product.Identities > 0) Line(text, $"Not protected by forward secrecy in this protocol: who sent each initiation, and when. The responder's private key is enough for that.");
        if (control.Read < control.Messages.Count) Line(text, $"The control failed: without ephemeral keys everything should be readable, and {control.Read} of {control.Messages.Count} messages were. This run proves nothing.");
        else Line(text, $"The control, the same without ephemeral keys, was read from the first message to the last.");
        return text.ToString();
    }

    /// <summary>The ages of a bucket: "15 to 30 s".</summary>
    public static string Ages(AgeBucket bucket) => string.Create(CultureInfo.InvariantCulture, $"{bucket.From.TotalSeconds:0.#} to {bucket.To.TotalSeconds:0.#} s");

    private static string Places(SeizureOutcome outcome)
    {
        var places = outcome.KeysInMemory.Select(static key => key.Place).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        return places.Count == 0 ? "" : $" ({string.Join("; ", places)})";
    }

    private static void Line(StringBuilder text, FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
