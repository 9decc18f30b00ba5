import ActivationCore
import HTTPTypes
import Testing

@testable import ActivationServer

/// The options of a dataflow as clients set them (BEHAVIOUR 1.5, 2.3).
struct TargetOptionsTests {
    private static func body(_ base: String, _ options: JSONObject) -> JSONValue {
        var body = FlowWorld.targetBody(base: base).object ?? [:]
        var params = body["params"]?.object ?? [:]
        for (key, value) in options { params[key] = value }
        body["params"] = .object(params)
        return .object(body)
    }

    @Test func `a target without options makes a dataflow as Adobe has it`() async throws {
        try await FlowWorld.run { world in
            _ = try await world.makeFlow()

            #expect(world.engine.catalog?.dataflows.first?.options == Dataflow.Options())
        }
    }

    @Test func `options reach the dataflow, on create and on change`() async throws {
        try await FlowWorld.run { world in
            let (_, parts) = try await world.makeFlow()
            let options: JSONObject = [
                "triggers": ["membership", "attribute"], "suppressNoopAttributeUpdates": true,
                "membershipScope": "changed", "legacyExistingStatus": true, "namespaceCase": "asDefined",
                "identityNamespaces": ["deny": ["ecid"]], "allowArraysAndMaps": false, "envelope": "cloudevents",
                "partitionKey": ["namespace": "email"], "appendNewline": true,
            ]
            let target = try await world.flow(.post, "/targetConnections", Self.body(parts.kinesisBase, options))
            #expect(target.status == 201, "\(target.text)")
            let made = try await world.flow(
                .post,
                "/flows",
                FlowWorld.flowBody(source: parts.source, target: target.id, name: "second")
            )
            func seen() throws -> Dataflow.Options {
                try #require(world.engine.catalog?.dataflows.first { $0.id.uuid.description == made.id }).options
            }

            var expected = Dataflow.Options()
            expected.triggers = [.membership, .attribute]
            expected.suppressesNoopAttributeUpdates = true
            expected.membershipScope = .changed
            expected.showsExisting = true
            expected.namespaceCase = .asDefined
            expected.identityNamespaces = .deny(["ecid"])
            expected.allowsArraysAndMaps = false
            expected.envelope = .cloudEvents
            expected.partitionKey = .namespace("email")
            expected.appendsNewline = true
            #expect(try seen() == expected)

            let changed = try await world.flow(
                .patch,
                "/targetConnections/\(target.id)",
                [
                    ["op": "replace", "path": "/params/partitionKey", "value": ["attribute": "home.city"]],
                    ["op": "remove", "path": "/params/envelope"],
                    ["op": "replace", "path": "/params/identityNamespaces", "value": ["allow": []]],
                ],
                ifMatch: target.etag
            )
            #expect(changed.status == 200, "\(changed.text)")
            expected.partitionKey = .attribute(["home", "city"])
            expected.envelope = .none
            expected.identityNamespaces = .allow([])
            #expect(try seen() == expected)
        }
    }

