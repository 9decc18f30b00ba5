import ActivationCore
import Testing

@testable import ActivationEngine

/// What is done about inputs that could not be stored together.
@Suite struct BatchRecoveryTests {
    private func step(
        _ code: StorageError.Code,
        _ tries: Int,
        isAlone: Bool = false,
        singlesOut: Bool = true
    ) -> BatchRecovery.Step {
        var recovery = BatchRecovery()
        return recovery.step(after: code, tries: tries, isAlone: isAlone, singlesOut: singlesOut)
    }

    @Test(arguments: [StorageError.Code.conflict, .staleIndex])
    func `what others cause is tried again at once, and after the second time in halves`(code: StorageError.Code) {
        #expect(step(code, 1) == .again)
        #expect(step(code, 2) == .inHalves)
        #expect(step(code, 1, singlesOut: false) == .again)
        #expect(step(code, 2, singlesOut: false) == .inHalves)
    }

    @Test func `what takes too long or too much is halved at once`() {
        for singlesOut in [false, true] {
            #expect(step(.expired, 1, singlesOut: singlesOut) == .inHalves)
            #expect(step(.tooLarge, 1, singlesOut: singlesOut) == .inHalves)
        }
        #expect(step(.tooLarge, 1, isAlone: true) == .refuse)
    }

    @Test(arguments: [StorageError.Code.conflict, .staleIndex, .expired])
    func `one input alone is tried eight times`(code: StorageError.Code) {
        let steps = (1...8).map { step(code, $0, isAlone: true) }
        #expect(steps == Array(repeating: .again, count: 7) + [.refuse])
    }

    @Test(arguments: [StorageError.Code.corrupt, .outdated, .incomplete])
    func `what cannot be read is singled out where others are to be spared`(code: StorageError.Code) {
        #expect(step(code, 1) == .inHalves)
        #expect(step(code, 1, singlesOut: false) == .refuse)
        #expect(step(code, 1, isAlone: true) == .refuse)
    }

    @Test func `what was decided by an old catalog is decided by the new one, all of it`() {
        for isAlone in [false, true] {
            let steps = (1...8).map { step(.catalogChanged, $0, isAlone: isAlone) }
            #expect(steps == Array(repeating: .again, count: 7) + [.refuse])
        }
    }

    @Test(arguments: [
        StorageError.Code.full, .io, .closed, .writeLost, .fenced, .unavailable,
        StorageError.Code(rawValue: "another"),
    ])
    func `what has nothing to do with these inputs is told at once`(code: StorageError.Code) {
        #expect(step(code, 1) == .refuse)
        #expect(step(code, 1, isAlone: true) == .refuse)
    }

    @Test func `all that was taken up together is tried over so often and no more`() {
        var recovery = BatchRecovery()
        for _ in 0..<BatchRecovery.retriesMax {
            #expect(recovery.step(after: .expired, tries: 1, isAlone: false, singlesOut: true) == .inHalves)
        }
        #expect(recovery.step(after: .expired, tries: 1, isAlone: false, singlesOut: true) == .refuse)
        #expect(recovery.step(after: .conflict, tries: 1, isAlone: true, singlesOut: true) == .refuse)
        // That needs no luck: each time there is less.
        #expect(recovery.step(after: .tooLarge, tries: 1, isAlone: false, singlesOut: true) == .inHalves)
    }

    @Test(arguments: [
        StorageError.Code.conflict, .expired, .catalogChanged, .fenced, .unavailable,
    ])
    func `callers are told when to come again`(code: StorageError.Code) {
        let error = EngineError(StorageError(code, "later"))
        #expect(error.code == .storage)
        #expect(error.retryAfterSeconds != nil)
    }
}
