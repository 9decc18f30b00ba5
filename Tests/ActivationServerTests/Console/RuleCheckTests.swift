import Testing

@testable import ActivationCore
@testable import ActivationEngine
@testable import ActivationServer

@Suite struct RuleCheckTests {
    @Test func `a mistake is marked where it is`() async throws {
        try await FlowWorld.runConsole { world in
            let check = await RuleCheck(
                "person.age > 1\nand (person.x = )",
                for: nil,
                world.dependencies,
                tellsWords: true
            )

            let place = try #require(check.place)
            #expect(check.tone == "bad" && check.expression == nil)
            #expect(check.text.hasPrefix("Line 2, column 17:"))
            #expect(place.before == "and (person.x = " && place.wrong == ")" && place.after.isEmpty)
            let right = await RuleCheck("person.age > 1", for: nil, world.dependencies, tellsWords: true)
            #expect(right.tone == "good")
        }
    }

    @Test(arguments: ["", "(", "a =", "a = \"", "\n\n", "…", "and", String(repeating: "(", count: 5_000)])
    func `whatever is typed is answered`(text: String) async throws {
        try await FlowWorld.runConsole { world in
            let check = await RuleCheck(text, for: nil, world.dependencies, tellsWords: true)

            #expect(check.tone == "bad")
            #expect(check.place?.wrong.isEmpty == false)
        }
    }

    @Test func `every function of the language is offered`() {
        #expect(Set(RuleWords.functions) == Set(PQLFunction.allCases.map(\.rawValue)))
    }

    @Test func `words that begin with what was typed come first`() {
        let path = PathSample.Figures(keys: ["a", "map"], profiles: 1, kinds: [.text], datasets: [])
        let sample = PathSample(profiles: 3, paths: [path])
        let words = RuleWords.containing("MAP", in: sample, limit: 3)

        #expect(words.map(\.text) == ["map", "mapEntry", "a.map"])
        #expect(words.last?.note == "text, 33 % of 3 profiles")
        #expect(RuleWords.containing("map", in: PathSample(profiles: 0, paths: []), limit: 3).count == 2)
    }

    @Test func `what one changed another does not overwrite`() async throws {
        try await FlowWorld.runConsole { world in
            let browser = try await world.signedIn()
            try await browser.open("/console/audiences/new")
            let made = try await browser.submit(
                "/console/audiences/new",
                [("name", "VIP"), ("expression", "a = 1"), ("act", "save")]
            )
            #expect(made.status == 200 && made.text.contains("The audience is made."))
            let id = try #require(world.dependencies.control.entries(.segmentDefinition).first?.id)
            let store = SegmentDefinitionStore(dependencies: world.dependencies)
            _ = try await store.change(id, to: ["description": "by another"], by: .server)

            let path = "/console/audiences/\(id)/edit"
            var fields = [("name", "VIP"), ("expression", "a = 2"), ("act", "save"), ("version", "1")]
            let refused = try await browser.submit(path, fields)
            #expect(
                refused.status == 409 && refused.text.contains("a = 2") && refused.text.contains("<code>a = 1</code>")
            )
            #expect(try store.definition(id).version == 2)
            fields[3].1 = try #require(browser.value(of: "version"))
            #expect(try await browser.submit(path, fields).text.contains("The audience is changed."))
            #expect(try store.definition(id).body["expression"]?["value"] == "a = 2")
        }
    }

    @Test func `what cannot be saved comes back as it was typed`() async throws {
        try await FlowWorld.runConsole { world in
            let browser = try await world.signedIn()
            try await browser.open("/console/audiences/new")
            for (fields, words) in [
                ([("name", "VIP"), ("expression", "a = ")], "column 5"),
                ([("name", ""), ("expression", "a = 1")], "Name is a text"),
                ([("name", "VIP"), ("expression", "")], "Type a rule."),
                ([("name", "VIP"), ("expression", "a = 1"), ("policy", "none")], "MergePolicyId: no merge policy"),
            ] {
                let answer = try await browser.submit("/console/audiences/new", fields + [("act", "save")])
                #expect(answer.status == 400 && answer.text.contains(words), "\(words)")
                #expect(answer.text.contains(fields[1].1))
            }
            #expect(world.dependencies.control.entries(.segmentDefinition).isEmpty)
        }
    }

    @Test func `a rule that was typed when the session ended is there after the sign-in, and is saved once`()
        async throws
    {
        try await FlowWorld.runConsole { world in
            let browser = try await world.signedIn()
            try await browser.open("/console/audiences/new")
            world.clock.advance(by: 3_600_001)
            let rule = "a = \"\(String(repeating: "long ", count: 200))\""
            let ended = try await browser.submit(
                "/console/audiences/new",
                [("name", "VIP"), ("expression", rule), ("act", "save")]
            )
            #expect(ended.status == 401 && ended.text.contains("What you typed is kept"))
            let kept = try #require(browser.value(of: SealedForm.field))
            let shown = try await browser.submit(
                "/console/sign-in",
                world.credentials(FlowWorld.password) + [(SealedForm.field, kept)]
            )
            #expect(shown.text.contains(rule.replacing("\"", with: "&quot;")))
            #expect(world.dependencies.control.entries(.segmentDefinition).isEmpty)
            try await browser.submit(
                "/console/audiences/new",
                [("name", "VIP"), ("expression", rule), ("act", "save")]
            )
            #expect(world.dependencies.control.entries(.segmentDefinition).map { $0.string("name") } == ["VIP"])
        }
    }

    @Test func `a long list goes on after its last row, and nothing is missed or seen twice`() async throws {
        try await FlowWorld.runConsole { world in
            let store = SegmentDefinitionStore(dependencies: world.dependencies)
            for number in 0..<120 {
                let rule = SegmentExpression(format: .text, value: "a = 1").json
                _ = try await store.create(["name": .string("Audience \(number)."), "expression": rule], by: .server)
            }
            let browser = try await world.signedIn()
            var seen: [String] = []
            var path: String? = "/console/audiences?name=audience"
            while let next = path, seen.count <= 120 {
                let text = try await browser.open(next).text
                seen += (0..<120).map { "Audience \($0)." }.filter { text.contains("<bdi>\($0)</bdi>") }
                path = text.firstRange(of: "rel=\"next\" href=\"").map { range in
                    String(text[range.upperBound...].prefix { $0 != "\"" }).replacing("&amp;", with: "&")
                }
            }
            #expect(seen.count == 120 && Set(seen).count == 120)
        }
    }
}
