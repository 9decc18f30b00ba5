import CPCRE2
import Synchronization

/// What evaluations gave up on since the process started; for metrics.
public enum PQLStatistics {
    private static let patterns = Atomic<Int>(0)

    /// Searches with a regular expression that hit a limit and therefore counted as no match.
    public static var patternLimitHits: Int { patterns.load(ordering: .relaxed) }

    fileprivate static func countPatternLimitHit() { patterns.add(1, ordering: .relaxed) }
}

/// A compiled regular expression; its syntax is PCRE2's, in UTF mode.
///
/// The compiled code is written once, before the object is shared, and PCRE2 lets any number of threads match with
/// it as long as each brings its own match data, which every call here does. That makes sharing the pointer safe.
final class PQLPattern: @unchecked Sendable {
    /// Why a pattern does not compile, in PCRE2's words, and the byte where.
    struct Refusal: Error {
        var message: String
        var offset: Int
    }

    /// Backtracking steps of one search, about a millisecond; more means no match (RULINGS 36).
    private static let matchLimit: UInt32 = 100_000
    private static let depthLimit: UInt32 = 10_000
    /// Steps of the evaluation that a search at its limit stands for, so that a loop of them ends.
    private static let limitCost = 25_000
    /// KiB of heap of one search.
    private static let heapLimit: UInt32 = 20_000

    private let code: OpaquePointer
    private let limits: OpaquePointer

    init(_ pattern: String) throws(Refusal) {
        var errorCode: Int32 = 0
        var errorOffset = 0
        let bytes = Array(pattern.utf8)
        let options = PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C
        guard let limits = pcre2_match_context_create_8(nil) else {
            throw Refusal(message: "out of memory", offset: 0)
        }
        pcre2_set_match_limit_8(limits, PQLPattern.matchLimit)
        pcre2_set_depth_limit_8(limits, PQLPattern.depthLimit)
        pcre2_set_heap_limit_8(limits, PQLPattern.heapLimit)
        guard let code = pcre2_compile_8(bytes, bytes.count, options, &errorCode, &errorOffset, nil) else {
            pcre2_match_context_free_8(limits)
            throw Refusal(message: PQLPattern.text(of: errorCode), offset: errorOffset)
        }
        self.code = code
        self.limits = limits
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
        return text.withUTF8 { bytes in
            // A Swift string is always valid UTF-8, so PCRE2 need not check it again.
            let count = pcre2_match_8(code, bytes.baseAddress, bytes.count, 0, PCRE2_NO_UTF_CHECK, data, limits)
            cost += bytes.count / 64
            // Whatever is not a plain miss is a limit, or lack of memory.
            if count < PCRE2_ERROR_PARTIAL {
                PQLStatistics.countPatternLimitHit()
                cost += PQLPattern.limitCost
            }
            guard count > 0, let ends = pcre2_get_ovector_pointer_8(data) else { return nil }
            return (0..<Int(pcre2_get_ovector_count_8(data))).map { group in
                let (start, end) = (ends[group * 2], ends[group * 2 + 1])
                // Negative = the group took no part; \K in a lookahead can put a start behind its end.
                return start < 0 || start > end || end > bytes.count ? nil : start..<end
            }
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
