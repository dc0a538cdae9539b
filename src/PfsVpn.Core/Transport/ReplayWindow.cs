using System.Diagnostics;
using PfsVpn.Crypto;
using PfsVpn.Noise;

namespace PfsVpn.Transport;

/// <summary>Which counters of a keypair were received: each is accepted once, and none that is too far behind the greatest.</summary>
/// <remarks>
/// References: RFC 6479 (a ring of words; moving on clears whole words, nothing is shifted); WireGuard paper §5.4.6; the kernel's counter_validate.
/// Sizes: 8192 bits, of which one word of 64 is always being cleared, so counters up to <see cref="WindowSize"/> = 8128 behind the greatest are told
/// apart. The ring (1 KiB) is allocated with the 64th counter: a keypair that carries only keepalives costs nothing.
/// Threading: safe from any thread; a spin lock is held for one call, so that a batch takes it once. Called only for packets that are authentic:
/// before that, an attacker could move the window.
/// </remarks>
internal sealed class ReplayWindow
{
    /// <summary>The greatest lag behind the greatest counter that is still accepted.</summary>
    public const int WindowSize = BitCount - BitsPerWord;

    private const int BitCount = 8192;
    private const int BitsPerWord = 64;
    private const int WordCount = BitCount / BitsPerWord;

    private int _locked;

    // One more than the greatest counter accepted, 0 for none: counters are kept plus one, so that no other flag is needed.
    private ulong _greatest;
    private ulong _firstWord;
    private ulong[]? _ring;

    /// <summary>Accepts <paramref name="counter"/>, or says false: seen before, too far behind, or not less than REJECT_AFTER_MESSAGES.</summary>
    public bool TryAccept(ulong counter)
    {
        Enter();
        try
        {
            return Accept(counter);
        }
        finally
        {
            Exit();
        }
    }

    /// <summary>
    /// Accepts the packets of a batch that are authentic, under one lock, in order; <see cref="AeadPacket.Authentic"/> stays 1 for those that are accepted as
    /// well. Returns how many are.
    /// </summary>
    public int TryAcceptBatch(Span<AeadPacket> packets)
    {
        var count = 0;
        Enter();
        try
        {
            foreach (ref var packet in packets)
            {
                if (packet.Authentic == 0) continue;
                packet.Authentic = Accept(packet.Counter) ? 1 : 0;
                count += packet.Authentic;
            }
        }
        finally
        {
            Exit();
        }
        return count;
    }

    private bool Accept(ulong counter)
    {
        if (counter >= ProtocolConstants.RejectAfterMessages) return false;
        var position = counter + 1;
        if (position + WindowSize < _greatest) return false;

        if (position < BitsPerWord && _ring is null)
        {
            if (position > _greatest) _greatest = position;
            return TestAndSet(ref _firstWord, position);
        }
        var ring = _ring ??= NewRing();
        if (position > _greatest) Advance(ring, position);
        return TestAndSet(ref ring[Word(position)], position);
    }

    private ulong[] NewRing()
    {
        var ring = new ulong[WordCount];
        ring[0] = _firstWord;
        return ring;
    }

    /// <summary>Moves the front to <paramref name="position"/> and clears the words that it passes.</summary>
    private void Advance(ulong[] ring, ulong position)
    {
        var front = _greatest / BitsPerWord;
        var words = Math.Min((position / BitsPerWord) - front, WordCount);
        for (ulong i = 1; i <= words; i++) ring[(front + i) % WordCount] = 0;
        _greatest = position;
    }

    private static int Word(ulong position) => (int)(position / BitsPerWord % WordCount);

    private static bool TestAndSet(ref ulong word, ulong position)
    {
        var bit = 1UL << (int)(position % BitsPerWord);
        if ((word & bit) != 0) return false;
        word |= bit;
        return true;
    }

    // The lock is held for nanoseconds, so waiting by spinning beats a sleep; SpinOnce yields where the holder was preempted.
    private void Enter()
    {
        if (Interlocked.CompareExchange(ref _locked, 1, 0) == 0) return;
        var wait = new SpinWait();
        while (Volatile.Read(ref _locked) != 0 || Interlocked.CompareExchange(ref _locked, 1, 0) != 0) wait.SpinOnce(sleep1Threshold: -1);
    }

    private void Exit()
    {
        Debug.Assert(_locked == 1);
        Volatile.Write(ref _locked, 0);
    }
}
