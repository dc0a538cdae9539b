namespace PfsVpn.Cli.Doctor;

/// <summary>One thing that a check found. No secret.</summary>
/// <param name="Verdict">How bad it is.</param>
/// <param name="What">What was seen, in one sentence without a full stop.</param>
/// <param name="Remedy">How to mend it; null where nothing is to be mended.</param>
internal sealed record Finding(Verdict Verdict, string What, string? Remedy = null)
{
    public static Finding Ok(string what) => new(Verdict.Ok, what);

    public static Finding Skipped(string what) => new(Verdict.Skipped, what);

    public static Finding Warning(string what, string remedy) => new(Verdict.Warning, what, remedy);

    public static Finding Problem(string what, string remedy) => new(Verdict.Problem, what, remedy);
}
