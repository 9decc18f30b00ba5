import ActivationCore
import ActivationEngine
import Crypto
import Testing

@testable import ActivationServer

struct ChangeDifferenceTests {
    private static let box = SecretBox(key: SymmetricKey(size: .bits256))

    private static func content(_ kind: ControlKind, _ body: JSONObject) throws -> ChangeContent {
        let entry = ControlEntry(
            kind: kind,
            id: "1",
            etag: "e",
            createdAt: Timestamp(milliseconds: 1),
            updatedAt: Timestamp(milliseconds: 1),
            body: body
        )
        return try #require(ChangeContent(entry, box))
    }

    private static func account(_ secrets: JSONObject) throws -> JSONObject {
        var params: JSONObject = ["region": "eu-west-1"]
        for (key, value) in secrets { params[key] = value }
        return try ConnectionSecrets.sealed(
            ["name": "a", "auth": ["params": .object(params)]],
            id: "1",
            keys: ["secretKey", "sessionToken"],
            box: box
        )
    }

    @Test func `a value is kept up to its bound, and cut between characters beyond it`() throws {
        let most = String(repeating: "a", count: ChangeDifference.valueBytesMax - 2)
        for (text, kept, bytes) in [
            (most, most, nil), (most + "b", most + "b", most.utf8.count + 3),
            // Two bytes each: the last one would be cut in two.
            (
                "a" + String(repeating: "é", count: 2_000),
                "a" + String(repeating: "é", count: 1_023), 4_003
            ),
        ] as [(String, String, Int?)] {
            let after = try Self.content(.flow, ["name": .string(text)])

            let difference = ChangeDifference(from: try Self.content(.flow, ["name": "x"]), to: after)

            let side = try #require(difference.parts.first?.after)
            #expect(side.value == .string(kept))
            #expect(side.bytes == bytes)
            #expect(ChangeDifference(difference.stored) == difference)
        }
    }

    @Test func `a large object is told part by part, up to a bound in all`() throws {
        let many = JSONValue.array(
            (0..<3_000).map { ["id": .string("audience \($0)"), "name": "a name that is not short"] }
        )

        let difference = ChangeDifference(from: nil, to: try Self.content(.flow, ["selectors": many]))

        #expect(difference.parts.first?.after?.value == [])
        #expect(difference.parts.count > 100)
        #expect(difference.parts.count + difference.more == 3_001)
        #expect(difference.stored.count < ChangeDifference.bytesMax + 10_000)
        #expect(ChangeDifference(difference.stored) == difference)
    }

    @Test func `of secrets it is told only that they are others, each by itself`() throws {
        let before = try Self.content(.connection, try Self.account(["secretKey": "old", "sessionToken": "same"]))
        let after = try Self.content(.connection, try Self.account(["secretKey": "new", "sessionToken": "same"]))

        let difference = ChangeDifference(from: before, to: after)

        // Sealed anew every secret has another text; only one is another.
        #expect(difference.parts.map(\.path.text) == ["/auth/params/secretKey"])
        #expect(difference.parts.allSatisfy { $0.isSecret && $0.before == nil && $0.after == nil })
        let made = ChangeDifference(from: nil, to: after)
        for text in ["old", "new", "same"] {
            #expect(!String(decoding: made.stored + difference.stored, as: UTF8.self).contains("\"\(text)\""))
        }
        #expect(String(decoding: made.stored, as: UTF8.self).contains("(secret)"))
    }

    @Test func `secrets of another data key stay one that may be another`() throws {
        let other = SecretBox(key: SymmetricKey(size: .bits256))
        func account(_ secret: String) throws -> JSONObject {
            try ConnectionSecrets.sealed(
                ["auth": ["params": ["secretKey": .string(secret)]]],
                id: "1",
                keys: ["secretKey"],
                box: other
            )
        }
        let (before, after) = (try account("old"), try account("new"))

        let difference = ChangeDifference(
            from: try Self.content(.connection, before),
            to: try Self.content(.connection, after)
        )

        #expect(
            difference.parts == [
                ChangeDifference.Part(path: JSONPointer(tokens: [ConnectionSecrets.sealedKey]), isSecret: true)
            ]
        )
    }

    @Test(arguments: [
        (ControlKind.consoleUser, "password", "scrypt$1"), (.credential, "digest", "abc"),
    ])
    func `digests are secrets too`(kind: ControlKind, member: String, text: String) throws {
        let before = try Self.content(kind, ["name": "n", member: .string(text)])
        let after = try Self.content(kind, ["name": "n", member: .string(text + "-other")])

        let changed = ChangeDifference(from: before, to: after)

        #expect(changed.parts == [ChangeDifference.Part(path: JSONPointer(tokens: [member]), isSecret: true)])
        for difference in [changed, ChangeDifference(from: nil, to: after), ChangeDifference(from: after, to: nil)] {
            #expect(!String(decoding: difference.stored, as: UTF8.self).contains(text))
        }
    }

    @Test func `the server's own notes are no difference`() throws {
        for (kind, members) in [
            (ControlKind.schedule, ["lastRun", "dueRun", "dueSince"]), (.segmentDefinition, ["version"]),
            (.flow, AuditTrail.keys), (.dataset, ["updatedUser"]), (.mergePolicy, ["version", "ruleChangedAt"]),
        ] {
            var body: JSONObject = ["name": "n"]
            for member in members { body[member] = 7 }

            let difference = ChangeDifference(
                from: try Self.content(kind, ["name": "n"]),
                to: try Self.content(kind, body)
            )

            #expect(difference.isEmpty, "\(kind)")
        }
    }

    @Test(arguments: ["", "[]", #"{"parts":3}"#, "nonsense"])
    func `what is no stored difference is not read as one`(text: String) {
        #expect(ChangeDifference(Array(text.utf8)) == nil)
    }
}
