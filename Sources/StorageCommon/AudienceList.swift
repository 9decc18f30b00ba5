package import ActivationCore

/// The ids of audiences one after the other, 16 bytes each: how storages keep of which audiences a record tells.
package enum AudienceList {
    /// The bytes of some ids.
    package static func bytes(of audiences: [Audience.ID]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(audiences.count * 16)
        for audience in audiences {
            withUnsafeBytes(of: (audience.uuid.high.bigEndian, audience.uuid.low.bigEndian)) {
                bytes.append(contentsOf: $0)
            }
        }
        return bytes
    }

    /// The ids in some bytes; nil when they end within one.
    package static func audiences(in bytes: some RandomAccessCollection<UInt8>) -> [Audience.ID]? {
        guard bytes.count.isMultiple(of: 16) else { return nil }
        var audiences: [Audience.ID] = []
        audiences.reserveCapacity(bytes.count / 16)
        var rest = bytes[...]
        while !rest.isEmpty {
            func half() -> UInt64 {
                defer { rest = rest.dropFirst(8) }
                return rest.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
            }
            let high = half()
            audiences.append(Audience.ID(uuid: UUIDBytes(high: high, low: half())))
        }
        return audiences
    }
}
