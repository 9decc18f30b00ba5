import ActivationCore
import ActivationEngine
import Console

/// What the server says about itself.
struct AboutPages: Sendable {
    let desk: ConsoleDesk

    func add(to register: inout ConsoleRegister) {
        register.page("about") { _ in await about() }
    }

    private func about() async -> ConsoleAnswer {
        let health = await desk.dependencies.engine.health()
        let profiles = try? await desk.dependencies.engine.profileCount()
        let snapshot = desk.control.snapshot
        let space = desk.dependencies.space()
        return .page(
            AboutPage(
                checks: AboutPages.checks(health, profiles: profiles) + AboutPages.checks(space),
                facts: [
                    AboutPage.Fact(label: "Headwater", value: ServerVersion.text),
                    AboutPage.Fact(label: "Address", value: desk.dependencies.endpoint.value),
                    AboutPage.Fact(label: "Organisation", value: desk.control.orgID),
                    AboutPage.Fact(label: "Days of audiences", value: health.timeZone),
                    AboutPage.Fact(label: "Profiles", value: profiles.map { Figure.count($0) } ?? "–"),
                    AboutPage.Fact(label: "Store", value: space.map { Figure.bytes($0.database) } ?? "–"),
                    AboutPage.Fact(label: "Log of writes (WAL)", value: space.map { Figure.bytes($0.log) } ?? "–"),
                ],
                bounds: [
                    bound("Dataflows", snapshot.count(.flow), desk.dependencies.dataflowsMax),
                    bound("Audiences", snapshot.count(.segmentDefinition), ServerLimits.objectsMax),
                    bound("Merge policies", snapshot.count(.mergePolicy), ServerLimits.mergePoliciesMax),
                    bound("Datasets", snapshot.count(.dataset), Limits.datasetsMax),
                    bound("Accounts and inlets", snapshot.count(.connection), ServerLimits.objectsMax),
                ]
            )
        )
    }

    private static func checks(_ health: Engine.Health, profiles: Int?) -> [AboutPage.Check] {
        var checks = [
            AboutPage.Check(
                name: "Messages",
                mark: health.isAccepting ? StateMark("Taken", .good) : StateMark("Not taken", .bad),
                text: health.isAccepting ? "Clients can send." : "The server is starting or stopping."
            )
        ]
        if let failure = health.writeFailure {
            let isFull = failure.code == .storageFull
            let text =
                isFull
                ? "The disk is full. Make room; it goes on by itself." : "Every write is refused. The log says why."
            checks.append(AboutPage.Check(name: "Writes", mark: StateMark("Refused", .bad), text: text))
        } else if let seconds = health.stall?.components.seconds {
            let text = "What came in has been waiting for the database for \(Instant.span(seconds: seconds))."
            checks.append(AboutPage.Check(name: "Writes", mark: StateMark("Waiting", .warning), text: text))
        } else {
            checks.append(
                AboutPage.Check(name: "Writes", mark: StateMark("Good", .good), text: "The last one went well.")
            )
        }
        checks.append(
            AboutPage.Check(
                name: "Store",
                mark: profiles == nil ? StateMark("Cannot be read", .bad) : StateMark("Good", .good),
                text: profiles == nil ? "The log says why." : "It can be read."
            )
        )
        var clock = (StateMark("Right", .good), "It is not behind the last message.")
        if let behind = health.clockBehind?.components.seconds {
            let text = "It stands \(Instant.span(seconds: behind)) behind the last message. Set it right."
            clock = (StateMark("Behind", .warning), text)
        } else if let ahead = health.clockAhead?.components.seconds {
            let text =
                "At the start it stood \(Instant.span(seconds: ahead)) ahead of the last message. If data came in "
                + "meanwhile, it is wrong."
            clock = (StateMark("Ahead", .warning), text)
        }
        return checks + [AboutPage.Check(name: "Clock", mark: clock.0, text: clock.1)]
    }

    private static func checks(_ space: StoreSpace?) -> [AboutPage.Check] {
        guard let space else { return [] }
        let room = "\(Figure.bytes(space.free)) of \(Figure.bytes(space.disk)) are free."
        return [
            AboutPage.Check(
                name: "Disk",
                mark: space.isTight ? StateMark("Little room", .warning) : StateMark("Room", .good),
                text: space.isTight ? "\(room) Make room before writes are refused." : room
            )
        ]
    }

    private func bound(_ name: String, _ used: Int, _ most: Int) -> AboutPage.Bound {
        let share = min(used * 100 / max(most, 1), 100)
        let mark: StateMark =
            share >= 100
            ? StateMark("Full", .bad) : share >= 80 ? StateMark("Near", .warning) : StateMark("Room", .good)
        return AboutPage.Bound(
            name: name,
            used: Figure.count(used),
            most: Figure.count(most),
            share: share,
            mark: mark
        )
    }
}
