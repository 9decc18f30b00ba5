extension KinesisError {
    /// Classifies an answer that is not a success: by the error's name (KINESIS 1.4), by the status only when there is none
    /// that we know.
    ///
    /// - Parameters:
    ///   - status: The HTTP status.
    ///   - body: The body in the wire's encoding, or whatever a proxy put there.
    ///   - wire: The encoding that the answer claims, or that of the request.
    ///   - errorTypeHeader: The value of `x-amzn-ErrorType`.
    ///   - location: The value of `Location`, where a redirect leads.
    ///   - requestID: The value of `x-amzn-RequestId`.
    /// - Returns: The error.
    static func response(
        status: Int,
        body: [UInt8],
        wire: KinesisWire,
        errorTypeHeader: String? = nil,
        location: String? = nil,
        requestID: String? = nil
    ) -> KinesisError {
        // An unreadable body is not an error of its own here: the status still says something.
        let document = try? wire.decode(body)
        let type = document?["__type"]?.string
        let headerName = type == nil ? errorTypeHeader.map(bareName) : nil
        let text = document?["message"]?.string ?? document?["Message"]?.string
        guard let name = type.map(bareName) ?? headerName, !name.isEmpty, headerName.map(isOfGateway) != true else {
            var error = KinesisError(
                status >= 500 ? .internalFailure : Code(rawValue: "HTTPStatus\(status)"),
                ForeignAnswer(status: status, body: body, location: location, headerName: headerName).message,
                disposition: Disposition(unknownErrorStatus: status),
                httpStatus: status,
                requestID: requestID
            )
            error.isForeign = true
            return error
        }
        let code = Code(rawValue: name)
        var disposition = Disposition(code: code) ?? Disposition(unknownErrorStatus: status)
        if disposition == .splitRequest, let text, blamesStream(text) { disposition = .stopDestination }
        return KinesisError(
            code,
            withoutValue(text ?? "the service gave no message"),
            disposition: disposition,
            httpStatus: status,
            requestID: requestID
        )
    }

    /// A success that is not the service's.
    static func foreignSuccess(_ answer: HTTPAnswer) -> KinesisError {
        var error = KinesisError(
            .invalidResponse,
            ForeignAnswer(status: answer.status, body: answer.body).message,
            httpStatus: answer.status,
            requestID: answer.requestID
        )
        error.isForeign = true
        return error
    }

    /// What an API gateway says in a header alone about a signed request that meets none of its routes.
    private static func isOfGateway(_ name: String) -> Bool {
        ["MissingAuthenticationTokenException", "ForbiddenException"].contains(name)
    }

    /// `com.amazonaws.kinesis.v20131202#Name:http://…` is `Name`.
    private static func bareName(_ type: String) -> String {
        let afterHash = type.split(separator: "#", omittingEmptySubsequences: false).last ?? ""
        return String(afterHash.split(separator: ":", omittingEmptySubsequences: false).first ?? "")
    }

    /// A constraint on the stream's own name fails for every record alike; halving the request would reject them all.
    private static func blamesStream(_ message: String) -> Bool {
        ["'streamName'", "'streamARN'", "'streamId'"].contains { message.contains($0) }
    }

    /// `Value '…' at 'member' failed …` without the value, which may be a record's data or key.
    private static func withoutValue(_ message: String) -> String {
        let pieces = message.split(separator: "Value '", omittingEmptySubsequences: false)
        guard pieces.count > 1 else { return message }
        var text = String(pieces[0])
        for piece in pieces.dropFirst() {
            // The value itself may hold the separator, so the constraint's is the last one of the piece.
            guard let range = piece.ranges(of: "' at '").last else { return "a member of the request is not valid" }
            text += "Value at '\(piece[range.upperBound...])"
        }
        return text
    }
}
