import ActivationCore
import HTTPTypes
import Testing

@testable import ActivationServer

/// Identities whose values mean nobody are left out, told and counted (BEHAVIOUR 4.3).
@Suite struct IgnoredIdentityTests {
    private func person(_ phone: String, _ email: String) -> String {
        #"{"identityMap":{"Phone":[{"id":"\#(phone)"}],"Email":[{"id":"\#(email)"}]},"a":1}"#
    }

    @Test func `lines tell once per namespace how many were left out and where first`() async throws {
        try await IngestWorld.run { world in
            let lines = [person("+1", "a@x.org"), person("+2", "null"), person("+3", "Anonymous"), person("null", " ")]

            let answer = try await world.send(.post, "/v1/profiles", lines.joined(separator: "\n"))
            let metrics = try await world.send(.get, "/metrics", bytes: nil, isSigned: false)

            #expect(answer["accepted"] == 3)
            #expect(answer["failed"] == 1)
            #expect(answer["errors"]?[0]?["line"] == 4)
            let warnings = answer["warnings"]?.array ?? []
            #expect(warnings.map { $0["code"] } == ["IDENTITY_IGNORED"])
            #expect(warnings.map { $0["namespace"] } == ["Email"])
            #expect(warnings.map { $0["count"] } == [2])
            #expect(warnings.map { $0["line"] } == [2])
            #expect(!answer.text.contains("Anonymous"))
            // Those of the line that names nobody count too.
            #expect(metrics.text.contains(#"headwater_identities_ignored_total{namespace="Email"} 3"#))
            #expect(metrics.text.contains(#"headwater_identities_ignored_total{namespace="Phone"} 1"#))
            #expect(try await world.dependencies.engine.profileCount() == 3)
        }
    }

    @Test func `an inlet tells what was left out of a message, alone and in a batch`() async throws {
        try await IngestWorld.run { world in
            let dataset = try await world.makeDataset()
            func message(_ entity: String) -> String {
                #"{"header":{"datasetId":"\#(dataset)"},"body":{"xdmEntity":\#(entity)}}"#
            }
            let inlet = world.start.inletID
            let told = message(person("+1", "invalid"))

            let single = try await world.send(.post, "/collection/\(inlet)", told)
            let clean = try await world.send(.post, "/collection/\(inlet)", message(person("+2", "b@x.org")))
            let nobody = try await world.send(.post, "/collection/\(inlet)", message(person("none", "undefined")))
            let batch = try await world.send(
                .post,
                "/collection/batch/\(inlet)",
                #"{"messages":[\#(message(person("+2", "b@x.org"))),\#(told),\#(message(person("nan", "")))]}"#
            )
            let metrics = try await world.send(.get, "/metrics", bytes: nil, isSigned: false)

            #expect(single.status == 200)
            #expect(single["warnings"]?[0]?["namespace"] == "Email")
            #expect(clean["warnings"] == nil)
            #expect(nobody.status == 400)
            #expect(batch["responses"]?[0]?["warnings"] == nil)
            #expect(batch["responses"]?[1]?["warnings"]?[0]?["code"] == "IDENTITY_IGNORED")
            #expect(batch["responses"]?[2]?["statusCode"] == 400)
            #expect(metrics.text.contains(#"headwater_identities_ignored_total{namespace="Email"} 4"#))
            #expect(metrics.text.contains(#"headwater_identities_ignored_total{namespace="Phone"} 2"#))
        }
    }
}
