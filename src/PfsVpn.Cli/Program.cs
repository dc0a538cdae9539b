using PfsVpn.Cli;

// A lab process is there to be looked into: a core of it is made and searched.
if (args is not ["lab", "host", ..]) NativeProcess.RefuseDumps();
using var context = CliContext.System();
return CommandTree.Run(context, args);
