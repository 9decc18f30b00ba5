import ActivationCore
import HTTPTypes
import Testing

@testable import ActivationServer

@Suite struct NamespaceTests {
    private let path = "/data/core/idnamespace/identities"

    private func body(_ code: String, _ name: String, _ type: String = "CROSS_DEVICE") -> String {
        #"{"code":"\#(code)","name":"\#(name)","idType":"\#(type)"}"#
    }

    @Test func `the standard namespaces are there from the start`() async throws {
        try await IngestWorld.run { world in
            let answer = try await world.send(.get, path)
            let email = try await world.send(.get, path + "/email")
            let byNumber = try await world.send(.get, path + "/\(email["id"]?.int64 ?? 0)")

            #expect(answer.json.array?.count == NamespaceDirectory.standard.count)
            #expect(email["code"] == "Email")
            #expect(email["custom"] == false)
            #expect(email["idType"] == "EMAIL")
            #expect(byNumber.json == email.json)
        }
    }

    @Test func `a new namespace can be used at once and stays`() async throws {
        try await IngestWorld.run { world in
            let message = #"{"identityMap":{"loyaltyid":[{"id":"7"}]}}"#
            let before = try await world.send(.post, "/v1/profiles", message)
            let created = try await world.send(.post, path, body("LoyaltyId", "Loyalty"))
            let after = try await world.send(.post, "/v1/profiles", message)
            let shown = try await world.send(.get, path + "/LOYALTYID")
            let change = try await world.send(.patch, path + "/LoyaltyId", #"{"code":"x"}"#)
            let removal = try await world.send(.delete, path + "/LoyaltyId")

            #expect(before["errors"]?[0]?["code"] == "NAMESPACE_UNKNOWN")
            #expect(created.status == 201)
            #expect(created["custom"] == true)
            #expect(after["accepted"] == 1)
            #expect(shown.json == created.json)
            #expect(change.status == 400)
            #expect(removal.status == 405)
        }
    }

    @Test(arguments: ["Email", "LoyaltyId"])
    func `which values mean nobody is a setting of a namespace`(symbol: String) async throws {
        try await IngestWorld.run { world in
            _ = try await world.send(.post, path, body("LoyaltyId", "Loyalty"))
            let before = try await world.send(.get, path + "/\(symbol)")
            let changed = try await world.send(.patch, path + "/\(symbol)", #"{"ignoredValues":["-","n/a"]}"#)
            let shown = try await world.send(.get, path + "/\(symbol.lowercased())")
            let known = world.dependencies.control.snapshot.namespaces.namespace(symbol: symbol)?.ignoredValues
            let listed = try await world.send(.get, path)
            let reset = try await world.send(.patch, path + "/\(symbol)", #"{"ignoredValues":null}"#)

            let standard = IdentityNamespace.defaultIgnoredValues.map { JSONValue.string($0) }
            #expect(before["ignoredValues"] == .array(standard))
            #expect(changed.status == 200)
            #expect(changed["ignoredValues"] == ["-", "n/a"])
            #expect(shown.json == changed.json)
            #expect(known == ["-", "n/a"])
            #expect(listed.json.array?.count == NamespaceDirectory.standard.count + 1)
            #expect(reset["ignoredValues"] == .array(standard))
        }
    }

    @Test(arguments: [
        #"{"ignoredValues":"null"}"#, #"{"ignoredValues":[1]}"#, #"{"ignoredValues":[""]}"#, #"{}"#, "[]",
        #"{"ignoredValues":[],"name":"Other"}"#,
    ])
    func `what is no list of values is refused`(body: String) async throws {
        try await IngestWorld.run { world in
            let answer = try await world.send(.patch, path + "/Email", body)

            #expect(answer.status == 400)
            #expect(try await world.send(.patch, path + "/nobody", #"{"ignoredValues":[]}"#).status == 404)
        }
    }

    @Test func `a new namespace can say which values mean nobody`() async throws {
        try await IngestWorld.run { world in
            let created = try await world.send(
                .post,
                path,
                #"{"code":"Till","name":"Till","idType":"CROSS_DEVICE","ignoredValues":["0"]}"#
            )

            #expect(created.status == 201)
            #expect(created["ignoredValues"] == ["0"])
            #expect(try await world.send(.get, path + "/Till").json == created.json)
        }
    }

    @Test func `symbols are unique whatever their case, and names are`() async throws {
        try await IngestWorld.run { world in
            _ = try await world.send(.post, path, body("CRM", "CRM id"))
            let second = try await world.send(.post, path, body("Other", "Other"))

            #expect(try await world.send(.post, path, body("crm", "New")).status == 409)
            #expect(try await world.send(.post, path, body("EMAIL", "New")).status == 409)
            #expect(try await world.send(.post, path, body("New", "CRM id")).status == 409)
            #expect(second["id"] == 10_000_001)
            #expect(try await world.send(.get, path + "/none").status == 404)
        }
    }

    @Test(arguments: [
        "[]", "{}", #"{"code":"","name":"n","idType":"EMAIL"}"#, #"{"code":"a b","name":"n","idType":"EMAIL"}"#,
        #"{"code":"_a","name":"n","idType":"EMAIL"}"#, #"{"code":"é","name":"n","idType":"EMAIL"}"#,
        #"{"code":"a","name":"","idType":"EMAIL"}"#, #"{"code":"a","name":"n","idType":"SHOE"}"#,
        #"{"code":"a","name":"n","idType":"EMAIL","description":1}"#,
    ])
    func `a namespace that cannot be is refused`(body: String) async throws {
        try await IngestWorld.run { world in
            let answer = try await world.send(.post, path, body)

            #expect(answer.status == 400)
            #expect(answer.errorCode == "FIELD_INVALID")
        }
    }

    @Test func `rules of a namespace are set, shown, obeyed and taken back`() async throws {
        try await IngestWorld.run { world in
            let changed = try await world.send(
                .patch,
                path + "/Email",
                #"{"pattern":"[^@]+@[^@]+","profileMax":1,"onViolation":"drop"}"#
            )
            #expect(changed["pattern"] == "[^@]+@[^@]+")
            #expect(changed["profileMax"] == 1)
            #expect(changed["onViolation"] == "drop")
            let lines = [
                #"{"identityMap":{"Email":[{"id":"a@x.org","primary":true},{"id":"b@x.org"}]}}"#,
                #"{"identityMap":{"Email":[{"id":"nomail"}],"IDFA":[{"id":"d"}]}}"#,
            ]
            let report = try await world.send(.post, "/v1/profiles?dataset=crm", lines.joined(separator: "\n"))
            #expect(report["accepted"] == 2)
            #expect(report["warnings"]?[0]?["count"] == 2)

            let reset = try await world.send(.patch, path + "/Email", #"{"profileMax":null,"onViolation":"refuse"}"#)
            #expect(reset["pattern"] == "[^@]+@[^@]+")
            #expect(reset["profileMax"] == .null)
            let refused = try await world.send(.post, "/v1/profiles?dataset=crm", lines[1])
            #expect(refused["failed"] == 1)
            #expect(refused["errors"]?[0]?["code"] == "IDENTITY_PATTERN")
        }
    }

    @Test(arguments: [
        #"{"pattern":"("}"#, #"{"pattern":""}"#, #"{"pattern":7}"#, #"{"profileMax":0}"#, #"{"profileMax":51}"#,
        #"{"profileMax":"1"}"#, #"{"onViolation":"ignore"}"#,
    ])
    func `a rule that cannot be right is refused`(body: String) async throws {
        try await IngestWorld.run { world in
            let refused = try await world.send(.patch, path + "/Email", body)
            let unchanged = try await world.send(.get, path + "/Email")
            #expect(refused.status == 400)
            #expect(unchanged["onViolation"] == "refuse")
        }
    }
}
