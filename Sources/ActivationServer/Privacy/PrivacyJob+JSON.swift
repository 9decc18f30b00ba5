import ActivationCore

extension PrivacyJob {
    /// The line of the list, as Adobe's.
    var summary: JSONObject {
        [
            "jobId": .string(id), "requestId": .string(request), "userKey": .string(subject.key),
            "action": .string(action.rawValue), "status": .string(state.rawValue), "submittedBy": .string(author),
            "createdDate": .string(PrivacyDate.text(createdAt)),
            "lastModifiedDate": .string(PrivacyDate.text(updatedAt)), "regulation": .string(regulation.rawValue),
            "dueAt": .string(dueAt.rfc3339),
        ]
    }

    /// All that callers see of it.
    ///
    /// - Parameters:
    ///   - endpoint: The server's base URL.
    ///   - now: The present instant, which decides whether a copy can still be had.
    ///   - showsValues: Whether the values of its identities are shown while they are kept.
    /// - Returns: The object.
    func json(endpoint: String, at now: Timestamp, showsValues: Bool) -> JSONValue {
        var object = summary
        object["userIds"] = .array(userIDs.indices.map { shownUserID(at: $0, showsValue: showsValues) })
        object["productResponses"] = .array(products.map(response))
        if state == .complete, let until = documentUntil, now < until {
            let url = JSONValue.string("\(endpoint)\(PrivacyRoutes.path)/\(id)/content")
            // Adobe's pages and its description spell it differently.
            object["downloadURL"] = url
            object["downloadUrl"] = url
            object["downloadUntil"] = .string(until.rfc3339)
        }
        return .object(object)
    }

    /// What the answer to its request says of it.
    var receipt: JSONValue {
        [
            "jobId": .string(id),
            "customer": ["user": ["key": .string(subject.key), "action": [.string(action.rawValue)]]],
        ]
    }

    private func shownUserID(at place: Int, showsValue: Bool) -> JSONValue {
        let userID = userIDs[place]
        var object: JSONObject = [
            "namespace": .string(userID.namespace), "type": .string(userID.qualifier),
            "isDeletedClientSide": .bool(userID.isDeletedClientSide),
        ]
        if showsValue, subject.values.indices.contains(place) { object["value"] = .string(subject.values[place]) }
        object["valueHash"] = userID.digest.map { .string(Base64URL.encode($0.bytes)) }
        return .object(object)
    }

    private func response(of product: String) -> JSONValue {
        var status: JSONObject = ["status": .string(state.rawValue)]
        if let outcome {
            status["message"] = state == .complete ? "Success" : "Error"
            status["responseMsgCode"] = .string(outcome.code.word)
            status["responseMsgDetail"] = .string(outcome.detail)
            let ids = outcome.profiles.map(\.uuid.description)
            var results: JSONObject = ["notFound": .integer(outcome.unknown)]
            switch action {
            case .access: results["profiles"] = .array(ids.map { .string($0) })
            case .delete: results["erasures"] = .array(ids.map { .string("\(ErasureRoutes.path)/\($0)") })
            }
            status["results"] = .object(results)
        }
        var object: JSONObject = [
            "product": .string(product), "retryCount": .integer(retries), "productStatusResponse": .object(status),
        ]
        object["processedDate"] = endedAt.map { .string(PrivacyDate.text($0)) }
        return .object(object)
    }
}
