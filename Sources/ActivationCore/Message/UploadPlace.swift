/// Which row of which upload a message is.
public struct UploadPlace: Hashable, Sendable {
    /// The upload.
    public var upload: UUIDBytes
    /// The line on which the row tells whom it is about; those of later rows are higher.
    public var line: Int64

    /// Creates a place.
    public init(upload: UUIDBytes, line: Int64) {
        self.upload = upload
        self.line = line
    }
}
