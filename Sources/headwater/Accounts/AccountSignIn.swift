import ActivationCore
import ArgumentParser

/// How a new account signs in to Kinesis, as a command is told.
struct AccountSignIn: ParsableArguments {
    @Option(help: "The role to assume, an ARN; its trust policy comes from headwater accounts trust-policy.")
    var role: String?

    @Flag(help: "Signs in as the machine that the server runs on, where its operator allows that.")
    var serverIdentity = false

    @Option(
        help: ArgumentHelp(
            "Which of the region's hosts, instead of the usual one.",
            valueName: "fips|dualstack|fips-dualstack"
        )
    )
    var endpointVariant: String?

    /// An option that is about an account to be made was given.
    var isGiven: Bool { role != nil || serverIdentity || endpointVariant != nil }

    func validate() throws {
        guard role == nil || !serverIdentity else {
            throw ValidationError("Give --role or --server-identity, not both.")
        }
    }

    /// `auth` of the account.
    ///
    /// - Parameters:
    ///   - region: Its region.
    ///   - url: The endpoint, where it is not the region's own.
    /// - Returns: `specName` and `params`.
    /// - Throws: When no key is set and none of the other ways is asked for.
    func auth(region: String?, url: String?) throws(CommandFailure) -> JSONObject {
        var params: JSONObject = [:]
        params["region"] = region.map { .string($0) }
        params["connectionUrl"] = url.map { .string($0) }
        params["endpointVariant"] = endpointVariant.map { .string($0) }
        if let role {
            params["roleArn"] = .string(role)
            return ["specName": "Aws Kinesis assumed role", "params": .object(params)]
        }
        if serverIdentity { return ["specName": "Aws Kinesis server identity", "params": .object(params)] }
        guard let key = Environment["AWS_ACCESS_KEY_ID"], let secret = Environment["AWS_SECRET_ACCESS_KEY"] else {
            throw CommandFailure(
                .usage,
                "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to the stream's key, or give --role"
            )
        }
        params["accessKeyId"] = .string(key)
        params["secretKey"] = .string(secret)
        params["sessionToken"] = Environment["AWS_SESSION_TOKEN"].map { .string($0) }
        return ["specName": "Aws Kinesis authentication credentials", "params": .object(params)]
    }
}
