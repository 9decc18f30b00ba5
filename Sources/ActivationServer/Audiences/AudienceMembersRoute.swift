import ActivationCore
import ActivationEngine
import Hummingbird

/// `/v1/audiences/{id}/members`: how many members an audience has, who entered and who exited by the hour (BEHAVIOUR 5.9).
struct AudienceMembersRoute: Sendable {
    let dependencies: ServerDependencies

    func add(to router: some RouterMethods<ServerContext>) {
        router.get("audiences/:id/members") { request, context in try await members(request, context) }
    }

    private func members(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let store = SegmentDefinitionStore(dependencies: dependencies)
        let definition = try store.definition(context.pathParameter("id"))
        let count = try QueryItems(request).integer("hours", in: 1...Int(BookedHour.keptHours)) ?? 24
        let history = try await APIError.mapping { () throws(EngineError) in
            try await MemberHistory(of: definition.id, dependencies.engine, now: dependencies.time.now())
        }
        return Response(json: AudienceMembersRoute.document(history, definition, last: count))
    }

    private static func document(
        _ history: MemberHistory,
        _ definition: SegmentDefinition,
        last count: Int
    ) -> JSONValue {
        let start = history.start(ofLast: count)
        let hours = history.hours.filter { $0.start >= start }
        let sum = hours.reduce(into: MemberCounters()) { $0 += $1.counters }
        return [
            "audienceId": .string(definition.idText),
            "members": .integer(history.members),
            "since": .string(start.rfc3339),
            "entered": .integer(sum.entered),
            "exited": .integer(sum.exited),
            "hours": .array(
                hours.map { hour in
                    [
                        "start": .string(hour.start.rfc3339),
                        "entered": .integer(hour.counters.entered),
                        "exited": .integer(hour.counters.exited),
                        "members": .integer(hour.members),
                    ]
                }
            ),
        ]
    }
}
