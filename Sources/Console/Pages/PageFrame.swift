/// What stands around every page: head, navigation, the person who is signed in, footer.
public struct PageFrame: Sendable {
    /// A place in the navigation.
    public struct Place: Sendable, Equatable {
        /// Its name.
        public var name: String
        /// Its path.
        public var path: String
        /// Its symbol in the icon file.
        public var icon: String
        /// Whether the page belongs there.
        public var isCurrent: Bool

        /// Creates a place.
        public init(name: String, path: String, icon: String, isCurrent: Bool) {
            self.name = name
            self.path = path
            self.icon = icon
            self.isCurrent = isCurrent
        }
    }

    /// Places that belong together.
    public struct Group: Sendable, Equatable {
        /// What they have in common; nil = they stand alone.
        public var name: String?
        /// The places.
        public var places: [Place]

        /// Creates a group.
        public init(name: String?, places: [Place]) {
            self.name = name
            self.places = places
        }
    }

    /// A step of the way to the page.
    public struct Crumb: Sendable, Equatable {
        /// Its name.
        public var name: String
        /// Its path.
        public var path: String

        /// Creates a step.
        public init(_ name: String, _ path: String) {
            self.name = name
            self.path = path
        }
    }

    /// Who is signed in, and what their forms carry.
    public struct Viewer: Sendable, Equatable {
        /// Their e-mail address.
        public var email: String
        /// What forms of their session carry, so that no other site can send one.
        public var token: String

        /// Creates a viewer.
        public init(email: String, token: String) {
            self.email = email
            self.token = token
        }
    }

    /// The sandbox that is looked at, and where else one can go.
    public struct SandboxMenu: Sendable, Equatable {
        /// Its title.
        public var current: String
        /// The others, with what takes one there.
        public var others: [Crumb]

        /// Creates a menu.
        public init(current: String, others: [Crumb]) {
            self.current = current
            self.others = others
        }
    }

    /// How much is the matter.
    public struct Bell: Sendable, Equatable {
        /// What it is called.
        let label: String
        /// The number; nil when nothing is the matter.
        let count: String?

        /// Creates a bell.
        ///
        /// - Parameter count: How many alerts there are.
        public init(_ count: Int) {
            label = count == 0 ? "No alerts" : Figure.count(count, "alert")
            self.count = count == 0 ? nil : count > 99 ? "99+" : String(count)
        }
    }

    /// The page's title.
    public var title: String
    /// Said once, after something was done.
    public var notice: String?
    /// The navigation; empty before somebody is signed in.
    public var groups: [Group]
    /// The way to the page.
    public let crumbs: [Crumb]
    let hasCrumbs: Bool
    /// Who is signed in; nil = nobody.
    public var viewer: Viewer?
    /// Which sandbox is looked at; nil where there is nothing to choose.
    public var sandboxes: SandboxMenu?
    /// How much is the matter; nil for whoever may not see it.
    public var bell: Bell?
    /// The server's version.
    public var version: String
    /// The time zone in which the page shows instants.
    public var zone: String
    /// The request's id, to find it in the log.
    public var requestID: String
    /// Where style, script and icons are.
    let assets = ConsoleAssets.paths

    /// Creates a frame.
    public init(
        title: String,
        notice: String? = nil,
        groups: [Group] = [],
        crumbs: [Crumb] = [],
        viewer: Viewer? = nil,
        sandboxes: SandboxMenu? = nil,
        bell: Bell? = nil,
        version: String,
        zone: String,
        requestID: String
    ) {
        self.title = title
        self.notice = notice
        self.groups = groups
        self.crumbs = crumbs
        hasCrumbs = !crumbs.isEmpty
        self.viewer = viewer
        self.sandboxes = sandboxes
        self.bell = bell
        self.version = version
        self.zone = zone
        self.requestID = requestID
    }
}