    @Test func `an option that cannot be right is refused with its place, and nothing is stored`() async throws {
        try await FlowWorld.run { world in
            let (_, parts) = try await world.makeFlow()
            let cases: [(String, JSONValue)] = [
                ("triggers", "membership"), ("triggers", []), ("triggers", ["backfills"]), ("triggers", [1]),
                ("suppressNoopAttributeUpdates", "yes"), ("membershipScope", "all"), ("membershipScope", 1),
                ("legacyExistingStatus", 1), ("namespaceCase", "upper"), ("identityNamespaces", ["ECID"]),
                ("identityNamespaces", [:]), ("identityNamespaces", ["allow": ["ECID"], "deny": ["Email"]]),
                ("identityNamespaces", ["allow": "ECID"]), ("identityNamespaces", ["allow": ["NoSuchNamespace"]]),
                ("allowArraysAndMaps", "no"), ("envelope", "cloudEvents"), ("partitionKey", "key"),
                ("partitionKey", 1), ("partitionKey", [:]), ("partitionKey", ["namespace": "NoSuchNamespace"]),
                ("partitionKey", ["namespace": "Email", "attribute": "a"]), ("partitionKey", ["attribute": "a[0]"]),
                ("partitionKey", ["attribute": "identityMap.Email"]), ("partitionKey", ["attribute": ""]),
                ("appendNewline", 0),
            ]
            let count = try await world.flow(.get, "/targetConnections?count=true")["count"]

            for (key, value) in cases {
                var options = JSONObject()
                options[key] = value
                let answer = try await world.flow(.post, "/targetConnections", Self.body(parts.kinesisBase, options))
                #expect(answer.status == 400, "\(key) \(value.text)")
                #expect(answer.errorCode == "FIELD_INVALID", "\(key) \(value.text): \(answer.text)")
                #expect(answer.detail.contains("/params/\(key)"), "\(answer.detail)")
            }

            #expect(try await world.flow(.get, "/targetConnections?count=true")["count"] == count)
        }
    }

    @Test func `the spec shows every option that is read, with its default`() async throws {
        try await FlowWorld.run { world in
            let id = FlowWorld.kinesisSpec["id"]?.string ?? ""
            let spec = try await world.flow(.get, "/connectionSpecs/\(id)").item
            let properties = spec["targetSpec"]?["spec"]?["properties"]?.object ?? [:]
            var defaults = JSONObject()
            for (key, schema) in properties { defaults[key] = schema["default"] }

            // A target of all the defaults is one without options.
            #expect(try TargetOptions.read(try Fields(.object(defaults))) == Dataflow.Options())
            #expect(defaults["partitionKey"] == "profile")
            #expect(properties["identityNamespaces"] != nil)
        }
    }

    @Test func `attributes are moved and told when they call for a record`() async throws {
        try await FlowWorld.run { world in
            let (flow, _) = try await world.makeFlow()
            func selector(_ path: String, _ destination: String? = nil, _ export: JSONValue? = nil) -> JSONValue {
                var value: JSONObject = ["path": .string(path)]
                if let destination { value["mapping"] = ["destination": .string(destination)] }
                value["exportOn"] = export
                return FlowWorld.add(FlowWorld.attributes + "/-", ["type": "JSON_PATH", "value": .object(value)])
            }

            let answer = try await world.patchFlow(
                flow.id,
                [
                    selector("person.name.firstName", "given", "valueChange"), selector("person"),
                    selector("person.name"), selector("loyalty.tier", "tier", "never"), selector("loyalty.tier"),
                ]
            )

            #expect(answer.status == 202, "\(answer.text)")
            let expected: [Dataflow.MappedAttribute] = [
                Dataflow.MappedAttribute(
                    ["person", "name", "firstName"],
                    destination: ["given"],
                    export: .valueChange
                ),
                Dataflow.MappedAttribute(["person"]), Dataflow.MappedAttribute(["person", "name"]),
                Dataflow.MappedAttribute(["loyalty", "tier"], destination: ["tier"], export: .never),
                Dataflow.MappedAttribute(["loyalty", "tier"]),
            ]
            #expect(world.engine.catalog?.dataflows.first?.attributes == expected)

            for refused in [
                selector("a", "given"), selector("a", "given.name"), selector("a", "person"), selector("given"),
                selector("a", "person.name.x"), selector("a", "identityMap.x"), selector("a", "segmentMembership"),
                selector("a", "a..b"), selector("a", "a b"), selector("a", nil, "always"), selector("a", nil, 1),
            ] {
                let answer = try await world.patchFlow(flow.id, [refused])
                #expect(answer.status == 400, "\(refused.text)")
                #expect(answer.errorCode == "FIELD_INVALID", "\(answer.text)")
                #expect(answer.detail.contains("/selectors/5/value"), "\(answer.detail)")
            }
            #expect(world.engine.catalog?.dataflows.first?.attributes == expected)
        }
    }
}
