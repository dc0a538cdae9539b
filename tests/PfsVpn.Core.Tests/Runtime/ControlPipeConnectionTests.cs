using PfsVpn.Interop.Windows;

namespace PfsVpn.Tests.Runtime;

public sealed class ControlPipeConnectionTests
{
    private const string Fine = "{\"status\":\"fine\"}\nerrno=0\n\n";

    [Fact]
    public void It_answers_what_it_was_asked_and_listens_again()
    {
        using var pipe = new ScriptedPipe();
        pipe.Connection.Begin();
        pipe.Say("status=1\n\n");
        Assert.False(pipe.IsReading);
        Assert.Equal(Fine, pipe.Hear());
        Assert.True(pipe.IsReading);
        pipe.Say("set=1\nlisten_port=51820\n\n");
        Assert.Equal("errno=0\n\n", pipe.Hear());
        Assert.Equal(51820, pipe.Device.ListenPort);
        Assert.True(pipe.IsReading);
        Assert.False(pipe.Connection.IsEnded);
    }

    [Fact]
    public void A_request_may_come_in_any_pieces_and_an_empty_one_is_not_the_end()
    {
        using var pipe = new ScriptedPipe();
        pipe.Connection.Begin();
        foreach (var letter in "set=1\nlisten_port=1\n\n")
        {
            pipe.Say("");
            pipe.Say(letter.ToString());
        }
        Assert.Equal("errno=0\n\n", pipe.Hear());
        Assert.Equal(1, pipe.Device.ListenPort);
    }

    [Fact]
    public void Requests_that_come_together_are_answered_in_turn()
    {
        using var pipe = new ScriptedPipe();
        pipe.Connection.Begin();
        pipe.Say("status=1\n\nset=1\nlisten_port=7\n\nstatus=1\n");
        Assert.Equal(Fine, pipe.Hear());
        Assert.Equal("errno=0\n\n", pipe.Hear());
        Assert.True(pipe.IsReading);
        pipe.Say("\n");
        Assert.Equal(Fine, pipe.Hear());
    }

    [Fact]
    public void An_answer_goes_out_as_fast_as_the_client_reads()
    {
        using var pipe = new ScriptedPipe();
        pipe.Connection.Begin();
        pipe.Say("status=1\n\n");
        var heard = "";
        while (pipe.IsWriting)
        {
            Assert.True(pipe.Connection.HasUnsent);
            heard += pipe.Hear(most: 3);
        }
        Assert.Equal(Fine, heard);
        Assert.False(pipe.Connection.HasUnsent);
    }

    [Fact]
    public void What_cannot_be_understood_ends_the_connection_after_its_answer()
    {
        using var pipe = new ScriptedPipe();
        pipe.Connection.Begin();
        pipe.Say("what=1\n\n");
        Assert.Equal("errno=-71\n\n", pipe.Hear());
        Assert.True(pipe.Connection.IsEnded);
        Assert.False(pipe.IsReading);
    }

    [Theory]
    [InlineData(Kernel32.ERROR_BROKEN_PIPE)]
    [InlineData(Kernel32.ERROR_PIPE_NOT_CONNECTED)]
    [InlineData(Kernel32.ERROR_HANDLE_EOF)]
    [InlineData(Kernel32.ERROR_OPERATION_ABORTED)]
    public void A_client_that_hangs_up_ends_the_connection(int error)
    {
        using var pipe = new ScriptedPipe();
        pipe.Connection.Begin();
        pipe.End(0, error);
        Assert.True(pipe.Connection.IsEnded);
        Assert.False(pipe.IsReading || pipe.IsWriting);
    }

    [Fact]
    public void A_set_that_is_cut_off_is_not_applied()
    {
        using var pipe = new ScriptedPipe();
        pipe.Connection.Begin();
        pipe.Say("set=1\nlisten_port=9\n");
        pipe.IsGone = true;
        pipe.End(0, Kernel32.ERROR_BROKEN_PIPE);
        Assert.True(pipe.Connection.IsEnded);
        Assert.Equal(0, pipe.Device.ChangesApplied);
    }

    [Fact]
    public void A_client_that_does_not_wait_for_its_answer_does_no_harm()
    {
        using var pipe = new ScriptedPipe();
        pipe.Connection.Begin();
        pipe.Say("status=1\n\n");
        pipe.End(0, Kernel32.ERROR_NO_DATA);
        Assert.True(pipe.Connection.IsEnded);
        using var gone = new ScriptedPipe { IsGone = true };
        gone.Connection.Begin();
        Assert.True(gone.Connection.IsEnded);
        gone.Connection.Dispose();
        Assert.Equal(0, gone.RentedBlocks);
    }

    [Fact]
    public void Its_memory_goes_back_whatever_is_under_way()
    {
        using var silent = new ScriptedPipe();
        silent.Connection.Begin();
        Assert.Equal(1, silent.RentedBlocks);
        silent.Connection.Dispose();
        Assert.True(silent.IsClosed);
        Assert.Equal(0, silent.RentedBlocks);
        using var unread = new ScriptedPipe();
        unread.Connection.Begin();
        unread.Say("status=1\n\n");
        unread.Connection.Dispose();
        Assert.True(unread.IsClosed);
        Assert.Equal(0, unread.RentedBlocks);
    }
}
