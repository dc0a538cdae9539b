using System.Text;

namespace PfsVpn.Cli.View;

/// <summary>What was pressed.</summary>
internal enum TopKeyKind
{
    /// <summary>A character: <see cref="TopKey.Rune"/>.</summary>
    Character,
    Enter,
    Escape,
    Backspace,
    Tab,
    Up,
    Down,
    PageUp,
    PageDown,
    Home,
    End,

    /// <summary>Ctrl-C, where the terminal does not make a signal of it.</summary>
    Interrupt,

    /// <summary>Ctrl-L: the screen is to be drawn anew.</summary>
    Redraw,
}

/// <summary>A key.</summary>
internal readonly record struct TopKey(TopKeyKind Kind, Rune Rune = default)
{
    /// <summary>A character.</summary>
    public static TopKey Of(char character) => new(TopKeyKind.Character, new Rune(character));
}
