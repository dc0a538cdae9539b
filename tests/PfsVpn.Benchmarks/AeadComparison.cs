using System.Diagnostics;
using System.Globalization;
using PfsVpn.Crypto;

namespace PfsVpn.Benchmarks;

/// <summary>A quick comparison of everyone who does ChaCha20-Poly1305 here: alternating rounds in one run, medians, and ratios to OpenSSL.</summary>
internal static class AeadComparison
{
    private static readonly int[] Lengths = [64, 256, 1420];
    private static readonly int[] Batches = [1, 45];

    /// <summary>Prints one table. <paramref name="rounds"/> rounds for each; 60 take about ten seconds.</summary>
    public static void Run(int rounds)
    {
        TransportAead.Warm();
        Console.WriteLine($"kernel in use: {TransportAead.KernelName}; medians of {rounds} alternating rounds, ns per packet");
        Console.WriteLine($"{"",-8}{"",-6}{"",-22}{"ns",10}{"to OpenSSL",12}");
        foreach (var length in Lengths)
            foreach (var batch in Batches) Measure(length, batch, rounds);
    }

    private static void Measure(int length, int batch, int rounds)
    {
        using var stage = new AeadStage(length, batch);
        var contenders = Contenders(stage).ToList();
        var turns = Math.Max(1, 260 / batch);
        var times = contenders.ConvertAll(static _ => new List<double>());
        for (var round = -20; round < rounds; round++)
        {
            for (var i = 0; i < contenders.Count; i++)
            {
                var start = Stopwatch.GetTimestamp();
                for (var turn = 0; turn < turns; turn++) contenders[i].Work();
                var elapsed = Stopwatch.GetElapsedTime(start);
                if (round >= 0) times[i].Add(elapsed.TotalNanoseconds / (turns * batch));
            }
        }
        var copy = Median(times[^1]);
        var medians = contenders.Select((contender, i) => Median(times[i]) - (contender.Opens ? copy : 0)).ToList();
        for (var i = 0; i < contenders.Count - 1; i++)
        {
            var openSsl = contenders.FindIndex(other => other.Name == (contenders[i].Opens ? "open OpenSSL EVP" : "seal OpenSSL EVP"));
            var ratio = openSsl < 0 ? "" : (medians[i] / medians[openSsl]).ToString("F2", CultureInfo.InvariantCulture);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{length + " B",-8}{"x" + batch,-6}{contenders[i].Name,-22}{medians[i],10:F1}{ratio,12}"));
        }
    }

    /// <summary>Everyone, and at the end the copy that each opening contains.</summary>
    private static IEnumerable<(string Name, bool Opens, Action Work)> Contenders(AeadStage stage)
    {
        if (stage.HasOpenSsl)
        {
            yield return ("seal OpenSSL EVP", false, stage.SealWithOpenSsl);
            yield return ("open OpenSSL EVP", true, () => stage.CopyAndOpenWithOpenSsl());
        }
        yield return ("seal libsodium", false, stage.SealWithSodium);
        yield return ("seal .NET class", false, stage.SealWithFramework);
        foreach (var (kernel, aead) in stage.Kernels)
        {
            yield return ("seal " + AeadKernels.NameOf(kernel), false, () => stage.Seal(aead));
            yield return ("open " + AeadKernels.NameOf(kernel), true, () => stage.CopyAndOpen(aead));
        }
        yield return ("copy", false, stage.Copy);
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }
}
