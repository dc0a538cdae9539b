using PfsVpn.Cli.Windows.Service;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Tests.Cli.Windows;

/// <summary>What the service control manager is told from the start of a service to its end, and what it asks for.</summary>
public sealed class ServiceCourseTests
{
    [Fact]
    public void While_it_changes_a_service_says_that_it_goes_on_and_accepts_little()
    {
        var starting = ServiceCourse.StatusOf(Advapi32.SERVICE_START_PENDING, 3, 0);
        Assert.Equal((Advapi32.SERVICE_ACCEPT_STOP, 3u, 10_000u), (starting.dwControlsAccepted, starting.dwCheckPoint, starting.dwWaitHint));
        var running = ServiceCourse.StatusOf(Advapi32.SERVICE_RUNNING, 3, 0);
        Assert.Equal((0x109u, 0u, 0u), (running.dwControlsAccepted, running.dwCheckPoint, running.dwWaitHint));
        var stopping = ServiceCourse.StatusOf(Advapi32.SERVICE_STOP_PENDING, 1, 0);
        Assert.Equal((0u, 1u, 10_000u), (stopping.dwControlsAccepted, stopping.dwCheckPoint, stopping.dwWaitHint));
    }

    [Fact]
    public void A_failure_is_the_services_own_error()
    {
        var failed = ServiceCourse.StatusOf(Advapi32.SERVICE_STOPPED, 0, 1);
        Assert.Equal((1066u, 1u, 0x10u), (failed.dwWin32ExitCode, failed.dwServiceSpecificExitCode, failed.dwServiceType));
        Assert.Equal(0u, ServiceCourse.StatusOf(Advapi32.SERVICE_STOPPED, 0, 0).dwWin32ExitCode);
    }

    [Fact]
    public void A_request_to_stop_that_comes_before_anybody_listens_is_not_lost()
    {
        var told = new List<uint>();
        var course = new ServiceCourse(status => told.Add(status.dwCurrentState));
        var stops = 0;
        course.Set(Advapi32.SERVICE_START_PENDING);
        Assert.Equal(0u, course.Take(Advapi32.SERVICE_CONTROL_STOP));
        course.Listen(() => stops++, static () => { });
        Assert.Equal(1, stops);
        course.Take(Advapi32.SERVICE_CONTROL_PRESHUTDOWN);
        Assert.Equal(1, stops);
        course.Set(Advapi32.SERVICE_RUNNING);
        course.GoOn();
        Assert.DoesNotContain(Advapi32.SERVICE_RUNNING, told);
    }

    [Theory]
    [InlineData(false, 1066u)]
    [InlineData(true, 0u)]
    public void A_service_that_was_asked_to_stop_has_stopped_however_well_so_that_it_is_not_started_again(bool isAsked, uint expected)
    {
        Advapi32.SERVICE_STATUS last = default;
        var course = new ServiceCourse(status => last = status);
        course.Set(Advapi32.SERVICE_RUNNING);
        course.Listen(static () => { }, static () => { });
        if (isAsked) course.Take(Advapi32.SERVICE_CONTROL_STOP);
        course.End(1);
        Assert.Equal((Advapi32.SERVICE_STOPPED, expected, 1), (last.dwCurrentState, last.dwWin32ExitCode, course.ExitCode));
        // What comes late changes nothing.
        course.GoOn();
        course.Set(Advapi32.SERVICE_STOP_PENDING);
        Assert.Equal(Advapi32.SERVICE_STOPPED, last.dwCurrentState);
    }

    [Fact]
    public void A_service_is_told_of_changes_and_of_nothing_that_it_does_not_know()
    {
        var course = new ServiceCourse(static _ => { });
        var reloads = 0;
        Assert.Equal(0u, course.Take(Advapi32.SERVICE_CONTROL_PARAMCHANGE));
        course.Listen(static () => { }, () => reloads++);
        Assert.Equal(0u, course.Take(Advapi32.SERVICE_CONTROL_PARAMCHANGE));
        Assert.Equal(1, reloads);
        Assert.Equal(0u, course.Take(Advapi32.SERVICE_CONTROL_INTERROGATE));
        Assert.Equal(120u, course.Take(200));
    }
}
