/// The one sandbox there is.
enum Sandbox {
    /// Its name in headers and objects.
    static let name = "prod"
}
