extension JavaPatternParser {
    /// Reads a class after its `[`, or the right side of an `&&`, which ends before the `]` of the class around it.
    mutating func characterClass(isWhole: Bool) throws(Refusal) -> JavaCharacterSet {
        try nested { (parser) throws(Refusal) in try parser.classBody(isWhole: isWhole) }
    }

    private mutating func classBody(isWhole: Bool) throws(Refusal) -> JavaCharacterSet {
        let offset = reader.offset
        var members = Members()
        // What `&&` stands between; after the first nothing follows but more of them.
        var operands: [JavaCharacterSet] = []
        var isNegated = false
        if isWhole, reader.following(0)?.is("^") == true {
            _ = reader.takeRaw()
            isNegated = true
        }
        while let unit = reader.peek() {
            if unit.is("]"), !members.isEmpty || !operands.isEmpty {
                if isWhole { _ = reader.take() }
                let set = operands.isEmpty ? members.set(flags) : .intersection(operands)
                return isNegated ? set.negated : set
            }
            if unit.is("[") {
                _ = reader.take()
                members.sets.append(try characterClass(isWhole: true))
            } else if unit.is("&"), try skipIntersection() {
                if operands.isEmpty, !members.isEmpty { operands.append(members.set(flags)) }
                operands.append(try rightSide(from: unit.offset))
            } else {
                try classItem(into: &members)
            }
        }
        throw refusal("this class has no \"]\"", at: max(0, offset - 1))
    }

    /// What a class names side by side.
    private struct Members {
        var sets: [JavaCharacterSet] = []
        /// Ranges without their other cases, which are looked up once for all that overlap.
        var ranges: [ClosedRange<UInt32>] = []

        var isEmpty: Bool { sets.isEmpty && ranges.isEmpty }

        func set(_ flags: JavaPattern.Flags) -> JavaCharacterSet {
            .united(sets + JavaCharacterSet.merged(ranges).map { JavaCharacterSet($0, flags) })
        }
    }

    /// Passes `&&`; false before a single `&`, which stands for itself.
    private mutating func skipIntersection() throws(Refusal) -> Bool {
        if flags.hasComments, let blank = reader.following(1), blank.is(anyOf: ["#"]) || isBlank(blank) {
            throw refusal("Java loses an \"&\" before a blank in a class; write \"\\&\" or put it elsewhere")
        }
        guard reader.following(1)?.is("&") == true else { return false }
        reader.cursor += 2
        return true
    }

    private func isBlank(_ unit: JavaPatternReader.Unit) -> Bool {
        !unit.isQuoted && JavaPatternReader.isBlank(unit.scalar)
    }

    /// Reads what follows `&&`: classes, or anything up to the end of the class.
    private mutating func rightSide(from offset: Int) throws(Refusal) -> JavaCharacterSet {
        var parts: [JavaCharacterSet] = []
        while let unit = reader.peek(), !unit.is(anyOf: ["]", "&"]) {
            let isClass = unit.is("[")
            if isClass { _ = reader.take() }
            parts.append(try characterClass(isWhole: isClass))
        }
        // Java reads on from here in ways that nobody could mean.
        let isLone = reader.peek()?.is("&") == true && reader.following(1)?.is("&") != true
        guard !parts.isEmpty, !isLone else {
            throw refusal(
                "put what stands on either side of \"&&\" in brackets of its own, as in [a-z&&[^aeiou]]",
                at: offset
            )
        }
        return .united(parts)
    }

    /// Reads one character, range, escape or property.
    private mutating func classItem(into members: inout Members) throws(Refusal) {
        guard let unit = reader.peek() else { throw refusal("this class has no \"]\"") }
        let first: Unicode.Scalar
        if unit.is("\\") {
            // A range may start with \v, which is then the vertical tab.
            let isRange = reader.following(2)?.is("-") == true
            switch try escape(inClass: true, isRange: isRange) {
            case .character(let scalar): first = scalar
            case .set(let set):
                members.sets.append(set)
                return
            case .pattern: throw refusal("this escape takes no character; it cannot stand in a class", at: unit.offset)
            }
        } else {
            _ = reader.take()
            first = unit.scalar
        }
        guard reader.peek()?.is("-") == true, let end = reader.following(1), !end.is(anyOf: ["[", "]"]) else {
            members.sets.append(JavaCharacterSet(first, flags, isAlone: true))
            return
        }
        _ = reader.take()
        let last = try rangeEnd()
        guard first <= last else {
            throw refusal("the later character stands first in this range; turn it round", at: unit.offset)
        }
        members.ranges.append(first.value...last.value)
    }

    private mutating func rangeEnd() throws(Refusal) -> Unicode.Scalar {
        guard let unit = reader.peek() else { throw refusal("this class has no \"]\"") }
        guard unit.is("\\") else {
            _ = reader.take()
            return unit.scalar
        }
        guard case .character(let scalar) = try escape(inClass: true, isRange: true) else {
            throw refusal("a range ends with a character", at: unit.offset)
        }
        return scalar
    }
}
