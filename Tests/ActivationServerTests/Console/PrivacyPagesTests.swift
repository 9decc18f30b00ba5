import ActivationCore
import HTTPTypes
import Testing

@testable import ActivationServer

/// People's requests at the console (docs/CONSOLE.md).
@Suite(.timeLimit(.minutes(5))) struct PrivacyPagesTests {
    private let entities = "/data/core/ups/access/entities?schema.name=_xdm.context.profile&entityIdNS=Email&entityId="

    private func typed(_ more: (String, String)...) -> [(String, String)] {
        var form = [
            ("key", "case 7"), ("identities", "Email:m1@x.org\nemail:nobody@x.org\n"), ("action", "both"),
            ("regulation", "gdpr"), ("onReturn", "refuse"), ("password", FlowWorld.password),
        ]
        for (name, value) in more {
            form.removeAll { $0.0 == name }
            form.append((name, value))
        }
        return form
    }

    @Test func `somebody is asked for, seen in the list, and erased`() async throws {
        try await IngestWorld.run { world in
            let record = #"{"identityMap":{"Email":[{"id":"m1@x.org"}]},"a":1}"#
            #expect(try await world.send(.post, "/v1/profiles?dataset=crm", record)["accepted"] == 1)
            let browser = try await world.signedIn()
            #expect(try await browser.open("/console/privacy").text.contains("Nobody has asked for anything."))
            try await browser.open("/console/privacy/new")

            let taken = try await browser.submit("/console/privacy/new", typed())

            #expect(taken.text.contains("The request is taken."))
            await world.dependencies.privacy.settle()
            let list = try await browser.open("/console/privacy").text
            #expect(
                list.contains("case 7") && list.contains("Erasure") && list.contains("Copy") && list.contains("Done")
            )
            let jobs = world.dependencies.privacy.jobs(PrivacyJobQuery(page: 0, size: 10)).page
            #expect(jobs.count == 2 && jobs.allSatisfy { $0.author == FlowWorld.email && $0.onReturn == .refuse })
            for job in jobs {
                let page = try await browser.open("/console/privacy/\(job.id)").text
                #expect(page.contains(job.outcome?.profiles.first?.uuid.description ?? "?") && !page.contains("x.org"))
                #expect(page.contains("headwater privacy download") == (job.action == .access))
            }
            #expect(try await world.send(.get, entities + "m1%40x.org").status == 404)
        }
    }

    @Test func `what is typed wrong is said at its field, and nothing is taken`() async throws {
        try await IngestWorld.run { world in
            let browser = try await world.signedIn()
            try await browser.open("/console/privacy/new")
            for (wrong, told) in [
                (("key", ""), "It is a text of 1 to"), (("identities", ""), "Type 1 to 9 identities."),
                (
                    ("identities", "Email:a@x.org\nMoon:b@x.org"),
                    "Line 2: what stands before the colon names no namespace"
                ),
                (("identities", "a@x.org"), "Line 1: what stands behind the colon is a text"),
                (("regulation", "moon"), "It is one of"), (("action", "sell"), "It is access or delete"),
                (("password", "wrong"), "password"),
            ] {
                let answer = try await browser.submit("/console/privacy/new", typed(wrong))
                #expect(answer.status == 400 && answer.text.contains(told), "\(wrong): \(answer.status)")
            }
            #expect(world.dependencies.privacy.jobs(PrivacyJobQuery(page: 0, size: 10)).count == 0)
        }
    }
}
