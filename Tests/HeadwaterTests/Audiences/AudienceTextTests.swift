import ActivationCore
import Testing

@testable import headwater

@Suite struct AudienceTextTests {
    @Test func `members over time are the sums and a line for each hour`() throws {
        let members = try JSONValue(
            parsing: Array(
                """
                {"audienceId":"a","members":1200,"since":"2026-03-01T09:00:00Z","entered":412,"exited":87,
                 "hours":[{"start":"2026-03-02T08:00:00Z","entered":412,"exited":87,"members":1200}]}
                """.utf8
            )
        )
        #expect(
            AudienceMembersText(members: members).lines == [
                "members      1,200", "entered      412 since 2026-03-01T09:00:00Z", "exited       87",
                "2026-03-02T08:00:00Z  412 entered, 87 exited, 1,200 members",
            ]
        )
    }
}
