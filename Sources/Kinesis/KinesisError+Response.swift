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
        let header = type == nil ? errorTypeHeader.flatMap(Code.init(service:)) : nil
        let text = document?["message"]?.string ?? document?["Message"]?.string ?? ""
        guard let code = type.flatMap(Code.init(service:)) ?? header, header.map(isOfGateway) != true else {
            var error = KinesisError(
                status >= 500 ? .internalFailure : Code(rawValue: "HTTPStatus\(status)"),
                ForeignAnswer(status: status, body: body, location: location, headerName: header?.rawValue).message,
                disposition: Disposition(unknownErrorStatus: status),
                httpStatus: status,
                requestID: requestID
            )
            error.isForeign = true
            return error
        }
        var disposition = Disposition(code: code) ?? Disposition(unknownErrorStatus: status)
        if disposition == .splitRequest, blamesStream(text) { disposition = .stopDestination }
        return KinesisError(
            code,
            words(for: code, text: text),
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
    private static func isOfGateway(_ code: Code) -> Bool {
        ["MissingAuthenticationTokenException", "ForbiddenException"].contains(code.rawValue)
    }
}
