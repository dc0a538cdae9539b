using PfsVpn.Cli;

NativeProcess.RefuseDumps();
using var context = CliContext.System();
return CommandTree.Run(context, args);
