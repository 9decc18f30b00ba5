import ActivationCore
import ActivationEngine
import Console

extension MemberHistory {
    /// Days that the longer chart shows.
    static let days = 30

    /// The last 24 hours, or the last 30 days.
    func chart(byDay: Bool) -> MemberChart {
        let points = points(ofLast: byDay ? hours(ofLastDays: MemberHistory.days) : 24).map { hour in
            MemberChart.Point(
                start: hour.start,
                entered: hour.counters.entered,
                exited: hour.counters.exited,
                members: hour.members
            )
        }
        guard byDay else { return MemberChart(points, by: .hour) }
        let days = stride(from: 0, to: points.count, by: 24).map { first in
            points[first..<min(first + 24, points.count)].dropFirst().reduce(into: points[first]) { day, hour in
                day.entered += hour.entered
                day.exited += hour.exited
                day.members = hour.members
            }
        }
        return MemberChart(days, by: .day)
    }
}
