import HTTPTypes
import Testing

@testable import ActivationServer

/// What a node answers that follows another one.
@Suite struct FollowerTests {
    @Test func `a follower takes what comes in and shows people, and leaves the rest to the leader`() {
        #expect(
            APIAccess.onEveryNode.map { "\($0.method) \($0.path)" }.sorted() == [
                "GET /data/core/ups/access/entities", "POST /collection/batch/{inletId}", "POST /collection/{inletId}",
                "POST /data/foundation/import/collection/batch/{inletId}",
                "POST /data/foundation/import/collection/{inletId}", "POST /v1/events", "POST /v1/profiles",
            ]
        )
    }

    @Test func `a line of the table is met by its method and its path alone`() {
        let sending = APIAccess.Rule(.post, "/collection/{inletId}", .manageSources)
        #expect(sending.matches(.post, "/collection/abc"))
        #expect(sending.matches(.post, "/collection/abc/"))
        #expect(!sending.matches(.get, "/collection/abc"))
        #expect(!sending.matches(.post, "/collection"))
        #expect(!sending.matches(.post, "/collection/abc/def"))
        #expect(!sending.matches(.post, "/v1/abc"))
        let showing = APIAccess.Rule(.get, "/v1/people", .viewProfiles)
        #expect(showing.matches(.head, "/v1/people") && !showing.matches(.delete, "/v1/people"))
    }
}
