import ActivationCore
import HTTPTypes
import Testing

@testable import ActivationServer

/// The etag as a query item, as Adobe's published requests have it (docs/API.md 4).
struct MatchItemTests {
    private static let rename: JSONValue = [["op": "replace", "path": "/name", "value": "renamed"]]

    @Test(arguments: ["flows", "connections", "sourceConnections", "targetConnections"])
    func `an update takes the etag from the query, quoted or not`(kind: String) async throws {
        try await FlowWorld.run { world in
            let (flow, parts) = try await world.makeFlow()
            let ids = [
                "flows": flow.id, "connections": parts.kinesisBase, "sourceConnections": parts.source,
                "targetConnections": parts.target,
            ]
            let path = "/\(kind)/\(ids[kind] ?? "")"
            for quote in ["", "%22", "\""] {
                let etag = try await world.flow(.get, path).item["etag"]?.string ?? ""
                let bare = etag.filter { $0 != "\"" }
                let item = "?if-match=\(quote)\(bare)\(quote)"
                let changed = try await world.flow(.patch, path + item, MatchItemTests.rename)
                let stale = try await world.flow(.patch, path + item, MatchItemTests.rename)

                #expect([200, 202].contains(changed.status), "\(changed.text)")
                #expect(stale.errorCode == "1404-412")
            }
        }
    }

    @Test func `the header wins over the query`() async throws {
        try await FlowWorld.run { world in
            let (flow, _) = try await world.makeFlow()
            let path = "/flows/\(flow.id)"
            let refused = try await world.flow(
                .patch,
                "\(path)?if-match=\(flow.etag.filter { $0 != "\"" })",
                MatchItemTests.rename,
                ifMatch: "old-1"
            )
            let changed = try await world.flow(
                .patch,
                "\(path)?if-match=old-1",
                MatchItemTests.rename,
                ifMatch: flow.etag
            )

            #expect(refused.status == 412)
            #expect(changed.status == 202)
        }
    }

    @Test func `a deletion meets the etag of the query`() async throws {
        try await FlowWorld.run { world in
            let (flow, _) = try await world.makeFlow()

            let stale = try await world.flow(.delete, "/flows/\(flow.id)?if-match=old-1")
            let star = try await world.flow(.delete, "/flows/\(flow.id)?if-match=*")
            let gone = try await world.flow(.delete, "/flows/\(flow.id)?if-match=\(flow.etag.filter { $0 != "\"" })")

            #expect(stale.errorCode == "1404-412")
            #expect(star.errorCode == "1403-400")
            #expect(gone.status == 202)
        }
    }
}
