import Crypto
import Kinesis
import Logging
import Synchronization

/// The AWS identity of the machine that the server runs on, as far as accounts may use it.
final class ServerIdentity: Sendable {
    private struct Role: Hashable {
        var arn: RoleARN
        var region: String
        var isFIPS: Bool
    }

    private struct Shared {
        weak var provider: RenewedCredentials?
    }

    /// What accounts may do with it.
    let use: ServerIdentityUse
    /// Tells roles which server it is that asks; the server's own for ever, and no secret.
    let externalID: String
    /// Whom a trust policy has to name; nil where it could not be found out at the start.
    let principal: String?

    private let machine: RenewedCredentials
    private let connections: KinesisConnections
    /// Keys of a role are shared by all who use it.
    private let roles = Mutex<[Role: Shared]>([:])

    private init(
        _ use: ServerIdentityUse,
        externalID: String,
        principal: String?,
        machine: RenewedCredentials,
        connections: KinesisConnections
    ) {
        self.use = use
        self.externalID = externalID
        self.principal = principal
        self.machine = machine
        self.connections = connections
    }

    /// Finds out who the machine is.
    ///
    /// - Parameters:
    ///   - use: What accounts may do with it.
    ///   - organisation: Of which the external id is made.
    ///   - connections: Reach the Security Token Service.
    ///   - logger: Told who the machine is, or why that is not known yet.
    /// - Returns: The identity; nil when accounts may do nothing with it, and then nobody is asked.
    static func find(
        _ use: ServerIdentityUse,
        of organisation: String,
        _ connections: KinesisConnections,
        _ logger: Logger
    ) async -> ServerIdentity? {
        guard use != .off else { return nil }
        let source = MachineIdentity { (region) throws(KinesisError) in
            try service(region, isFIPS: false, connections)
        }
        let machine = RenewedCredentials(source)
        var principal: String?
        do throws(KinesisError) {
            let region = Environment["AWS_REGION"] ?? Environment["AWS_DEFAULT_REGION"] ?? "us-east-1"
            let found = try await service(region, isFIPS: false, connections)
                .callerPrincipal(as: machine, within: .seconds(4))
            logger.notice(
                "This server's AWS identity",
                metadata: ["aws.principal": "\(found)", "use": "\(use.rawValue)"]
            )
            principal = found
        } catch {
            logger.warning(
                "This server's AWS identity is not known yet; accounts that need it wait until it is",
                metadata: ["error.code": "\(error.code.rawValue)", "error.message": "\(error.message)"]
            )
        }
        return ServerIdentity(
            use,
            externalID: externalID(of: organisation),
            principal: principal,
            machine: machine,
            connections: connections
        )
    }

    /// The external id of an organisation: the same wherever its directory is, and another one for every other.
    static func externalID(of organisation: String) -> String {
        let hash = SHA256.hash(data: Array("headwater external id\n\(organisation)".utf8))
        let digits = Array("0123456789abcdef")
        return "headwater-" + String(hash.prefix(16).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }

    /// The machine's own keys.
    ///
    /// - Throws: ``KinesisError`` when accounts may not use them.
    func own() throws(KinesisError) -> any CredentialsProvider {
        guard use == .all else { throw .identityRefused(.all) }
        return machine
    }

    /// Keys of a role that lets this server in.
    func role(_ arn: RoleARN, region: String, isFIPS: Bool) throws(KinesisError) -> any CredentialsProvider {
        let role = Role(arn: arn, region: region, isFIPS: isFIPS)
        let source = try AssumedRole(
            arn,
            trust: .external(id: externalID),
            base: machine,
            service: try Self.service(region, isFIPS: isFIPS, connections)
        )
        return roles.withLock { roles in
            if let provider = roles[role]?.provider { return provider }
            let provider = RenewedCredentials(source)
            roles = roles.filter { $0.value.provider != nil }
            roles[role] = Shared(provider: provider)
            return provider
        }
    }

    private static func service(
        _ region: String,
        isFIPS: Bool,
        _ connections: KinesisConnections
    ) throws(KinesisError) -> SecurityTokenService {
        let endpoint = try KinesisEndpoint.securityTokenService(
            region: region,
            isFIPS: isFIPS,
            override: Environment["AWS_ENDPOINT_URL_STS"]
        )
        return SecurityTokenService(endpoint: endpoint, http: connections[endpoint])
    }
}

extension KinesisError {
    /// The operator has not allowed what an account needs.
    static func identityRefused(_ needed: ServerIdentityUse) -> KinesisError {
        KinesisError(
            refusedIdentity:
                "this server does not let accounts use its own AWS identity; give the account keys, or have who runs the "
                + "server start it with --aws-identity \(needed.rawValue)"
        )
    }
}
