#!/bin/sh
# Runs the program beside this file on the installed .NET; a link to this file works, too.
exec dotnet "$(dirname "$(readlink -f "$0")")/@PROGRAM@.dll" "$@"
