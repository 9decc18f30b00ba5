import ActivationCore
import ActivationEngine
import HTTPTypes
import TestSupport
import Testing

@testable import ActivationServer

/// An audience whose members are named by others, on the pages that others have too.
@Suite(.timeLimit(.minutes(5))) struct ExternalAudiencePagesTests {
    private static let day: Int64 = 86_400_000

    private func make(_ world: IngestWorld, _ name: String = "CRM", _ more: JSONObject = [:]) async throws -> String {
        var body: JSONObject = ["name": .string(name), "type": "ExternalSegment", "audienceId": "crm_gold"]
        for (key, value) in more { body[key] = value }
        let made = try await world.send(.post, "/data/core/ups/audiences", JSONValue.object(body).text)
        return try #require(made["id"]?.string, "\(made.text)")
    }

    private func upload(_ world: IngestWorld, _ audience: String, _ text: String) async throws {
        let begun = try await world.send(.post, "/v1/audiences/\(audience)/uploads", "{}")
        let id = try #require(begun["id"]?.string)
        _ = try await world.send(.put, "/v1/uploads/\(id)/content", text)
        let start = #"{"identityColumn":"email","namespace":"Email"}"#
        #expect(try await world.send(.post, "/v1/uploads/\(id)/start", start).status == 202)
        try await settled(world, audience)
    }

    private func settled(_ world: IngestWorld, _ audience: String) async throws {
        while true {
            let id = try world.dependencies.control.snapshot.externalAudience(audience).id
            // The last upload ends after what it does to the audience, so it is looked at first.
            if world.dependencies.uploads.uploads(of: id).allSatisfy(\.hasEnded),
                world.dependencies.engine.evaluationProgress(id)?.isDone ?? true
            {
                return
            }
            await Task.yield()
        }
    }

    private func advance(_ world: IngestWorld, by amount: Int64) {
        (world.dependencies.time as? IngestWorld.Clock)?.advance(by: amount)
    }

    @Test func `lists say who names the members, and find either kind`() async throws {
        try await IngestWorld.run { world in
            let id = try await make(world)
            let rule = #"{"name":"Adults","expression":{"type":"PQL","format":"pql/text","value":"person.age > 17"}}"#
            _ = try await world.send(.post, "/data/core/ups/audiences", rule)
            let browser = try await world.signedIn()
            let all = try await browser.open("/console/audiences").text
            #expect(
                all.contains("data-label=\"Origin\" class=\"short\">External<")
                    && all.contains("data-label=\"Origin\" class=\"short\">Rule<")
            )
            #expect(all.contains("href=\"/console/audiences/upload\""))
            let external = try await browser.open("/console/audiences?origin=external").text
            #expect(external.contains(id) && !external.contains("Adults"))
            let rules = try await browser.open("/console/audiences?origin=rule").text
            #expect(!rules.contains(id) && rules.contains("Adults"))
            #expect(try await browser.submit("/console/search", [("q", "CR")]).text.contains("<bdi>CRM</bdi></h1>"))
        }
    }

    @Test func `its page shows uploads and expiry, and no rule, and what rests offers nothing`() async throws {
        try await IngestWorld.run { world in
            let id = try await make(world, "CRM", ["ttlInDays": 5])
            let browser = try await world.signedIn()
            let path = "/console/audiences/\(id)"
            let fresh = try await browser.open(path).text
            #expect(fresh.contains("No file has been uploaded.") && fresh.contains("crm_gold"))
            #expect(fresh.contains("CustomerAudienceUpload") && fresh.contains("Nothing expires"))
            #expect(!fresh.contains("<h2>Rule</h2>") && !fresh.contains("How Adobe would evaluate it"))
            #expect(!fresh.contains("\(path)/copy") && !fresh.contains("\(path)/refresh"))
            #expect(fresh.contains("/data/core/ups/audiences/\(id)") && !fresh.contains("segment/definitions"))

            try await upload(world, id, "email\na@x.example\nb@x.example\n \"\n")
            let page = try await browser.open(path).text
            #expect(page.contains("Its members exit on") && page.contains("in 5 d"))
            #expect(page.contains("data-label=\"Accepted\" class=\"n\">2<"), "\(page)")
            #expect(page.contains("data-label=\"Entered\" class=\"n\">2<") && page.contains("/refused.csv"))
            // All of its days are among the last seven.
            #expect(page.contains("\(path)/refresh"))
            let refreshed = try await browser.submit("\(path)/refresh")
            #expect(refreshed.text.contains("The members are confirmed") && refreshed.text.contains("20 minutes"))
            #expect(!refreshed.text.contains("\(path)/refresh"))
            let soon = try await browser.submit("\(path)/refresh")
            #expect(soon.status == 409 && soon.text.contains("REFRESH_TOO_SOON"))

            try await browser.open("\(path)/deactivate")
            try await browser.submit("\(path)/deactivate")
            let resting = browser.page.text
            #expect(resting.contains("Inactive") && !resting.contains("upload?audience=\(id)"))
            #expect(!resting.contains("\(path)/empty"))
            try await browser.submit("\(path)/publish")
            try await settled(world, id)
            advance(world, by: 6 * ExternalAudiencePagesTests.day)
            let expired = try await world.signedIn().open(path).text
            #expect(expired.contains("Its members expired on") && expired.contains("Expired"))
        }
    }

    @Test func `it is changed in a form of its own, and two who change it see each other`() async throws {
        try await IngestWorld.run { world in
            let id = try await make(world)
            let browser = try await world.signedIn()
            let path = "/console/audiences/\(id)/edit"
            let form = try await browser.open(path)
            #expect(form.text.contains("name=\"ttlInDays\"") && !form.text.contains("name=\"expression\""))
            let version = browser.value(of: "version") ?? ""
            func fields(_ days: String, _ version: String) -> [(name: String, value: String)] {
                [
                    ("name", "Gold"), ("ttlInDays", days), ("tags", "spring, vip"), ("description", "d"),
                    ("policy", ""), ("version", version),
                ]
            }
            let wrong = try await browser.submit(path, fields("0", version))
            #expect(wrong.status == 400 && wrong.text.contains("href=\"#ttlInDays\""))
            let kept = try await browser.submit(path, fields("9", version))
            #expect(kept.text.contains("The audience is changed.") && kept.text.contains("9 days"))
            #expect(kept.text.contains("spring"))
            try await browser.open(path)
            let late = try await browser.submit(path, fields("12", version))
            #expect(late.status == 409 && late.text.contains("ana@shop.example changed the audience meanwhile"))
            let now = browser.value(of: "version") ?? ""
            #expect(try await browser.submit(path, fields("12", now)).text.contains("12 days"))
            // What it is known by elsewhere stays.
            let definition = try world.dependencies.control.snapshot.externalAudience(id)
            #expect(definition.body["audienceId"] == "crm_gold" && definition.body["expression"] == nil)
        }
    }

    @Test func `it is emptied by an upload that names nobody`() async throws {
        try await IngestWorld.run { world in
            let id = try await make(world)
            try await upload(world, id, "email\na@x.example\nb@x.example\n")
            let browser = try await world.signedIn()
            let path = "/console/audiences/\(id)"
            #expect(try await browser.open("\(path)/empty").text.contains("Every member exits"))
            let progress = try await browser.submit("\(path)/empty")
            #expect(progress.status == 200 && progress.text.contains("Emptied at the console"))
            try await settled(world, id)
            let audience = try world.dependencies.control.snapshot.externalAudience(id)
            #expect(try await world.dependencies.engine.memberCount(audience.id) == 0)
            let rule = #"{"name":"Adults","expression":{"type":"PQL","format":"pql/text","value":"person.age > 17"}}"#
            let made = try await world.send(.post, "/data/core/ups/audiences", rule)
            let other = try #require(made["id"]?.string)
            for page in ["empty", "refresh"] {
                #expect(try await browser.submit("/console/audiences/\(other)/\(page)").status == 409, "\(page)")
            }
            #expect(try await browser.open("/console/audiences/upload?audience=\(other)").status == 409)
        }
    }

    @Test func `why somebody belongs to it is told by what was said of them`() async throws {
        try await IngestWorld.run { world in
            let id = try await make(world)
            try await upload(world, id, "email\na@x.example\n")
            let browser = try await world.signedIn()
            try await browser.open("/console/profiles")
            let person = try await browser.submit(
                "/console/profiles",
                [("namespace", "Email"), ("identity", "a@x.example"), ("policy", "")]
            )
            #expect(person.text.contains("CRM"))
            let links = person.text.split(separator: "href=\"").map { $0.prefix { $0 != "\"" } }
            let link = try #require(links.first { $0.hasPrefix("/console/profiles/") && $0.contains(id) })
            let why = try await browser.open(String(link))
            #expect(why.text.contains("What others said of the person") && why.text.contains("upload 1"))
            #expect(!why.text.contains("the rule") && !why.text.contains("a@x.example"))
        }
    }

    @Test func `the history of an upload is told in plain words`() async throws {
        try await IngestWorld.run { world in
            let id = try await make(world)
            try await upload(world, id, "email\na@x.example\n")
            let browser = try await world.signedIn()
            let history = try await browser.open("/console/audiences/\(id)/history").text
            #expect(history.contains("Members exit") && history.contains("Upload whose members count"))
            #expect(!history.contains("expireTime") && !history.contains("lastEdition"))
        }
    }
}
