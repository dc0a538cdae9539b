using PfsVpn.Cli.Commands;

namespace PfsVpn.Cli.Provision;

/// <summary>Questions to a person on a terminal.</summary>
internal static class Questions
{
    /// <summary>Asks for a text, again until <paramref name="check"/> takes it. Enter means <paramref name="otherwise"/>, if there is one.</summary>
    /// <param name="context">Where to ask; it has somebody to ask.</param>
    /// <param name="question">The question, without a sign behind it.</param>
    /// <param name="otherwise">The answer that Enter gives, or null where one must be typed.</param>
    /// <param name="check">Turns the answer into what is meant, or throws a <see cref="UsageException"/> that says what is wrong with it.</param>
    public static string Text(CliContext context, string question, string? otherwise, Func<string, string> check)
    {
        while (true)
        {
            var answer = Answer(context, otherwise is null ? $"{question}: " : $"{question} [{otherwise}]: ");
            if (answer.Length == 0 && otherwise is null) continue;
            try
            {
                return check(answer.Length == 0 ? otherwise! : answer);
            }
            catch (UsageException wrong)
            {
                context.Error.WriteLine(wrong.Message);
            }
        }
    }

    /// <summary>Asks for yes or no.</summary>
    public static bool YesOrNo(CliContext context, string question, bool otherwise)
    {
        while (true)
        {
            switch (Answer(context, $"{question} [{(otherwise ? "Y/n" : "y/N")}]: "))
            {
                case "":
                    return otherwise;
                case "y" or "Y" or "yes" or "Yes":
                    return true;
                case "n" or "N" or "no" or "No":
                    return false;
            }
        }
    }

    private static string Answer(CliContext context, string question) => context.Ask!(question)?.Trim() ?? throw new CliException("The answers ended; nothing has been made");
}
