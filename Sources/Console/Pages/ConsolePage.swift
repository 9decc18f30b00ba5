/// One page of the console: what it shows, as finished texts, and the template that shows it.
///
/// A page is a value without behaviour. Its stored members are the names that its template may use; a template holds no
/// logic beyond "is there one" and "for each".
public protocol ConsolePage: Sendable {
    /// The Mustache text of what stands between the heading and the footer.
    static var template: String { get }

    /// The page's name: its heading, and the title of its tab.
    var title: String { get }
}

extension ConsolePage {
    /// The name under which templates of this type are kept.
    static var templateName: String { String(describing: Self.self) }
}
