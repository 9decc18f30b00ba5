import Crypto
import Kinesis

/// Makes tokens that only this endpoint can make, so that no token has to be remembered.
struct TokenSeal: Sendable {
    /// What a token is for; one kind is refused in place of the other.
    enum Purpose: UInt8 {
        case iterator = 1
        case streamPage = 2
        case shardPage = 3
        case consumerPage = 4
    }

    private let key: SymmetricKey

    init(key: SymmetricKey = SymmetricKey(size: .bits256)) {
        self.key = key
    }

    func token(_ purpose: Purpose, numbers: [UInt64], text: String) -> String {
        var bytes: [UInt8] = [purpose.rawValue]
        for number in numbers {
            for shift in (0..<8).reversed() { bytes.append(UInt8(truncatingIfNeeded: number >> UInt64(8 * shift))) }
        }
        bytes.append(contentsOf: text.utf8)
        return Base64.encode(mac(bytes) + bytes)
    }

    /// The numbers and the text of a token, or nil if it is not ours or not for that purpose.
    func open(_ token: String, as purpose: Purpose, numbers count: Int) -> (numbers: [UInt64], text: String)? {
        guard let sealed = Base64.decode(token), sealed.count >= Self.macBytes + 1 + 8 * count else { return nil }
        let bytes = Array(sealed[Self.macBytes...])
        guard constantTimeEqual(sealed.prefix(Self.macBytes), mac(bytes)), bytes[0] == purpose.rawValue else {
            return nil
        }
        let numbers = (0..<count).map { index in
            bytes[1 + 8 * index..<9 + 8 * index].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        }
        return (numbers, String(decoding: bytes[(1 + 8 * count)...], as: UTF8.self))
    }

    private static let macBytes = 16

    private func mac(_ bytes: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: bytes, using: key).prefix(Self.macBytes))
    }
}

/// Compares without telling by its time where two texts differ.
func constantTimeEqual(_ left: some Collection<UInt8>, _ right: some Collection<UInt8>) -> Bool {
    guard left.count == right.count else { return false }
    return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
}
