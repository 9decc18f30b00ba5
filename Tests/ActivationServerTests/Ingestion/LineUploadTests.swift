import ActivationCore
import ActivationEngine
import NIOCore
import Testing

@testable import ActivationServer

struct LineUploadTests {
    private static let line = ByteBuffer(string: #"{"identityMap":{"Email":[{"id":"a@x.org"}]}}"# + "\n")

    private static func upload() -> LineUpload {
        LineUpload(reader: .records())
    }

    @Test func `lines go after some quiet times although others still come`() {
        var upload = LineUploadTests.upload()
        upload.append(LineUploadTests.line)

        for _ in 0..<IngestionLimits.busyTimersMax {
            #expect(upload.takeBatch(isUrgent: false) == nil)
            let begins = upload.takeQuietTimer()
            #expect(begins)
            upload.append(LineUploadTests.line)
            upload.beQuiet()
            // What comes while the engine is busy does not make the lines wait anew.
            upload.append(LineUploadTests.line)
        }
        let batch = upload.takeBatch(isUrgent: false)

        #expect(batch?.messages.count == 1 + 2 * IngestionLimits.busyTimersMax)
    }

    @Test func `lines that come after a batch wait their own time`() {
        var upload = LineUploadTests.upload()
        upload.append(LineUploadTests.line)
        for _ in 0..<IngestionLimits.busyTimersMax {
            _ = upload.takeQuietTimer()
            upload.append(LineUploadTests.line)
            upload.beQuiet()
        }
        let first = upload.takeBatch(isUrgent: false)
        upload.settle(first)
        upload.append(LineUploadTests.line)

        #expect(first != nil)
        #expect(upload.takeBatch(isUrgent: false) == nil)
    }
}

extension LineUpload {
    /// The engine takes all messages of a batch.
    fileprivate mutating func settle(_ batch: LineBatch?) {
        guard let batch else { return }
        let results = Result<[DecisionResult], EngineError>.success(batch.messages.map { _ in .accepted })
        #expect(throws: Never.self) { try settle(StoredBatch(batch: batch, results: results)) }
    }
}
