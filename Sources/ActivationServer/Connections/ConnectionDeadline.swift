import NIOCore

/// The instant until which something has to happen on a connection.
///
/// It moves with every request, and the event loop finds it costly to forget a task; so a task that runs too early runs
/// again at the instant that holds then. For use on the event loop alone.
struct ConnectionDeadline {
    private final class Task {
        var instant: NIODeadline?
        var scheduled: (at: NIODeadline, task: Scheduled<Void>)?
    }

    private let task = Task()

    /// Sets the instant and what happens then; the action of an earlier call may run instead.
    ///
    /// - Parameters:
    ///   - instant: When.
    ///   - eventLoop: Where.
    ///   - act: What happens.
    func set(_ instant: NIODeadline, on eventLoop: any EventLoop, _ act: @escaping () -> Void) {
        task.instant = instant
        ConnectionDeadline.schedule(task, on: eventLoop, act)
    }

    /// Takes the instant back.
    func clear() {
        task.instant = nil
    }

    /// Takes everything back, at the end of the connection.
    func end() {
        task.instant = nil
        task.scheduled?.task.cancel()
        task.scheduled = nil
    }

    private static func schedule(_ task: Task, on eventLoop: any EventLoop, _ act: @escaping () -> Void) {
        guard let instant = task.instant else { return }
        if let scheduled = task.scheduled {
            guard instant < scheduled.at else { return }
            scheduled.task.cancel()
        }
        let next = eventLoop.assumeIsolated().scheduleTask(deadline: instant) {
            task.scheduled = nil
            guard let instant = task.instant else { return }
            guard instant <= eventLoop.now else { return schedule(task, on: eventLoop, act) }
            task.instant = nil
            act()
        }
        task.scheduled = (instant, next)
    }
}
