using System.Globalization;
using System.Text;
using PfsVpn.Cli.Control;

namespace PfsVpn.Cli.Output;

/// <summary>The display of <c>secrecy</c> for people. Plain ASCII, with colours where wanted.</summary>
internal sealed class SecrecyPrinter(StringBuilder text, bool colours)
{
    /// <summary>What no erasing can give, said once below all interfaces.</summary>
    public const string Limits =
        "What was recorded stays recorded; erased keys keep it unreadable. Not protected, by the handshake's own design: whoever takes the private\n" +
        "key of the side that answers can see in recorded handshakes which peer asked for a session, and when.\n";

    private const string Reset = "\e[0m", Bold = "\e[1m", Red = "\e[31m", Green = "\e[32m", Yellow = "\e[33m";
    private const int EndsShown = 8;
    private const int ShortKey = 8;

    /// <summary>Prints one interface.</summary>
    public void Print(SecrecyState state)
    {
        Coloured(Green + Bold, "interface").Append(": ");
        Coloured(Green, state.Interface).Append('\n');
        PrintVerdict(state);
        foreach (var peer in state.Peers.OrderByDescending(static peer => peer.ExposureSeconds)) PrintPeer(peer);
        if (state.PeersWithoutKeys > 0) text.Append($"\n{Number(state.PeersWithoutKeys)} {(state.PeersWithoutKeys == 1 ? "peer" : "peers")} had no key since the start.\n");
        PrintProtections(state.Protections);
        PrintEnds(state.LatestEnds);
    }

    private void PrintVerdict(SecrecyState state)
    {
        text.Append("  If this machine were seized now, ");
        Coloured(Bold, state.KeypairsAlive == 0
            ? "no recorded traffic could be read: no session key exists"
            : $"at most the last {ShortTime.AtMost(state.ExposureSeconds)} ({Size(state.ExposureBytes)}) of recorded traffic could be read").Append(".\n");
        text.Append(state.WorstOutlivingMs == 0
            ? "  No key ever outlived its deadline.\n"
            : $"  The longest that a key ever outlived its deadline: {ShortTime.Milliseconds(state.WorstOutlivingMs)}.\n");
        var broken = state.Protections?.Count(static protection => !protection.Holds) ?? 0;
        if (broken == 0) return;
        text.Append("  ");
        Coloured(Red, $"{Number(broken)} of {Number(state.Protections!.Count)} protections of the process {(broken == 1 ? "does" : "do")} not hold; see below.").Append('\n');
    }

    private void PrintPeer(SecrecyPeer peer)
    {
        text.Append('\n');
        Coloured(Yellow + Bold, "peer").Append(": ");
        Coloured(Yellow, peer.PublicKey).Append('\n');
        if (peer.Name is { } name) Label("name").Append(name).Append('\n');
        Label("exposed").Append(peer.Keypairs.Count == 0 ? "nothing" : $"the last {ShortTime.AtMost(peer.ExposureSeconds)} ({Size(peer.ExposureBytes)})").Append('\n');
        if (peer.Keypairs.Count > 0)
        {
            Row("key", "age", "bytes", "rekey in", "ends in", "confirmed");
            foreach (var keypair in peer.Keypairs)
                Row(keypair.Role, ShortTime.Whole(keypair.Age), Size(keypair.Bytes), keypair.RekeyIn is { } rekey ? ShortTime.Whole(rekey) : "-", ShortTime.Whole(keypair.EndsIn), keypair.Confirmed ? "yes" : "not yet");
        }
        if (peer.UnansweredSeconds is { } unanswered) Label("handshake").Append($"unanswered for {ShortTime.Whole(unanswered)}\n");
        Label("keypairs").Append($"{Number(peer.KeypairsMade)} made, {Number(peer.KeypairsErased)} erased, {(peer.WorstOutlivingMs == 0 ? "none" : $"at most {ShortTime.Milliseconds(peer.WorstOutlivingMs)}")} late\n");
        if (peer.Reasons.Count > 0) Label("ends").Append(string.Join(", ", peer.Reasons.Select(static reason => $"{Number(reason.Count)} {Words(reason.Reason)}"))).Append('\n');
    }

    private void PrintProtections(IReadOnlyList<SecrecyProtection>? protections)
    {
        text.Append('\n');
        Coloured(Bold, "protections of the process");
        if (protections is null)
        {
            text.Append(": not told by this daemon\n");
            return;
        }
        text.Append('\n');
        foreach (var protection in protections)
        {
            text.Append("  ");
            if (protection.Holds) Coloured(Green, "[ok]");
            else Coloured(Red, "[NO]");
            text.Append(' ').Append(protection.Name);
            if (protection.Detail.Length > 0) text.Append(": ").Append(protection.Detail);
            text.Append('\n');
            if (!protection.Holds && protection.Remedy is { } remedy) text.Append("       to do: ").Append(remedy).Append('\n');
        }
    }

    private void PrintEnds(IReadOnlyList<SecrecyEnd> ends)
    {
        if (ends.Count == 0) return;
        text.Append('\n');
        Coloured(Bold, "latest ends").Append('\n');
        foreach (var end in ends.Take(EndsShown))
        {
            text.Append(string.Create(CultureInfo.InvariantCulture, $"  {ShortTime.Whole(end.SecondsAgo) + " ago",-16} {Words(end.Kind),-20} "))
                .Append(string.Create(CultureInfo.InvariantCulture, $"{(end.Peer is { } key ? key[..Math.Min(ShortKey, key.Length)] + "..." : "-"),-12} "))
                .Append(string.Create(CultureInfo.InvariantCulture, $"{Words(end.Reason),-22} lived {ShortTime.Whole(end.Lived)}"));
            if (end.OutlivedMs > 0) text.Append($", {ShortTime.Milliseconds(end.OutlivedMs)} late");
            text.Append('\n');
        }
    }

    private void Row(string role, string age, string bytes, string rekey, string end, string confirmed) =>
        text.Append(string.Create(CultureInfo.InvariantCulture, $"    {role,-10}{age,-14}{bytes,-13}{rekey,-14}{end,-14}{confirmed}\n"));

    private StringBuilder Label(string label)
    {
        text.Append("  ");
        return Coloured(Bold, label).Append(": ");
    }

    private StringBuilder Coloured(string style, string content)
    {
        if (colours) text.Append(style);
        text.Append(content);
        if (colours) text.Append(Reset);
        return text;
    }

    private static string Size(ulong bytes)
    {
        var (number, unit) = ByteSize.Format(bytes);
        return $"{number} {unit}";
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>PreviousRetired as "previous retired": names of the protocol that a newer daemon adds are shown too.</summary>
    private static string Words(string name)
    {
        var words = new StringBuilder(name.Length + 4);
        foreach (var letter in name)
        {
            if (char.IsUpper(letter) && words.Length > 0) words.Append(' ');
            words.Append(char.ToLowerInvariant(letter));
        }
        return words.ToString();
    }
}
