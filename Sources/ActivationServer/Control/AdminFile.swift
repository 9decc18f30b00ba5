import ActivationCore

/// `admin.json`: how the machine's owner and scripts reach the server.
public enum AdminFile {
    /// Writes the file, readable by its owner alone.
    ///
    /// - Throws: ``ServerStartError`` when it cannot be written.
    public static func write(_ start: FirstStart, endpoint: String, to path: String) throws(ServerStartError) {
        try write(
            [
                "client_id": .string(start.clientID),
                "client_secret": .string(start.clientSecret),
                "org_id": .string(start.orgID),
                "endpoint": .string(endpoint),
                "inletId": .string(start.inletID),
                "inletUrl": .string("\(endpoint)/collection/\(start.inletID)"),
            ],
            to: path
        )
    }

    /// Corrects the endpoint after a start on another address; does nothing when there is no file.
    ///
    /// - Throws: ``ServerStartError`` when the file is no JSON object or cannot be written.
    public static func updateEndpoint(_ endpoint: String, in path: String) throws(ServerStartError) {
        guard let bytes = try PrivateFile.read(path) else { return }
        // The parser's own words would quote a secret's neighbourhood.
        guard var object = (try? JSONValue(parsing: bytes))?.object else {
            throw ServerStartError("\(path) is not a JSON object; restore it or remove it")
        }
        guard object["endpoint"]?.string != endpoint else { return }
        object["endpoint"] = .string(endpoint)
        if let inlet = object["inletId"]?.string { object["inletUrl"] = .string("\(endpoint)/collection/\(inlet)") }
        try write(object, to: path)
    }

    private static func write(_ object: JSONObject, to path: String) throws(ServerStartError) {
        var bytes: [UInt8] = []
        JSONValue.object(object).write(to: &bytes)
        try PrivateFile.write(bytes + [UInt8(ascii: "\n")], to: path)
    }
}
