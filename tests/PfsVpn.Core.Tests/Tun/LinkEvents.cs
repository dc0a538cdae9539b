using System.Collections.Concurrent;
using System.Globalization;
using PfsVpn.Tun;

namespace PfsVpn.Tests.Tun;

/// <summary>Writes down what a monitor says: link events in order, changes of routes apart.</summary>
internal sealed class LinkEvents : ILinkObserver, IDisposable
{
    private readonly BlockingCollection<string> _links = [];
    private readonly BlockingCollection<long> _routes = [];

    public void LinkUp() => _links.Add("up");

    public void LinkDown() => _links.Add("down");

    public void LinkDeleted() => _links.Add("deleted");

    public void LinkMoved() => _links.Add("moved");

    public void MtuChanged(int mtu) => _links.Add(string.Create(CultureInfo.InvariantCulture, $"mtu {mtu}"));

    public void RoutesChanged() => _routes.Add(Environment.TickCount64);

    /// <summary>Waits for exactly these link events.</summary>
    public void Expect(params string[] expected)
    {
        var seen = new List<string>();
        foreach (var _ in expected) seen.Add(_links.Take());
        Assert.Equal(string.Join(", ", expected), string.Join(", ", seen));
    }

    /// <summary>Waits for the next change of routes and returns when it was reported.</summary>
    public long TakeRoutes() => _routes.Take();

    /// <summary>How many reports of changed routes wait to be taken.</summary>
    public int WaitingRoutes => _routes.Count;

    /// <summary>That no link event is left over.</summary>
    public void ExpectNothingMore() => Assert.Empty(_links);

    public void Dispose()
    {
        _links.Dispose();
        _routes.Dispose();
    }
}
