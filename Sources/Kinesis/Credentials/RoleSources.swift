/// Why a role is assumed, which says whether its owner has to be told apart from others.
public enum RoleTrust: Sendable, Hashable {
    /// The role is somebody else's, who let this server in under an external id; without one, whoever can give the server a
    /// role's name could have it act for a stranger.
    case external(id: String)
    /// The role is the server's own, named by who runs it.
    case own(externalID: String? = nil)
}

/// Keys of a role by `AssumeRole`, asked for with the keys of another identity.
public struct AssumedRole: CredentialsSource {
    private let session: SecurityTokenService.RoleSession
    private let base: any CredentialsProvider
    private let service: SecurityTokenService

    /// Creates a source; nothing is asked.
    ///
    /// - Parameters:
    ///   - role: The role.
    ///   - trust: Whose role it is.
    ///   - sessionName: 2 to 64 letters, digits and `_+=,.@-`; shown in the log of the role's account.
    ///   - base: Who assumes it.
    ///   - service: Where it is asked for.
    /// - Throws: ``KinesisError`` with `invalidCredentials` for an external id or a name that the service does not take.
    public init(
        _ role: RoleARN,
        trust: RoleTrust,
        sessionName: String = "headwater",
        base: any CredentialsProvider,
        service: SecurityTokenService
    ) throws(KinesisError) {
        let externalID: String? =
            switch trust {
            case .external(let id): id
            case .own(let id): id
            }
        if let externalID, externalID.wholeMatch(of: /[A-Za-z0-9_+=,.@:\/-]{2,1224}/) == nil {
            throw KinesisError(
                .invalidCredentials,
                "an external id has 2 to 1224 letters, digits and _+=,.@:/-; a role of somebody else needs one"
            )
        }
        guard sessionName.wholeMatch(of: /[A-Za-z0-9_+=,.@-]{2,64}/) != nil else {
            throw KinesisError(.invalidCredentials, "a session's name has 2 to 64 letters, digits and _+=,.@-")
        }
        session = SecurityTokenService.RoleSession(role: role, name: sessionName, externalID: externalID)
        self.base = base
        self.service = service
    }

    /// Asks with the other identity's present keys; once more with others when they are refused.
    public func issue(within limit: Duration) async throws(KinesisError) -> IssuedCredentials {
        let clock = ContinuousClock()
        let end = clock.now + limit
        let keys = try await base.credentials(within: limit)
        do throws(KinesisError) {
            return try await service.assumeRole(session, as: keys, within: end - clock.now)
        } catch  where error.isAboutKeys && base.refuse(keys) {
            let others = try await base.credentials(within: end - clock.now)
            return try await service.assumeRole(session, as: others, within: end - clock.now)
        } catch {
            throw error
        }
    }
}

/// Keys of a role by `AssumeRoleWithWebIdentity`: a file holds the token of an identity provider, such as Kubernetes'.
public struct WebIdentity: CredentialsSource {
    private let session: SecurityTokenService.RoleSession
    private let tokenFile: String
    private let machine: MachineEnvironment
    private let service: SecurityTokenService

    init(
        _ role: RoleARN,
        sessionName: String,
        tokenFile: String,
        machine: MachineEnvironment,
        service: SecurityTokenService
    ) {
        session = SecurityTokenService.RoleSession(role: role, name: sessionName)
        self.tokenFile = tokenFile
        self.machine = machine
        self.service = service
    }

    /// Reads the token anew each time: whoever wrote the file replaces it before the token expires.
    public func issue(within limit: Duration) async throws(KinesisError) -> IssuedCredentials {
        let token = try machine.token(in: tokenFile, "AWS_WEB_IDENTITY_TOKEN_FILE")
        return try await service.assumeRole(session, withWebIdentity: token, within: limit)
    }
}
