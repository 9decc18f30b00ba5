import Testing

@testable import headwater

@Suite struct StreamRecordTests {
    private func line(_ data: [UInt8]) -> String {
        var bytes: [UInt8] = []
        StreamRecord(shard: "s", sequence: "1", partitionKey: "k\"", data: data, arrivedAt: 0).appendJSONLine(
            to: &bytes
        )
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func `JSON data is shown as JSON`() {
        #expect(
            line(Array("{\"a\": 1}".utf8))
                == "{\"shard\":\"s\",\"sequence\":\"1\",\"partitionKey\":\"k\\\"\",\"data\":{\"a\":1}}\n"
        )
    }

    @Test func `a record of an aggregate has its place`() {
        let record = StreamRecord(shard: "s", sequence: "1", place: 2, partitionKey: "k", data: [0x31], arrivedAt: 0)
        var bytes: [UInt8] = []
        record.appendJSONLine(to: &bytes)

        #expect(
            String(decoding: bytes, as: UTF8.self)
                == #"{"shard":"s","sequence":"1","subsequence":2,"partitionKey":"k","data":1}"# + "\n"
        )
        #expect(record.line == "s  1:2  k  1")
    }

    @Test func `text is shown as text`() {
        #expect(line(Array("~k=1;s=2~".utf8)).hasSuffix("\"data\":\"~k=1;s=2~\"}\n"))
    }

    @Test(arguments: [([0xFF], "/w=="), ([0xFF, 0xFE], "//4="), ([0xFF, 0x00, 0x10], "/wAQ")] as [([UInt8], String)])
    func `other bytes are shown as base64`(data: [UInt8], text: String) {
        #expect(line(data).hasSuffix("\"data\":{\"base64\":\"\(text)\"}}\n"))
    }
}
