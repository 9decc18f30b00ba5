package import ActivationCore
import ActivationEngine
import StorageCommon
import Synchronization

/// The files in a server's directory that say what a database elsewhere has acknowledged.
///
/// Connections that every server has stand in one, those of its further writers in another, which is made when there are some: so a server
/// without any reads what it always did.
package final class DatabaseWitness: AcknowledgedBatches {
    private static let files = [(name: "database.witness", places: 2), (name: "database.writers.witness", places: 3)]

    /// The names that files have in the directory.
    static let fileNames = files.map(\.name)

    private let directory: String
    private let files: Mutex<[NotedBatches?]>

    /// Reads what the last process has noted.
    ///
    /// - Throws: `corrupt` when a file is none of ours; `io` or `full` when the system refuses.
    init(directory: String) throws(StorageError) {
        self.directory = directory
        var files: [NotedBatches?] = []
        for (index, file) in Self.files.enumerated() {
            let path = "\(directory)/\(file.name)"
            let isWanted = index == 0 ? true : try OverwrittenFile.read(path) != nil
            files.append(isWanted ? try NotedBatches(path: path, places: file.places) : nil)
        }
        self.files = Mutex(files)
    }

    package var stores: [UUIDBytes] { files.withLock { $0.compactMap(\.self).map(\.store) } }

    package func acknowledged(of store: UUIDBytes) -> [(writer: Int16, batch: Int64)] {
        files.withLock { $0.compactMap(\.self).flatMap { $0.acknowledged(of: store) } }
    }

    package func note(_ batch: Int64, by writer: Int16, at place: Int, of store: UUIDBytes) {
        var place = place
        for (index, file) in Self.files.enumerated() {
            guard place >= file.places else {
                noted(index)?.note(batch, by: writer, at: place, of: store)
                return
            }
            place -= file.places
        }
    }

    private func noted(_ index: Int) -> NotedBatches? {
        files.withLock { files in
            if files[index] == nil {
                let file = Self.files[index]
                files[index] = try? NotedBatches(path: "\(directory)/\(file.name)", places: file.places)
            }
            return files[index]
        }
    }
}
