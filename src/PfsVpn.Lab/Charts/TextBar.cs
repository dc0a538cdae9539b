namespace PfsVpn.Lab.Charts;

/// <summary>A bar in a terminal.</summary>
internal static class TextBar
{
    private const string Eighths = " ▏▎▍▌▋▊▉";

    /// <summary>A share from 0 to 1 as a bar of up to <paramref name="width"/> cells, in eighths of a cell. Anything above nothing is seen.</summary>
    public static string Of(double share, int width)
    {
        var eighths = (int)Math.Round(Math.Clamp(share, 0, 1) * width * 8);
        if (share > 0) eighths = Math.Max(eighths, 1);
        var rest = eighths % 8;
        return new string('█', eighths / 8) + (rest == 0 ? "" : Eighths[rest].ToString());
    }
}
