namespace PfsVpn.Lab.Policies;

/// <summary>A profile over some days, second by second, so that questions about it are answered by looking up.</summary>
internal sealed class TrafficTable
{
    private readonly int _from;
    private readonly int[] _until;
    private readonly int[] _next;

    /// <summary>Lays a profile out between two moments in seconds.</summary>
    public TrafficTable(TrafficProfile profile, int from, int to)
    {
        _from = from;
        var busy = new bool[to - from];
        foreach (var (start, end) in profile.Between(from, to)) busy.AsSpan(start - from, end - start).Fill(true);
        _until = new int[busy.Length + 1];
        _next = new int[busy.Length + 1];
        _next[busy.Length] = to;
        for (var i = 0; i < busy.Length; i++) _until[i + 1] = _until[i] + (busy[i] ? 1 : 0);
        for (var i = busy.Length - 1; i >= 0; i--) _next[i] = busy[i] ? i + from : _next[i + 1];
    }

    /// <summary>Seconds of traffic between two moments; what is before the table is not known and not counted.</summary>
    public double Between(double start, double end) => end <= start ? 0 : Until(end) - Until(start);

    /// <summary>The first moment from <paramref name="time"/>, a whole second, on at which there is traffic.</summary>
    public double FirstFrom(double time) => _next[(int)Math.Clamp(time - _from, 0, _next.Length - 1)];

    private double Until(double time)
    {
        var place = Math.Clamp(time - _from, 0, _until.Length - 1);
        var whole = (int)place;
        return whole == _until.Length - 1 ? _until[whole] : _until[whole] + ((place - whole) * (_until[whole + 1] - _until[whole]));
    }
}
