/// The console's static files.
public enum ConsoleAssets {
    /// Where they are, for templates.
    struct Paths: Sendable {
        let style: String
        let script: String
        let icons: String
        let favicon: String
    }

    /// What stands before a file's name.
    public static let base = "/console/assets/"

    private static let style = ConsoleAsset(StyleSheet.text, extension: "css", mediaType: "text/css; charset=utf-8")
    private static let script = ConsoleAsset(Script.text, extension: "js", mediaType: "text/javascript; charset=utf-8")
    private static let icons = ConsoleAsset(Icons.text, extension: "svg", mediaType: "image/svg+xml")
    private static let favicon = ConsoleAsset(Icons.favicon, extension: "svg", mediaType: "image/svg+xml")

    /// The files by name.
    public static let all = Dictionary([style, script, icons, favicon].map { ($0.name, $0) }) { first, _ in first }

    static let paths = Paths(
        style: base + style.name,
        script: base + script.name,
        icons: base + icons.name,
        favicon: base + favicon.name
    )
}
