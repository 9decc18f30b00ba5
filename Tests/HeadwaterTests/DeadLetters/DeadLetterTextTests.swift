import ActivationCore
import ArgumentParser
import Testing

@testable import headwater

struct DeadLetterTextTests {
    @Test func `a dead letter is a line without its values`() {
        let letter: JSONValue = [
            "id": "17", "profileId": "p", "reasons": ["membership", "attribute"], "code": "MESSAGE_TOO_LARGE",
            "message": "too large", "parkedAt": "2026-01-01T00:00:00Z", "partitionKey": "key", "payload": ["a": 1],
        ]
        #expect(
            DeadLetterText(letter: letter).line
                == "17  2026-01-01T00:00:00Z  MESSAGE_TOO_LARGE  profile p  membership, attribute  too large"
        )
    }

    @Test(arguments: [
        ["flow"], ["flow", "--all", "--code", "X"], ["flow", "7", "--all"], ["flow", "7", "--code", "X"], [],
    ])
    func `which dead letters are meant has to be said once`(arguments: [String]) {
        #expect(throws: (any Error).self) { try DeadLettersCommand.Discard.parse(arguments) }
        #expect(throws: (any Error).self) { try DeadLettersCommand.Replay.parse(arguments + ["--original"]) }
    }

    @Test func `what is meant is what the server is told`() throws {
        #expect(try DeadLettersCommand.Replay.parse(["flow", "7", "8"]).selection.body == ["ids": ["7", "8"]])
        #expect(try DeadLettersCommand.Replay.parse(["flow", "--code", "X"]).selection.body == ["code": "X"])
        #expect(try DeadLettersCommand.Discard.parse(["flow", "--all"]).selection.body == ["all": true])
    }
}
