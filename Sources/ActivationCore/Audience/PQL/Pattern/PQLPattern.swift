import CPCRE2
import Synchronization

/// What evaluations gave up on since the process started.
public enum PQLStatistics {
    private static let patterns = Atomic<Int>(0)

    /// Searches with a regular expression that hit a limit and therefore counted as no match.
    public static var patternLimitHits: Int { patterns.load(ordering: .relaxed) }

    fileprivate static func countPatternLimitHit() { patterns.add(1, ordering: .relaxed) }
}

/// A compiled regular expression in Java's syntax (docs/PATTERNS.md), run by PCRE2.
///
/// The compiled code is written once, before the object is shared, and PCRE2 lets any number of threads match with
/// it as long as each brings its own match data, which every call here does. That makes sharing the pointer safe.
final class PQLPattern: @unchecked Sendable {
    /// Backtracking steps from one place of a text, about a millisecond; more means no match (PQL 7).
    private static let matchLimit: UInt32 = 100_000
    private static let depthLimit: UInt32 = 10_000
    /// Steps of a search that one of the evaluation stands for, so that a loop of searches ends.
    private static let stepsOfCost = 4
    /// Steps of the evaluation that a search at a limit of PCRE2's stands for.
    private static let limitCost = 25_000
    /// KiB of heap of one search.
    private static let heapLimit: UInt32 = 20_000

    private let code: OpaquePointer
    private let limits: OpaquePointer
    /// Bytes that were read and written to compile it.
    let compiledBytes: Int

    /// Compiles a pattern; one that ``group(_:of:cost:)`` will be asked of is refused where only groups are unsure.
    ///
    /// - Parameters:
    ///   - pattern: The pattern.
    ///   - tellsGroups: Whether it will be asked what groups take.
    ///   - takesWhole: Whether a hit is the whole text, as in Java's `matches`, or may stand anywhere in it.
    /// - Throws: Why it cannot be used.
    init(_ pattern: String, tellsGroups: Bool, takesWhole: Bool = false) throws(JavaPattern.Refusal) {
        var parser = JavaPatternParser(pattern)
        var tree = try parser.pattern(tellsGroups: tellsGroups)
        // Not in the text of the pattern, which may end in a comment or a quotation.
        if takesWhole { tree = .sequence([.position(.textStart), .group(tree, number: nil), .position(.textEnd)]) }
        let text = JavaPatternWriter(tree, groupCount: parser.groupCount).text
        guard text.utf8.count <= JavaPatternWriter.bytesMax else {
            throw JavaPattern.Refusal(
                message: "written out it is too long; use fewer parts and look-behinds",
                offset: 0
            )
        }
        guard let limits = pcre2_match_context_create_8(nil) else {
            throw JavaPattern.Refusal(message: "out of memory", offset: 0)
        }
        pcre2_set_match_limit_8(limits, PQLPattern.matchLimit)
        pcre2_set_depth_limit_8(limits, PQLPattern.depthLimit)
        pcre2_set_heap_limit_8(limits, PQLPattern.heapLimit)
        do throws(JavaPattern.Refusal) {
            code = try PQLPattern.compiled(text)
        } catch {
            pcre2_match_context_free_8(limits)
            throw error
        }
        self.limits = limits
        compiledBytes = pattern.utf8.count + text.utf8.count
    }

    /// Compiles what is in PCRE2's own syntax.
    private static func compiled(_ text: String) throws(JavaPattern.Refusal) -> OpaquePointer {
        var errorCode: Int32 = 0
        var errorOffset = 0
        let bytes = Array(text.utf8)
        // Making repetitions possessive goes wrong in PCRE2 10.42 where a callout or a possessive part follows.
        let options = PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C | PCRE2_DOTALL | PCRE2_NO_AUTO_POSSESS
        guard let code = pcre2_compile_8(bytes, bytes.count, options, &errorCode, &errorOffset, nil) else {
            throw JavaPattern.Refusal(
                message:
                    "PCRE2, which runs it, does not take it (\(PQLPattern.text(of: errorCode))); write it more simply",
                offset: 0
            )
        }
        return code
    }

    /// Whether PCRE2 has a property, so that a class may name it.
    static func knowsProperty(_ name: String) -> Bool {
        // The only thing that can be wrong with such a pattern is the name.
        guard let code = try? compiled("\\p{\(name)}") else { return false }
        pcre2_code_free_8(code)
        return true
    }

    deinit {
        pcre2_code_free_8(code)
        pcre2_match_context_free_8(limits)
    }

    /// The groups of the first hit anywhere in a text, the whole hit first; nil when there is none or a limit is hit.
    func firstHit(in text: String, cost: inout Int) -> [Range<Int>?]? {
        guard let data = pcre2_match_data_create_from_pattern_8(code, nil) else { return nil }
        defer { pcre2_match_data_free_8(data) }
        var text = text
        var state = Search()
        return text.withUTF8 { bytes in
            let count = search(bytes, data, &state)
            cost += bytes.count / 64 + state.work.steps / PQLPattern.stepsOfCost
            // Whatever is not a plain miss is a limit, or lack of memory.
            if count < PCRE2_ERROR_PARTIAL {
                PQLStatistics.countPatternLimitHit()
                cost += PQLPattern.limitCost
            }
            guard count > 0, let ends = pcre2_get_ovector_pointer_8(data) else { return nil }
            return (0..<Int(pcre2_get_ovector_count_8(data))).map { group in
                let (start, end) = (ends[group * 2], ends[group * 2 + 1])
                // Out of bounds = the group took no part.
                return start < 0 || start > end || end > bytes.count ? nil : start..<end
            }
        }
    }

    private func search(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ data: OpaquePointer,
        _ state: inout Search
    ) -> Int32 {
        // A Swift string is always valid UTF-8, so PCRE2 need not check it again.
        let options = PCRE2_NO_UTF_CHECK
        guard let context = pcre2_match_context_copy_8(limits) else { return PCRE2_ERROR_NOMEMORY }
        defer { pcre2_match_context_free_8(context) }
        return withUnsafeMutablePointer(to: &state) { state in
            pcre2_set_callout_8(context, PQLPattern.answer, state)
            return pcre2_match_8(code, bytes.baseAddress, bytes.count, 0, options, data, context)
        }
    }

    func matches(_ value: PQLValue, cost: inout Int) -> Bool {
        PQLLogic.test(value, isNegative: false) { value in
            guard case .string(let text) = value else { return false }
            return firstHit(in: text, cost: &cost) != nil
        }
    }

    /// A group of the first hit; without a number the first group, or the whole hit when there are no groups.
    func group(_ number: PQLValue, of value: PQLValue, cost: inout Int) -> PQLValue {
        guard case .string(let text) = value, let groups = firstHit(in: text, cost: &cost) else { return .null }
        let index: Int
        switch number {
        case .null: index = groups.count > 1 ? 1 : 0
        case .integer(let number): index = Int(clamping: number)
        default: return .null
        }
        guard groups.indices.contains(index), let range = groups[index] else { return .null }
        return .string(String(decoding: Array(text.utf8)[range], as: UTF8.self))
    }

    private static func text(of errorCode: Int32) -> String {
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = pcre2_get_error_message_8(errorCode, &buffer, buffer.count)
        return count < 0 ? "error \(errorCode)" : String(decoding: buffer.prefix(Int(count)), as: UTF8.self)
    }
}
