import Kinesis

extension Faults {
    /// Reads the JSON document that `PUT /_faults` takes: the members that `GET /_faults` shows, all optional.
    init(document: RequestReader) throws(ServiceError) {
        self.init()
        func probability(_ name: String) throws(ServiceError) -> Double {
            guard let member = document.value[name] else { return 0 }
            let number: Double? =
                switch member {
                case .integer(let whole): Double(whole)
                case .double(let number): number
                default: nil
                }
            guard let number, (0...1).contains(number) else {
                throw ServiceError(.validation, "\(name) must be a number from 0 to 1.")
            }
            return number
        }
        func whole(_ name: String) throws(ServiceError) -> Int64? {
            guard let number = try document.integer(name) else { return nil }
            guard number >= 0 else { throw ServiceError(.validation, "\(name) must not be negative.") }
            return number
        }
        if let text = document.value["seed"]?.string, let number = UInt64(text) {
            seed = number
        } else if let number = try whole("seed") {
            seed = UInt64(number)
        }
        latency = .milliseconds(min(try whole("latencyMilliseconds") ?? 0, 600_000))
        recordThrottled = try probability("recordThrottled")
        recordFailed = try probability("recordFailed")
        everyNthRecordThrottled = try whole("everyNthRecordThrottled").map { Int($0) }
        requestFailed = try probability("requestFailed")
        connectionDropped = try probability("connectionDropped")
    }
}
