import ActivationCore
import Glibc

/// Purchases of the CDNOW sample, `data/cdnow`: a real record of an early online shop.
struct CDNOW {
    /// One line of the file.
    struct Purchase {
        /// The line's number, from 1.
        var line: Int
        /// The customer's id in the whole data set.
        var customer: String
        /// The customer's id in the sample.
        var sampleID: String
        /// `YYYY-MM-DD`.
        var day: String
        /// How many CDs.
        var discs: Int64
        /// Dollars, as written.
        var amount: JSONValue
    }

    /// All purchases in the file's order.
    var purchases: [Purchase] = []

    /// The first purchase of each customer, in the file's order.
    var firstPurchases: [Purchase] {
        var seen = Set<String>()
        return purchases.filter { seen.insert($0.customer).inserted }
    }

    /// Reads the file.
    ///
    /// - Parameter path: Lines of customer, sample id, `YYYYMMDD`, discs and dollars, apart by blanks.
    /// - Throws: When it cannot be read or a line has another shape.
    init(path: String) throws(CommandFailure) {
        let bytes = try SmallFile.contents(of: path, bytesMax: 64 << 20)
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() where !line.allSatisfy({ $0 == 32 || $0 == 13 }) {
            let fields = line.split { $0 == 32 || $0 == 13 || $0 == 9 }.map { String(decoding: $0, as: UTF8.self) }
            guard
                fields.count == 5, fields[2].utf8.count == 8, let discs = Int64(fields[3]),
                case .string(let instant)? = CellKind.timestamp.value(of: fields[2]),
                let amount = CellKind.number.value(of: fields[4])
            else {
                throw CommandFailure(
                    .badInput,
                    "\(path), line \(index + 1): expected customer, sample id, YYYYMMDD, discs and dollars"
                )
            }
            purchases.append(
                Purchase(
                    line: index + 1,
                    customer: fields[0],
                    sampleID: fields[1],
                    day: String(instant.prefix(10)),
                    discs: discs,
                    amount: amount
                )
            )
        }
    }

    /// Finds the bundled file: beside the working directory, or above the program in its checkout.
    static func bundledPath() throws(CommandFailure) -> String {
        let name = "data/cdnow/CDNOW_sample.txt"
        if access(name, R_OK) == 0 { return name }
        var program = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &program, program.count - 1)
        var directory =
            count > 0 ? String(decoding: program[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)[...] : ""
        while let slash = directory.lastIndex(of: "/") {
            directory = directory[..<slash]
            if access("\(directory)/\(name)", R_OK) == 0 { return "\(directory)/\(name)" }
        }
        throw CommandFailure(.badInput, "\(name) is not found; run in the project's directory, or give --data FILE")
    }
}

extension CDNOW.Purchase {
    /// The namespace of customer ids.
    static let namespace = "CDNOW"

    private var identityMap: JSONValue {
        [CDNOW.Purchase.namespace: [["id": .string(customer), "primary": true]]]
    }

    /// What is known about the customer.
    var profile: JSONValue {
        ["identityMap": identityMap, "_cdnow": ["sampleId": .string(sampleID), "firstPurchase": .string(day)]]
    }

    /// The purchase as an XDM experience event.
    var event: JSONValue {
        [
            "_id": .string(String(line)),
            "timestamp": .string("\(day)T00:00:00Z"),
            "eventType": "commerce.purchases",
            "identityMap": identityMap,
            "commerce": ["purchases": ["value": 1], "order": ["priceTotal": amount, "currencyCode": "USD"]],
            "_cdnow": ["discs": .integer(discs)],
        ]
    }
}
