namespace PfsVpn.Cli.Doctor;

/// <summary>What became of a check, in the order of what is worse.</summary>
internal enum Verdict
{
    /// <summary>It could not be looked at, or there is nothing to look at.</summary>
    Skipped,

    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>It works, but not as well as it could, or not for long.</summary>
    Warning,

    /// <summary>It does not work.</summary>
    Problem,
}
