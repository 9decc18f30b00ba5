import TestSupport
import Testing

@testable import ActivationServer

@Suite struct GzipInflaterTests {
    private func inflate(_ chunks: [[UInt8]], limit: Int = 1 << 24, piece: Int = 1_000) throws -> [UInt8] {
        let inflater = try GzipInflater(expandedBytesMax: limit)
        var output: [UInt8] = []
        for chunk in chunks {
            inflater.push(chunk)
            while true {
                let bytes = try inflater.pull(bytesMax: piece)
                if bytes.isEmpty { break }
                #expect(bytes.count <= piece)
                output += bytes
            }
        }
        try inflater.finish()
        return output
    }

    @Test func `what was compressed comes back, however it is cut`() throws {
        let seed = TestSeed.next()
        var random = SeededGenerator(seed: seed)
        for _ in 0..<100 {
            let bytes = (0..<Int.random(in: 0...20_000, using: &random)).map { _ in
                UInt8.random(in: 0...15, using: &random)
            }
            let packed = Gzip.compress(bytes)
            var chunks: [[UInt8]] = []
            var rest = packed[...]
            while !rest.isEmpty {
                let size = Int.random(in: 1...700, using: &random)
                chunks.append(Array(rest.prefix(size)))
                rest = rest.dropFirst(size)
            }

            #expect(try inflate(chunks, piece: Int.random(in: 1...3_000, using: &random)) == bytes, "seed \(seed)")
        }
    }

    @Test func `members after each other are one stream`() throws {
        let packed = Gzip.compress(Array("one\n".utf8)) + Gzip.compress(Array("two\n".utf8))

        #expect(try inflate([packed]) == Array("one\ntwo\n".utf8))
        #expect(try inflate(packed.map { [$0] }) == Array("one\ntwo\n".utf8))
    }

    @Test func `a stream that ends in the middle is refused`() throws {
        let packed = Gzip.compress(Array(repeating: 7, count: 5_000))

        for length in [0, 1, 5, packed.count / 2, packed.count - 1] {
            #expect(throws: GzipError.truncated) { try inflate([Array(packed.prefix(length))]) }
        }
    }

    @Test func `bytes that are not gzip, or damaged, are refused`() throws {
        #expect(throws: GzipError.malformed) { try inflate([Array(#"{"identityMap":{}}"#.utf8)]) }
        var damaged = Gzip.compress(Array("a text that is long enough to have a body".utf8))
        damaged[damaged.count - 6] ^= 0xff
        #expect(throws: GzipError.malformed) { try inflate([damaged]) }
    }

    @Test func `a bomb stops at the bound and is never held whole`() throws {
        let bomb = Gzip.compress([UInt8](repeating: 0, count: 10 << 20))
        #expect(bomb.count < 20_000)

        #expect(throws: GzipError.expandsBeyond(bytes: 1 << 20)) { try inflate([bomb], limit: 1 << 20) }
    }
}
