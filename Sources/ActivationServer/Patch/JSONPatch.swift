import ActivationCore

/// A list of edits of a JSON document: `add`, `replace` and `remove` of RFC 6902, as Flow Service takes them
/// (BEHAVIOUR 1.5).
struct JSONPatch: Sendable {
    /// What one edit does.
    enum Kind: String, Sendable {
        case add
        case replace
        case remove
    }

    /// One edit.
    struct Operation: Sendable {
        var kind: Kind
        var path: JSONPointer
        /// The new value; for `remove` an optional guard (BEHAVIOUR 1.5).
        var value: JSONValue?
    }

    /// The edits, applied one after the other.
    var operations: [Operation]

    /// Reads a patch; `op` is read without regard to case (BEHAVIOUR 1.5).
    ///
    /// - Throws: `1434-400` for another op, `1411-400` for a bad path, `PATCH_REFUSED` for anything else.
    init(_ json: JSONValue) throws(APIError) {
        guard let items = json.array else {
            throw APIError(.patchRefused, "the body is an array of operations such as [{\"op\", \"path\", \"value\"}]")
        }
        guard !items.isEmpty else { throw APIError(.bodyEmpty, "the patch holds no operation") }
        guard items.count <= ServerLimits.patchOperationsMax else {
            throw APIError(
                .patchRefused,
                "the patch has \(items.count) operations; at most \(ServerLimits.patchOperationsMax) are accepted"
            )
        }
        var operations: [Operation] = []
        for (index, item) in items.enumerated() { operations.append(try JSONPatch.operation(item, index)) }
        self.operations = operations
    }

    private static func operation(_ item: JSONValue, _ index: Int) throws(APIError) -> Operation {
        guard item.object != nil else { throw APIError(.patchRefused, "operation \(index) is not an object") }
        guard let op = item["op"]?.string else {
            throw APIError(.patchOpUnsupported, "operation \(index) has no op; add, replace and remove are accepted")
        }
        guard let kind = Kind(rawValue: op.lowercased()) else {
            throw APIError(
                .patchOpUnsupported,
                "operation \(index) has op \"\(op.excerpt(20))\"; add, replace and remove are accepted"
            )
        }
        guard let path = item["path"]?.string else {
            throw APIError(.pathInvalid, "operation \(index) has no path")
        }
        let value = item["value"]
        guard kind == .remove || value != nil else {
            throw APIError(.patchRefused, "operation \(index) has op \(kind.rawValue), which needs a value")
        }
        return Operation(kind: kind, path: try JSONPointer(parsing: path), value: value)
    }

    /// The document after all edits; none of them happens when one cannot.
    ///
    /// - Throws: `1455-400` when a path names nothing, `PATCH_REFUSED` when a guard does not match.
    func apply(to document: JSONValue) throws(APIError) -> JSONValue {
        var result = document
        for operation in operations { try operation.apply(to: &result, at: operation.path.tokens[...]) }
        return result
    }
}

extension JSONPatch.Operation {
    fileprivate func apply(to value: inout JSONValue, at tokens: ArraySlice<String>) throws(APIError) {
        guard let token = tokens.first else {
            guard kind != .remove, let new = self.value else {
                throw APIError(.pathInvalid, "the whole document cannot be removed")
            }
            value = new
            return
        }
        let rest = tokens.dropFirst()
        switch value {
        case .object(var object):
            // The value is taken out while it is edited, so that it is not copied.
            value = .null
            defer { value = .object(object) }
            try edit(&object, key: token, rest)
        case .array(var items):
            value = .null
            defer { value = .array(items) }
            try edit(&items, token: token, rest)
        default:
            throw missing()
        }
    }

    private func edit(_ object: inout JSONObject, key: String, _ rest: ArraySlice<String>) throws(APIError) {
        guard rest.isEmpty else {
            guard var child = object[key] else { throw missing() }
            object[key] = .null
            defer { object[key] = child }
            try apply(to: &child, at: rest)
            return
        }
        guard kind == .add || object[key] != nil else { throw missing() }
        if kind == .remove {
            try checkGuard(object[key])
            object.removeValue(forKey: key)
        } else {
            object[key] = value
        }
    }

    private func edit(_ items: inout [JSONValue], token: String, _ rest: ArraySlice<String>) throws(APIError) {
        if rest.isEmpty, kind == .add, let value {
            items.insert(value, at: try index(token, below: items.count + 1, end: items.count))
            return
        }
        let index = try index(token, below: items.count, end: nil)
        guard rest.isEmpty else {
            try apply(to: &items[index], at: rest)
            return
        }
        if kind == .remove {
            try checkGuard(items[index])
            items.remove(at: index)
        } else if let value {
            items[index] = value
        }
    }

    /// A position in an array: digits without a leading zero, or `-` for the end where that is allowed.
    private func index(_ token: String, below bound: Int, end: Int?) throws(APIError) -> Int {
        if token == "-", let end { return end }
        let isNumber = token.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
        guard isNumber, token == "0" || !token.hasPrefix("0"), let index = Int(token), index < bound else {
            throw missing()
        }
        return index
    }

    /// A `remove` that says which selector it means must meet that one (BEHAVIOUR 1.5).
    private func checkGuard(_ target: JSONValue?) throws(APIError) {
        guard let expected = value?["value"]?["id"]?.string else { return }
        guard let found = target?["value"]?["id"]?.string, found.lowercased() == expected.lowercased() else {
            throw APIError(
                .patchRefused,
                "remove of \(path.text) carries the id of another item than the one at that place; operations apply "
                    + "one after the other, so an earlier one may have moved it"
            )
        }
    }

    private func missing() -> APIError {
        APIError(.patchPathMissing, "\(kind.rawValue) of \(path.text.excerpt(200)): there is nothing at this path")
    }
}
