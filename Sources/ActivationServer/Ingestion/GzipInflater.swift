import CZlib

/// Why a compressed body cannot be read.
enum GzipError: Error, Equatable {
    /// Not gzip, or damaged.
    case malformed
    /// Ends in the middle of a member.
    case truncated
    /// Expands to more bytes than are accepted, as a bomb does.
    case expandsBeyond(bytes: Int)
    /// zlib found no memory.
    case outOfMemory
}

/// Expands a gzip stream piece by piece, several members in a row included; holds one chunk of input.
///
/// Not for use from two tasks at once.
final class GzipInflater {
    // zlib keeps pointers into its own state, so the structure has a fixed address for its whole life.
    private let stream: UnsafeMutablePointer<z_stream>
    private let expandedBytesMax: Int
    private var expandedBytes = 0
    private var input: [UInt8] = []
    private var inputOffset = 0
    /// Whether the bytes read so far end where a member ends; false before the first.
    private var isBetweenMembers = false
    private var sawInput = false

    /// Creates an inflater that refuses to expand to more than `expandedBytesMax` bytes.
    init(expandedBytesMax: Int) throws(GzipError) {
        self.expandedBytesMax = expandedBytesMax
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // 15 = largest window, 16 = a gzip header and trailer are required.
        let status = inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else { throw .outOfMemory }
    }

    deinit {
        // Harmless when initialisation failed: zlib then answers that there is no state.
        inflateEnd(stream)
        stream.deinitialize(count: 1)
        stream.deallocate()
    }

    /// Gives the next compressed bytes; all earlier ones must have been pulled.
    func push(_ chunk: [UInt8]) {
        precondition(inputOffset == input.count, "the last chunk has not been pulled to its end")
        input = chunk
        inputOffset = 0
    }

    /// Expands up to `bytesMax` bytes; empty = more input is needed.
    func pull(bytesMax: Int) throws(GzipError) -> [UInt8] {
        while inputOffset < input.count {
            if isBetweenMembers {
                guard inflateReset(stream) == Z_OK else { throw .malformed }
                isBetweenMembers = false
            }
            let output = try inflateOnce(bytesMax: bytesMax)
            if !output.isEmpty { return output }
        }
        // All input is taken, but zlib may still hold output for which there was no room.
        guard sawInput, !isBetweenMembers else { return [] }
        return try inflateOnce(bytesMax: bytesMax)
    }

    /// Checks that the stream did not end in the middle.
    func finish() throws(GzipError) {
        guard isBetweenMembers else { throw .truncated }
    }

    private func inflateOnce(bytesMax: Int) throws(GzipError) -> [UInt8] {
        var status = Z_OK
        var consumed = 0
        let available = input.count - inputOffset
        let output = [UInt8](unsafeUninitializedCapacity: bytesMax) { output, count in
            input.withUnsafeMutableBufferPointer { input in
                stream.pointee.next_in = input.baseAddress.map { $0 + inputOffset }
                stream.pointee.avail_in = UInt32(available)
                stream.pointee.next_out = output.baseAddress
                stream.pointee.avail_out = UInt32(bytesMax)
                status = inflate(stream, Z_NO_FLUSH)
                consumed = available - Int(stream.pointee.avail_in)
                count = bytesMax - Int(stream.pointee.avail_out)
            }
        }
        inputOffset += consumed
        sawInput = sawInput || consumed > 0
        switch status {
        case Z_OK: break
        case Z_STREAM_END: isBetweenMembers = true
        // No progress was possible: more input is needed.
        case Z_BUF_ERROR: break
        case Z_MEM_ERROR: throw .outOfMemory
        default: throw .malformed
        }
        expandedBytes += output.count
        guard expandedBytes <= expandedBytesMax else { throw .expandsBeyond(bytes: expandedBytesMax) }
        return output
    }
}
