import ActivationCore
public import ActivationEngine

/// A part of an organisation with data, configuration, history and streams of its own (docs/decisions/0055).
///
/// Users, roles and credentials are the organisation's; roles say in which sandboxes they count.
public struct Sandbox: Sendable, Hashable {
    /// What it is for; Adobe's words.
    public enum Kind: String, Sendable, CaseIterable {
        case development, production
    }

    /// What it is to be, and what becomes of it.
    public enum State: String, Sendable {
        /// Asked for and not yet there.
        case creating
        case active
        /// To be emptied.
        case resetting
        /// To be removed.
        case deleting
        /// It could not be opened; the server's log says why. Never stored: it is tried again.
        case failed
    }

    /// A UUID; no other sandbox ever has it, also of the same name.
    public var id: String
    /// The name in `x-sandbox-name`; it never changes.
    public var name: String
    /// What people call it.
    public var title: String
    /// What it is for.
    public var kind: Kind
    /// What it is to be, or what has become of it.
    public var state: State

    /// Whether it is the one that is meant where none is named; the organisation's own things are with it.
    public var isDefault: Bool { name == Sandbox.defaultName }

    /// The name of the one that every organisation has.
    static let defaultName = "prod"
    /// The one that every organisation has, while nothing else is known of it.
    public static let standard = Sandbox(id: "", name: defaultName, title: "Production", kind: .production)

    /// Describes one.
    public init(id: String, name: String, title: String, kind: Kind, state: State = .active) {
        self.id = id
        self.name = name
        self.title = title
        self.kind = kind
        self.state = state
    }

    /// Reads a stored one; nil when it is none.
    init?(_ entry: ControlEntry) {
        guard entry.kind == .sandbox, let name = entry.string("name"),
            let kind = entry.string("type").flatMap(Kind.init), let state = entry.string("state").flatMap(State.init)
        else { return nil }
        self.init(id: entry.id, name: name, title: entry.string("title") ?? name, kind: kind, state: state)
    }

    /// The kind of stored objects that are one.
    public static let storedKind = ControlKind.sandbox.rawValue

    /// Reads one out of a store that nobody has opened; nil when it is none.
    public init?(_ object: ControlObject) {
        guard let entry = ControlEntry(object, kind: .sandbox) else { return nil }
        self.init(entry)
    }

    /// The stored form.
    var body: JSONObject {
        [
            "name": .string(name), "title": .string(title), "type": .string(kind.rawValue),
            "state": .string(state.rawValue),
        ]
    }
}

extension ControlSnapshot {
    /// All sandboxes: the one that every organisation has, then the others, oldest first.
    var sandboxes: [Sandbox] { [standardSandbox] + entries(.sandbox).compactMap(Sandbox.init) }

    /// The name of the sandbox whose configuration this is.
    var sandboxName: String { entries(.organisation).first?.string("sandboxName") ?? Sandbox.defaultName }

    /// The one that every organisation has.
    private var standardSandbox: Sandbox {
        let organisation = entries(.organisation).first
        var sandbox = Sandbox.standard
        sandbox.id = organisation?.string("sandboxId") ?? ""
        sandbox.title = organisation?.string("sandboxTitle") ?? sandbox.title
        return sandbox
    }

    /// The sandbox with a name.
    func sandbox(named name: String) -> Sandbox? {
        sandboxes.first { $0.name.hasSameBytes(as: name) }
    }

    /// What is stored of a sandbox; nil for the one that every organisation has.
    func sandboxEntry(named name: String) -> ControlEntry? {
        entries(.sandbox).first { $0.string("name")?.hasSameBytes(as: name) ?? false }
    }
}
