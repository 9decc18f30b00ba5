public import ActivationCore

extension Engine {
    /// A dataflow's books by audience beside the rows that were counted for them, one by one; takes as long as it has rows.
    public func countAudienceBooks(_ dataflow: Dataflow.ID) async throws(EngineError) -> CountedAudienceBooks {
        do throws(StorageError) {
            return try await storage.countAudienceBooks(dataflow: dataflow)
        } catch {
            throw EngineError(error)
        }
    }

    /// The hours in which anything was entered in a dataflow's books, oldest first, as far back as they are kept.
    public func bookedHours(_ dataflow: Dataflow.ID) async throws(EngineError) -> [BookedHour] {
        do throws(StorageError) {
            return try await storage.bookedHours(dataflow: dataflow)
        } catch {
            throw EngineError(error)
        }
    }

    /// The hours of some dataflows from the one that an instant lies in, as ``bookedHours(_:)`` tells of each.
    ///
    /// - Parameters:
    ///   - dataflows: Which.
    ///   - instant: In the first hour that counts.
    /// - Returns: By dataflow.
    /// - Throws: The storage's error.
    public func bookedHours(
        of dataflows: [Dataflow.ID],
        since instant: Timestamp
    ) async throws(EngineError) -> [Dataflow.ID: [BookedHour]] {
        do throws(StorageError) {
            return try await storage.bookedHours(of: dataflows, since: instant)
        } catch {
            throw EngineError(error)
        }
    }

    /// The books of some dataflows (I5).
    ///
    /// - Parameter dataflows: Which.
    /// - Returns: By dataflow.
    /// - Throws: The storage's error.
    public func books(of dataflows: [Dataflow.ID]) async throws(EngineError) -> [Dataflow.ID: DataflowBooks] {
        do throws(StorageError) {
            let stored = try await storage.books(of: dataflows)
            var books: [Dataflow.ID: DataflowBooks] = [:]
            for (dataflow, one) in stored { books[dataflow] = DataflowBooks(one, relays.state(of: dataflow)) }
            return books
        } catch {
            throw EngineError(error)
        }
    }

    /// The books of all dataflows beside the rows that were counted for them: those of now, or of a
    /// little while ago, four times as long as counting takes (I5).
    ///
    /// - Throws: The storage's error.
    public func booksAudit() async throws(EngineError) -> BooksAudit {
        do throws(StorageError) {
            return try await auditor.current()
        } catch {
            throw EngineError(error)
        }
    }

    /// The last audit of the books; nil before the first, which is made when the engine begins to run.
    public var lastBooksAudit: BooksAudit? { auditor.last }

    /// A dataflow's books (I5).
    public func books(_ dataflow: Dataflow.ID) async throws(EngineError) -> DataflowBooks {
        do throws(StorageError) {
            return DataflowBooks(try await storage.books(dataflow: dataflow), relays.state(of: dataflow))
        } catch {
            throw EngineError(error)
        }
    }
}
