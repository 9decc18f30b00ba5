/// What stands above every page of a person; shown with `{{> person}}`.
public struct PersonHead: Sendable, Equatable {
    /// That values are visible.
    public struct Revealed: Sendable, Equatable {
        let end: String
        let reason: String
        let path: String
        let token: String

        /// Creates it.
        ///
        /// - Parameters:
        ///   - end: Until when, exactly.
        ///   - reason: Why, in the person's words.
        ///   - path: Where the form that masks them again is sent.
        ///   - token: The form's token.
        public init(end: String, reason: String, path: String, token: String) {
            self.end = end
            self.reason = reason
            self.path = path
            self.token = token
        }
    }

    /// One of the pages of the person.
    public struct Tab: Sendable, Equatable {
        let name: String
        let path: String
        let isCurrent: Bool

        /// Creates a tab.
        public init(name: String, path: String, isCurrent: Bool) {
            self.name = name
            self.path = path
            self.isCurrent = isCurrent
        }
    }

    let heading: String
    let about: String
    /// Where values are revealed; nil when they are, or the viewer may not.
    let revealPath: String?
    /// Where the person is erased; nil when the viewer may not.
    let erasePath: String?
    let revealed: Revealed?
    let hasActions: Bool
    let tabs: [Tab]

    /// Creates the head.
    ///
    /// - Parameters:
    ///   - heading: The page's heading.
    ///   - about: By what the person was looked up, without its value.
    ///   - revealPath: Where values are revealed; nil when they are, or the viewer may not.
    ///   - erasePath: Where the person is erased; nil when the viewer may not.
    ///   - revealed: That values are visible; nil = they are masked.
    ///   - tabs: The pages of the person.
    public init(
        heading: String,
        about: String,
        revealPath: String?,
        erasePath: String?,
        revealed: Revealed?,
        tabs: [Tab]
    ) {
        self.heading = heading
        self.about = about
        self.revealPath = revealPath
        self.erasePath = erasePath
        hasActions = revealPath != nil || erasePath != nil
        self.revealed = revealed
        self.tabs = tabs
    }
}
