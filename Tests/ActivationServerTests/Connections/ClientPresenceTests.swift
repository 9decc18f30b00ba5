import NIOCore
import NIOEmbedded
import Testing

@testable import ActivationServer

/// Work for a client that goes away.
@Suite(.timeLimit(.minutes(1))) struct ClientPresenceTests {
    /// Works until it is cancelled.
    private static func work() async -> String {
        while !Task.isCancelled { await Task.yield() }
        return "what there is"
    }

    @Test func `work ends early when its client goes, and what there is comes back`() async {
        let presence = ClientPresence()
        let answer = Task {
            await ClientPresence.$current.withValue(presence) { await ClientPresence.whileThere { await Self.work() } }
        }
        await Task.yield()
        presence.end()
        #expect(await answer.value == "what there is")

        // Also when it had gone before.
        let late = await ClientPresence.$current.withValue(presence) {
            await ClientPresence.whileThere { await Self.work() }
        }
        #expect(late == "what there is")
    }

    @Test func `work for a client that stays comes to its end`() async {
        let presence = ClientPresence()
        let whole = await ClientPresence.$current.withValue(presence) {
            await ClientPresence.whileThere { Task.isCancelled ? "cancelled" : "whole" }
        }

        #expect(whole == "whole")
        #expect(await ClientPresence.whileThere { "nobody" } == "nobody")
    }

    @Test(arguments: [true, false]) func `a connection whose input ends, or that closes, says so`(isClosed: Bool) throws
    {
        let presence = ClientPresence()
        let channel = EmbeddedChannel()
        let conversation = HTTPConversation(inputEnd: InputEnd(), isSecure: false, presence: presence)
        try channel.pipeline.syncOperations.addHandler(conversation)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()

        #expect(!presence.hasGone)
        if isClosed {
            _ = try channel.finish(acceptAlreadyClosed: true)
        } else {
            channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        }

        #expect(presence.hasGone)
    }
}
