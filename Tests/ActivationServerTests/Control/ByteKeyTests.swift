import ActivationCore
import HTTPTypes
import Testing

@testable import ActivationServer

/// Text from outside that serves as a key is compared by its bytes: to Swift both spellings of é are one text.
@Suite struct ByteKeyTests {
    private static let one = "caf\u{e9}"
    private static let other = "cafe\u{301}"
    private static let definitions = "/data/core/ups/segment/definitions"

    private static func definition(_ name: String) -> JSONValue {
        [
            "name": .string(name), "schema": ["name": "_xdm.context.profile"],
            "expression": ["type": "PQL", "format": "pql/text", "value": "a = 1"],
        ]
    }

    @Test func `to Swift the two spellings are the same`() {
        #expect(ByteKeyTests.one == ByteKeyTests.other)
        #expect(!ByteKeyTests.one.hasSameBytes(as: ByteKeyTests.other))
    }

    @Test func `two audiences may have the two spellings as names, and each only once`() async throws {
        try await FlowWorld.run { world in
            let first = try await world.send(
                .post,
                ByteKeyTests.definitions,
                ByteKeyTests.definition(ByteKeyTests.one)
            )
            let second = try await world.send(
                .post,
                ByteKeyTests.definitions,
                ByteKeyTests.definition(ByteKeyTests.other)
            )
            let repeated = try await world.send(
                .post,
                ByteKeyTests.definitions,
                ByteKeyTests.definition(ByteKeyTests.other)
            )

            #expect(first.status == 200)
            #expect(second.status == 200)
            #expect(first.id != second.id)
            #expect(repeated.status == 409)
        }
    }

    @Test func `datasets of the two spellings are two datasets`() async throws {
        try await IngestWorld.run { world in
            let registry = DatasetRegistry(control: world.dependencies.control)

            let first = try await registry.dataset(named: ByteKeyTests.one, by: .server, at: Timestamp(milliseconds: 0))
            let second = try await registry.dataset(
                named: ByteKeyTests.other,
                by: .server,
                at: Timestamp(milliseconds: 0)
            )
            let again = try await registry.dataset(named: ByteKeyTests.one, by: .server, at: Timestamp(milliseconds: 0))

            #expect(!first.id.hasSameBytes(as: second.id))
            #expect(again == first && again.id.hasSameBytes(as: first.id))
            #expect(world.dependencies.control.entries(.dataset).count == 2)
        }
    }

    @Test func `namespaces of the two spellings as names are two namespaces`() async throws {
        try await IngestWorld.run { world in
            func create(_ code: String, _ name: String) async throws -> Int {
                try await world.send(
                    .post,
                    "/data/core/idnamespace/identities",
                    #"{"code":"\#(code)","name":"\#(name)","idType":"DEVICE"}"#
                ).status
            }

            let first = try await create("A", ByteKeyTests.one)
            let second = try await create("B", ByteKeyTests.other)
            let repeated = try await create("C", ByteKeyTests.one)

            #expect([first, second, repeated] == [201, 201, 409])
        }
    }

    @Test func `mapped paths of the two spellings are two paths, and a dot is a dot whatever follows`() async throws {
        try await FlowWorld.run { world in
            let (flow, _) = try await world.makeFlow()

            let mapped = try await world.patchFlow(
                flow.id,
                [
                    FlowWorld.add(FlowWorld.attributes + "/-", FlowWorld.attribute("a.\(ByteKeyTests.one)")),
                    FlowWorld.add(FlowWorld.attributes + "/-", FlowWorld.attribute("a.\(ByteKeyTests.other)")),
                    FlowWorld.add(FlowWorld.attributes + "/-", FlowWorld.attribute("b.\u{301}c")),
                ]
            )

            #expect(mapped.status == 202)
            let attributes = world.engine.catalog?.dataflows.first?.attributes ?? []
            #expect(attributes.count == 3)
            #expect(attributes.map(\.path.count) == [2, 2, 2])
        }
    }

    @Test func `an inlet, an organisation and a client id are met by their own bytes alone`() async throws {
        try await FlowWorld.run { world in
            let control = world.dependencies.control
            try await control.write { draft throws(APIError) in
                try draft.insert(.connection, body: Inlet.connectionBody(id: ByteKeyTests.one, name: "Inlet"))
                try draft.insert(
                    .credential,
                    id: ByteKeyTests.one,
                    body: ControlPlane.credentialBody(
                        CredentialDraft(name: "C", roles: [Role.administrator.id]),
                        CredentialSecret("secret", id: "s", at: Timestamp(milliseconds: 0))
                    )
                )
            }

            #expect(control.snapshot.inlets[ByteKey(ByteKeyTests.one)] != nil)
            #expect(control.snapshot.inlets[ByteKey(ByteKeyTests.other)] == nil)
            #expect(control.isSecret("secret", of: ByteKeyTests.one))
            #expect(!control.isSecret("secret", of: ByteKeyTests.other))
        }
    }

    @Test func `query items are told apart by their bytes`() throws {
        let items = try QueryItems(parsing: "\(ByteKeyTests.one)=1&\(ByteKeyTests.other)=2&a=\u{301}b")

        #expect(items[ByteKeyTests.one] == "1")
        #expect(items[ByteKeyTests.other] == "2")
        #expect(items.values(ByteKeyTests.other) == ["2"])
        #expect(items["a"]?.unicodeScalars.count == 2)
    }

    @Test func `a filter compares bytes and finds its operator before an accent`() throws {
        let filter = try PropertyFilter(parsing: "name==\(ByteKeyTests.one)")
        let accent = try PropertyFilter(parsing: "name==\u{301}x")

        #expect(filter.matches(["name": .string(ByteKeyTests.one)]))
        #expect(!filter.matches(["name": .string(ByteKeyTests.other)]))
        #expect(accent.matches(["name": "\u{301}x"]))
    }
}
