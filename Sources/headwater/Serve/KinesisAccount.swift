import ActivationCore
import ActivationServer
import Kinesis

/// How to reach and sign in to Kinesis, as `auth.params` of a base connection says it; never logged, never printed.
struct KinesisAccount: Sendable {
    /// As whom requests are signed.
    enum SignIn: Sendable {
        /// Whoever owns these keys.
        case keys(KinesisCredentials)
        /// A role that lets this server in.
        case role(RoleARN)
        /// The machine that the server runs on.
        case server
    }

    /// Needed fields tell: a role, else keys, else neither.
    var signIn: SignIn
    /// Needed unless there is a URL.
    var region: String?
    /// Another endpoint than the region's own.
    var connectionURL: String?
    /// Which of the region's hosts.
    var variant: EndpointVariant

    /// Reads the fields.
    ///
    /// - Parameter params: `auth.params`, secrets in place.
    /// - Throws: The first field that cannot be right.
    init(_ params: JSONObject) throws(DestinationFieldError) {
        signIn = try Self.signIn(params)
        region = try params.region
        connectionURL = try params.text("connectionUrl")
        guard region != nil || connectionURL != nil else {
            throw DestinationFieldError("region", "is required, such as eu-west-1, or connectionUrl instead of it")
        }
        if let connectionURL {
            do throws(KinesisError) {
                try KinesisEndpoint.check(connectionURL: connectionURL)
            } catch {
                throw DestinationFieldError("connectionUrl", "cannot be used: \(error.message)")
            }
        }
        variant = .standard
        if let name = try params.text("endpointVariant") {
            guard let given = EndpointVariant(rawValue: name) else {
                let names = EndpointVariant.allCases.map(\.rawValue).joined(separator: ", ")
                throw DestinationFieldError("endpointVariant", "must be one of \(names)")
            }
            guard connectionURL == nil || given == .standard else {
                throw DestinationFieldError(
                    "endpointVariant",
                    "says nothing beside connectionUrl; leave one of them out"
                )
            }
            variant = given
        }
    }

    private static func signIn(_ params: JSONObject) throws(DestinationFieldError) -> SignIn {
        if let role = try params.text("roleArn") {
            do throws(KinesisError) {
                return .role(try RoleARN(role))
            } catch {
                throw DestinationFieldError(
                    "roleArn",
                    "is no role's ARN; it looks like arn:aws:iam::123456789012:role/name"
                )
            }
        }
        if params["accessKeyId"] == nil, params["secretKey"] == nil, params["sessionToken"] == nil { return .server }
        let credentials = KinesisCredentials(
            accessKeyID: try params.requiredText("accessKeyId", "is required"),
            secretAccessKey: try params.requiredText("secretKey", "is required"),
            sessionToken: try params.text("sessionToken")
        )
        try Self.check(credentials.accessKeyID, "accessKeyId", bytesMax: 128)
        try Self.check(credentials.secretAccessKey, "secretKey", bytesMax: 256)
        if let token = credentials.sessionToken { try Self.check(token, "sessionToken", bytesMax: 8_192) }
        return .keys(credentials)
    }

    private static func check(_ text: String, _ key: String, bytesMax: Int) throws(DestinationFieldError) {
        guard text.utf8.count <= bytesMax, text.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else {
            throw DestinationFieldError(key, "has at most \(bytesMax) printable ASCII characters without spaces")
        }
    }
}

extension JSONObject {
    /// The region of an account or a target, if it names one.
    var region: String? {
        get throws(DestinationFieldError) {
            guard let region = try text("region") else { return nil }
            do throws(KinesisError) {
                try KinesisEndpoint.check(region: region)
            } catch {
                throw DestinationFieldError("region", "is not a valid region; it looks like eu-west-1")
            }
            return region
        }
    }
}
