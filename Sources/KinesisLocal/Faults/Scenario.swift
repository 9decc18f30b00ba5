import Kinesis

/// What goes wrong when: steps, each some time after the start, that set the faults, make streams and delete them.
public struct Scenario: Equatable, Sendable {
    /// One step.
    public struct Step: Equatable, Sendable {
        /// How long after the start; never less than the step before.
        public var after: Duration
        /// The faults from then on, in place of those before; nil leaves them.
        public var faults: Faults?
        /// The names of streams that are deleted then, with everything in them and their consumers.
        public var deletedStreams: [String]
        /// The names of streams that are made then; those that exist are left alone.
        public var createdStreams: [String]

        /// Makes a step.
        public init(
            after: Duration,
            faults: Faults? = nil,
            deletedStreams: [String] = [],
            createdStreams: [String] = []
        ) {
            self.after = after
            self.faults = faults
            self.deletedStreams = deletedStreams
            self.createdStreams = createdStreams
        }
    }

    /// The steps in the order of their times.
    public var steps: [Step]

    /// Makes a scenario; without steps nothing ever happens.
    public init(steps: [Step] = []) {
        self.steps = steps
    }

    /// Reads a scenario from JSON: a list of steps such as
    /// `{"after": 5, "faults": {"recordThrottled": 0.1}, "deleteStreams": ["orders"]}`.
    ///
    /// - Parameter json: The text in UTF-8.
    /// - Throws: `KinesisLocalError` that names the step and the member which cannot be taken.
    public init(json: [UInt8]) throws(KinesisLocalError) {
        do throws(ServiceError) {
            let document = try json.withUnsafeBytes { bytes in
                Result { () throws(ServiceError) in try KinesisService.decode(bytes, wire: .json) }
            }.get()
            try self.init(document: document)
        } catch {
            throw KinesisLocalError(
                code: .unreadableScenario,
                message: "The scenario cannot be taken: \(error.message)"
            )
        }
    }
}

extension Scenario {
    /// Seconds within which every step must come.
    fileprivate static let secondsMax = 30.0 * 86_400

    /// Reads the JSON document that `PUT /_scenario` takes.
    init(document: WireValue) throws(ServiceError) {
        self.init()
        guard let items = document.array else {
            throw ServiceError(.validation, "A scenario must be a list of steps.")
        }
        for (index, item) in items.enumerated() {
            do throws(ServiceError) {
                let step = try Step(document: item)
                if let last = steps.last, step.after < last.after {
                    throw ServiceError(.validation, "after must not be less than that of the step before.")
                }
                steps.append(step)
            } catch {
                throw ServiceError(.validation, "Step \(index + 1): \(error.message)")
            }
        }
    }

    /// All of it.
    var document: WireValue { .array(steps.map(\.document)) }
}

extension Scenario.Step {
    fileprivate init(document: WireValue) throws(ServiceError) {
        guard let members = document.members else { throw ServiceError(.validation, "A step must be a structure.") }
        var after: Duration?
        self.init(after: .zero)
        for (name, value) in members {
            switch name {
            case "after":
                let seconds: Double? =
                    switch value {
                    case .integer(let whole): Double(whole)
                    case .double(let number): number
                    default: nil
                    }
                guard let seconds, (0...Scenario.secondsMax).contains(seconds) else {
                    throw ServiceError(.validation, "after must be a number of seconds from 0 to 2592000.")
                }
                after = .milliseconds(Int64((seconds * 1000).rounded()))
            case "faults": faults = try Faults(document: value)
            case "deleteStreams": deletedStreams = try Self.names(value, name)
            case "createStreams": createdStreams = try Self.names(value, name)
            default:
                throw ServiceError(
                    .validation,
                    "\(name) is no member of a step; there are after, faults, deleteStreams, createStreams."
                )
            }
        }
        guard let after else { throw ServiceError(.validation, "after is missing: the seconds after the start.") }
        self.after = after
    }

    private static func names(_ value: WireValue, _ member: String) throws(ServiceError) -> [String] {
        guard let items = value.array else {
            throw ServiceError(.validation, "\(member) must be a list of streams' names.")
        }
        var names: [String] = []
        for item in items {
            var validation = Validation()
            validation.name(item.string, member)
            guard let name = item.string else {
                throw ServiceError(.validation, "\(member) must be a list of streams' names.")
            }
            try validation.check()
            names.append(name)
        }
        return names
    }

    fileprivate var document: WireValue {
        var members: [(String, WireValue)] = [("after", .double(Double(after.wholeMilliseconds) / 1000))]
        if let faults { members.append(("faults", faults.document)) }
        if !deletedStreams.isEmpty { members.append(("deleteStreams", .array(deletedStreams.map { .string($0) }))) }
        if !createdStreams.isEmpty { members.append(("createStreams", .array(createdStreams.map { .string($0) }))) }
        return .map(members)
    }
}
