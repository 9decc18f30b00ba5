import Testing

@testable import ActivationServer

/// How many pages are sent news at once.
@Suite struct LiveReadersTests {
    @Test func `a session has four and the server two hundred`() {
        let readers = LiveReaders()
        #expect((0..<5).map { _ in readers.enter("a") } == [true, true, true, true, false])
        readers.leave("a")
        #expect(readers.enter("a"))
        let others = (0..<200).count { readers.enter("s\($0)") }

        #expect(others == LiveReaders.serverMax - LiveReaders.sessionMax)
        readers.leave("nobody")
        #expect(!readers.enter("late"))
    }
}
