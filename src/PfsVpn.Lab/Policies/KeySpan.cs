namespace PfsVpn.Lab.Policies;

/// <summary>The life of a key, in seconds.</summary>
/// <param name="Made">From when whoever seizes the machine finds it.</param>
/// <param name="UsedFrom">The first moment whose traffic it opens.</param>
/// <param name="UsedTo">The moment behind the last.</param>
/// <param name="Destroyed">From when it is gone; infinite for never.</param>
internal readonly record struct KeySpan(double Made, double UsedFrom, double UsedTo, double Destroyed);
