/// Which version of the program this is.
public enum ServerVersion {
    /// The version, such as `0.1.0`.
    public static let text = "0.1.0"
}
