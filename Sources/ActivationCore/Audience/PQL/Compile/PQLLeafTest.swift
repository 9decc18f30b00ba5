/// A test of one attribute against literals: what most audiences consist of, so it runs on the attribute's bytes.
///
/// An object, so that running it does not copy its literals.
final class PQLLeafTest: Sendable {
    enum Kind: Sendable {
        case truth
        case isNull(Bool)
        case compare(PQLComparison, Literal)
        /// `in`, `equals` and, negated, `notIn`, `notEqualTo`.
        case anyOf([Literal], isNegated: Bool)
        case text(PQLTextTest, Literal)
    }

    enum Literal: Sendable {
        case text([UInt8])
        case integer(Int64)
        case double(Double)
        case boolean(Bool)

        var value: PQLValue {
            switch self {
            case .text(let bytes): .string(String(decoding: bytes, as: UTF8.self))
            case .integer(let value): .integer(value)
            case .double(let value): .double(value)
            case .boolean(let value): .boolean(value)
            }
        }
    }

    let path: PQLProfilePath
    let kind: Kind

    init(path: PQLProfilePath, kind: Kind) {
        self.path = path
        self.kind = kind
    }

    /// Whether the attribute passes.
    func passes(_ view: AttributeView, _ paths: PathDictionary) -> Bool {
        guard let leaf = view.leaf(at: path.id), leaf.kind != .array, leaf.kind != .object, leaf.kind != .escapedString
        else { return passesGenerally(view, paths) }
        if leaf.kind == .double { return passes(PQLProfilePath.value(of: leaf, in: view)) }
        switch kind {
        case .truth: return leaf.kind != .false
        case .isNull(let expected): return !expected
        case .compare(let comparison, let literal):
            guard let order = PQLLeafTest.order(of: leaf, in: view, literal) else { return comparison == .notEqual }
            if case .boolean = literal, comparison != .equal, comparison != .notEqual { return false }
            return order.satisfies(comparison)
        case .anyOf(let literals, let isNegated):
            for literal in literals where PQLLeafTest.order(of: leaf, in: view, literal) == .same {
                return !isNegated
            }
            return isNegated
        case .text(let test, let literal):
            guard leaf.kind == .string, case .text(let part) = literal else { return false }
            let holds = view.withValue(of: leaf) { text in
                switch test.kind {
                case .equals: text.elementsEqual(part)
                case .startsWith: PQLText.starts(text, with: part)
                case .endsWith: PQLText.ends(text, with: part)
                case .contains: PQLText.contains(text, part)
                }
            }
            return holds != test.isNegative
        }
    }

    /// The same test by the rules for all values, for arrays, objects and what is not there.
    func passesGenerally(_ view: AttributeView, _ paths: PathDictionary) -> Bool {
        if case .isNull(let expected) = kind { return path.isNull(in: view, paths) == expected }
        return passes(path.value(in: view, paths))
    }

    private func passes(_ value: PQLValue) -> Bool {
        // Neither an attribute nor a literal here is a time, so the zone of the calendar is not asked for.
        switch kind {
        case .truth: return value.truth
        case .isNull(let expected): return value.isNull == expected
        case .compare(let comparison, let literal): return PQLLogic.compare(comparison, value, literal.value, .utc)
        case .anyOf(let literals, let isNegated):
            return PQLLogic.isMember(value, of: .array(PQLArray(literals.map(\.value))), isNegated: isNegated, .utc)
        case .text(let test, let literal): return test.passes(value, [literal.value], .utc)
        }
    }

    /// The order of a scalar leaf and a literal; nil when their kinds have none.
    @inline(__always)
    private static func order(of leaf: AttributeLeaf, in view: AttributeView, _ literal: Literal) -> PQLOrder? {
        switch (leaf.kind, literal) {
        case (.string, .text(let text)): return view.withValue(of: leaf) { order(of: $0, text) }
        case (.integer, .integer(let right)):
            return view.withValue(of: leaf, JSONNumber.int64(bytes:)).map { PQLOrder($0, right) }
        case (.integer, .double(let right)):
            return view.withValue(of: leaf, JSONNumber.int64(bytes:)).flatMap { PQLOrder.of($0, right) }
        case (.true, .boolean(let right)): return right ? .same : .greater
        case (.false, .boolean(let right)): return right ? .less : .same
        default: return nil
        }
    }

    private static func order(of left: UnsafeBufferPointer<UInt8>, _ right: [UInt8]) -> PQLOrder {
        let shared = min(left.count, right.count)
        var index = 0
        while index < shared {
            let (first, second) = (left[index], right[index])
            if first != second { return first < second ? .less : .greater }
            index += 1
        }
        return PQLOrder(left.count, right.count)
    }
}
