import ActivationCore
import Synchronization
import TestSupport
import Testing

@testable import ActivationEngine

/// Two engines over one storage, one of which changes the catalog.
@Suite(.timeLimit(.minutes(5))) struct SharedCatalogTests {
    private final class World: Sendable {
        let storage = InMemoryStorage()
        let one: SimulatedEngine
        let other: SimulatedEngine
        /// What the storage says decisions are to be made by.
        let stored = Mutex<VersionedCatalog?>(nil)

        init() async throws {
            let time = ManualTime()
            one = try await SimulatedEngine(storage, control: storage, time: time, options: EngineOptions())
            other = try await SimulatedEngine(storage, control: storage, time: time, options: EngineOptions())
        }
    }

    /// Has one of them change the catalog, and the storage note that.
    private static func change(_ world: World, to definition: CatalogDefinition) async throws {
        let storage = world.storage
        let change = CatalogChange(definition: definition) { () throws(StorageError) in
            let before = try await storage.configurationVersion(scope: .production)
            return try await storage.apply([], history: [], scope: .production, after: before, raisesCatalog: true)
                .catalog
        }
        _ = try await world.one.perform([.catalog(change)])[0].get()
        let version = try await storage.configurationVersion(scope: .production).catalog
        world.stored.withLock { $0 = VersionedCatalog(definition: definition, version: version) }
    }

    private static func open(_ engine: SimulatedEngine, _ catalog: VersionedCatalog?) async throws {
        let catalog = try #require(catalog)
        let change = CatalogChange(definition: catalog.definition, isLenient: true) { () throws(StorageError) in
            catalog.version
        }
        _ = try await engine.perform([.catalog(change)])[0].get()
    }

    @Test func `what another node has changed decides the next message`() async throws {
        let world = try await World()
        try await Self.change(world, to: EngineTests.catalog())
        try await Self.open(world.other, world.stored.withLock { $0 })
        let newest = Mutex(0)
        _ = try await world.other.perform([.messages([EngineTests.record(1, step: 1)])])[0].get()
        #expect(try await world.storage.books(dataflow: EngineTests.flow).counters.triggered == 1)

        try await Self.change(world, to: EngineTests.catalog(enabled: false))
        let changed = world.stored.withLock { $0 }
        world.other.engine.followCatalog { () throws(StorageError) in
            newest.withLock { $0 += 1 }
            guard let changed else { throw StorageError(.io, "nothing is stored") }
            return changed
        }
        for step in 2...3 {
            let answers = try await world.other.perform([.messages([EngineTests.record(1, step: step)])])[0].get()
            #expect(answers == [.accepted])
        }

        let books = try await world.storage.books(dataflow: EngineTests.flow)
        #expect(books.counters.suppressedDisabled > 0 && books.pendingRows == 1, "\(books)")
        // Only whoever meets a change asks for it.
        #expect(newest.withLock { $0 } == 1)
    }

    @Test func `who cannot learn what was changed decides nothing`() async throws {
        let world = try await World()
        try await Self.change(world, to: EngineTests.catalog())
        try await Self.open(world.other, world.stored.withLock { $0 })
        try await Self.change(world, to: EngineTests.catalog(enabled: false))

        let answers = await world.other.perform([.messages([try EngineTests.record(1, step: 1)])])

        #expect(throws: EngineError.self) { try answers[0].get() }
        #expect(try await world.storage.profileCount(scope: .production) == 0)
        #expect(try await world.storage.books(dataflow: EngineTests.flow).counters.triggered == 0)
    }
}
