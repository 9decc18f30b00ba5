import NIOCore

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Asks the system for the addresses of names.
enum SystemLookup {
    /// The addresses of a name in the system's order of preference; may block for long.
    static func addresses(_ host: String) throws -> [SocketAddress] {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        #if canImport(Glibc)
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        #else
        hints.ai_socktype = SOCK_STREAM
        #endif
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, nil, &hints, &list)
        guard status == 0 else {
            throw LookupFailure.refused(String(cString: gai_strerror(status)), isPassing: status == EAI_AGAIN)
        }
        defer { freeaddrinfo(list) }
        return sequence(state: list) { next in
            defer { next = next?.pointee.ai_next }
            return next?.pointee
        }
        .compactMap(address)
    }

    private static func address(_ info: addrinfo) -> SocketAddress? {
        guard let pointer = UnsafeRawPointer(info.ai_addr) else { return nil }
        return switch info.ai_family {
        case AF_INET: SocketAddress(pointer.loadUnaligned(as: sockaddr_in.self))
        case AF_INET6: SocketAddress(pointer.loadUnaligned(as: sockaddr_in6.self))
        default: nil
        }
    }
}
