import ActivationCore
import Testing

struct PQLProgramTests {
    private func program(_ text: String, _ paths: inout PathDictionary) throws -> PQLProgram {
        try PQLProgram(
            compiling: PQLExpression(parsing: text),
            paths: &paths,
            clock: .read,
            audience: PQLFixture.audience
        )
    }

    @Test func `a program tells which paths it reads and interns their prefixes`() throws {
        var paths = PathDictionary()

        let program = try program(
            "loyalty.tier = \"gold\" and orders[shop = \"A\"].sum(amount) > loyalty.points and xEvent[^city = kind]",
            &paths
        )

        let keys = program.paths.map { paths.keys(of: $0).joined(separator: ".") }
        #expect(keys.sorted() == ["city", "loyalty.points", "loyalty.tier", "orders"])
        #expect(paths.id(of: ["loyalty"]) != nil)
        #expect(paths.id(of: ["shop"]) == nil)
        #expect(program.readsEvents)
        #expect(!program.readsIdentities && !program.readsMemberships)
    }

    @Test func `what is not an attribute is read but never interned`() throws {
        var paths = PathDictionary()

        let program = try program(
            "identityMap.Email.id = segmentMembership.ups.x.status or inSegment(\"s-gold\") or inSegment(\"s-gold\")",
            &paths
        )

        #expect(paths.count == 0)
        #expect(program.paths.isEmpty)
        #expect(program.readsIdentities && program.readsMemberships && !program.readsEvents)
        #expect(program.audiences == [PQLFixture.gold])
    }

    @Test func `reading the profile as a whole reads everything`() throws {
        var paths = PathDictionary()

        let program = try program("$1.keys().includes(\"city\")", &paths)

        #expect(program.paths == [.root])
        #expect(program.readsEvents && program.readsIdentities && program.readsMemberships)
    }

    @Test func `membership counts only while realized`() throws {
        var profile = try PQLFixture.profile()
        let program = try program("inSegment(\"s-gold\")", &profile.paths)

        let before = program.qualifies(profile.input, paths: profile.paths)
        profile.input.memberships[0].status = .exited
        let after = program.qualifies(profile.input, paths: profile.paths)

        #expect(before && !after)
    }

    @Test func `a profile of the wrong shape is refused with a pointer`() {
        func refusal(_ text: String) -> PQLProfileError? {
            do {
                _ = try PQLProfile(fromXDM: JSONDocument(parsing: text), now: Timestamp(milliseconds: 0))
                return nil
            } catch {
                return error as? PQLProfileError
            }
        }

        #expect(refusal("[]")?.pointer == "")
        #expect(refusal("{\"xEvent\": {}}")?.pointer == "/xEvent")
        #expect(refusal("{\"xEvent\": [{\"timestamp\": \"soon\"}]}")?.pointer == "/xEvent/0/timestamp")
        #expect(refusal("{\"identityMap\": {\"Email\": [{}]}}")?.pointer == "/identityMap/Email/0/id")
        #expect(refusal("{\"segmentMembership\": {\"ups\": []}}")?.pointer == "/segmentMembership/ups")
    }
}
