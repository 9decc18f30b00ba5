/// The name of a role that can be assumed.
public struct RoleARN: Sendable, Hashable {
    /// The ARN as it was given.
    public let text: String
    /// The AWS account that the role belongs to.
    public let account: String

    /// Reads an ARN.
    ///
    /// - Parameter text: `arn:aws:iam::123456789012:role/name` or the like in another partition, with a path where there is
    ///   one.
    /// - Throws: ``KinesisError`` with `invalidCredentials`.
    public init(_ text: String) throws(KinesisError) {
        let arn = /arn:aws[a-z-]{0,20}:iam::([0-9]{12}):role\/(?:[\x21-\x7E]{1,510}\/)?[A-Za-z0-9_+=,.@-]{1,64}/
        guard let match = text.wholeMatch(of: arn) else {
            throw KinesisError(
                .invalidCredentials,
                "\"\(text.prefix(128))\" is no role's ARN; it looks like arn:aws:iam::123456789012:role/name"
            )
        }
        self.text = text
        account = String(match.1)
    }
}
