import ActivationCore
import Logging

/// Stores the inputs of several callers: together if possible, and what only one of them causes only that one gets.
struct PieceStore {
    /// One caller's inputs in a batch; they are stored together if possible and answered together.
    struct Piece {
        var inputs: Range<Int>
        /// Nobody waits for it, so what cannot be read is left out.
        var isBackground: Bool
    }

    /// Decides inputs and stores what comes of them, all of it or nothing; reads at most so many bytes for it (nil = as many as there
    /// are).
    typealias Perform =
        (_ inputs: ArraySlice<Input>, _ bytesMax: Int?) async throws(StorageError) -> [DecisionResult]

    private let inputs: [Input]
    private let bytesMax: Int
    private let logger: Logger
    private let perform: Perform
    private var recovery = BatchRecovery()

    /// Creates a store of the inputs that were taken up together.
    ///
    /// - Parameters:
    ///   - inputs: The inputs.
    ///   - bytesMax: Bytes that may be read for some of them.
    ///   - logger: Told what was done over.
    ///   - perform: Decides and stores; called for one stretch of the inputs after the other, in their order.
    init(_ inputs: [Input], bytesMax: Int, logger: Logger, perform: @escaping Perform) {
        self.inputs = inputs
        self.bytesMax = bytesMax
        self.logger = logger
        self.perform = perform
    }

    /// Stores pieces that follow each other.
    ///
    /// - Returns: One result for each.
    mutating func store(_ pieces: ArraySlice<Piece>) async -> [Result<[DecisionResult], EngineError>] {
        guard let first = pieces.first, let last = pieces.last else { return [] }
        guard pieces.count > 1 else { return [await store(first)] }
        let base = first.inputs.lowerBound
        var tries = 0
        while true {
            do throws(StorageError) {
                let results = try await perform(inputs[base..<last.inputs.upperBound], bytesMax)
                return pieces.map { piece in
                    .success(Array(results[piece.inputs.lowerBound - base..<piece.inputs.upperBound - base]))
                }
            } catch {
                tries += 1
                switch step(after: error, tries, last.inputs.upperBound - base, isAlone: false, singlesOut: true) {
                case .again: continue
                case .inHalves: break
                case .refuse: return pieces.map { _ in .failure(EngineError(Self.answer(to: error))) }
                }
            }
            let middle = pieces.startIndex + pieces.count / 2
            let before = await store(pieces[..<middle])
            let after = await store(pieces[middle...])
            return before + after
        }
    }

    private mutating func store(_ piece: Piece) async -> Result<[DecisionResult], EngineError> {
        do throws(StorageError) {
            let results = try await store(inputs[piece.inputs], isBackground: piece.isBackground)
            return .success(results)
        } catch {
            return .failure(EngineError(error))
        }
    }

    /// Stores inputs of one caller; where that is not possible together, in halves, and what comes after one that is refused is not
    /// tried.
    private mutating func store(
        _ inputs: ArraySlice<Input>,
        isBackground: Bool
    ) async throws(StorageError) -> [DecisionResult] {
        let isAlone = inputs.count <= 1
        var bytesMax: Int? = self.bytesMax
        var (tries, staleTries) = (0, 0)
        while true {
            do throws(StorageError) {
                return try await perform(inputs, bytesMax)
            } catch {
                if isAlone, error.code == .tooLarge, bytesMax != nil {
                    // One input alone is bounded by what its profiles may have.
                    bytesMax = nil
                    continue
                }
                tries += 1
                if error.code == .staleIndex { staleTries += 1 }
                switch step(after: error, tries, inputs.count, isAlone: isAlone, singlesOut: isBackground) {
                case .again: continue
                case .inHalves: break
                case .refuse:
                    // What is so each time is not for having been read too early.
                    let isDamaged = isAlone && staleTries == BatchRecovery.triesMax
                    let error = Self.answer(to: error, isDamaged: isDamaged)
                    guard isBackground, isAlone, [.corrupt, .outdated, .incomplete].contains(error.code) else {
                        throw error
                    }
                    logger.error("Profile not evaluated", metadata: ["error.message": "\(error.message)"])
                    return inputs.map { _ in .evaluated(ProfileEvaluation()) }
                }
            }
            let middle = inputs.startIndex + inputs.count / 2
            let before = try await store(inputs[..<middle], isBackground: isBackground)
            let after = try await store(inputs[middle...], isBackground: isBackground)
            return before + after
        }
    }

    /// What callers are told of an error.
    private static func answer(to error: StorageError, isDamaged: Bool = false) -> StorageError {
        guard error.code == .staleIndex else { return error }
        return StorageError(isDamaged ? .corrupt : .conflict, error.message)
    }

    private mutating func step(
        after error: StorageError,
        _ tries: Int,
        _ count: Int,
        isAlone: Bool,
        singlesOut: Bool
    ) -> BatchRecovery.Step {
        let step = recovery.step(after: error.code, tries: tries, isAlone: isAlone, singlesOut: singlesOut)
        if step != .refuse {
            logger.debug(
                "Batch decided again",
                metadata: [
                    "error.code": "\(error.code.rawValue)", "batch.inputs": "\(count)", "batch.tries": "\(tries)",
                ]
            )
        }
        return step
    }
}
