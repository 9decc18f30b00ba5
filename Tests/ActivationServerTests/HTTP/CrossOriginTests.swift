import Testing

@testable import ActivationServer

struct CrossOriginTests {
    @Test func `only what is listed is allowed`() throws {
        let everybody = try CrossOriginPolicy(origins: ["*"])
        let policy = try CrossOriginPolicy(origins: ["https://Shop.example", "http://localhost:3000"])

        #expect(policy.answer(to: "https://shop.example") == "https://shop.example")
        #expect(policy.answer(to: "http://localhost:3000") == "http://localhost:3000")
        #expect(policy.answer(to: "http://shop.example") == nil)
        #expect(policy.answer(to: "https://shop.example.evil.example") == nil)
        #expect(policy.answer(to: "null") == nil)
        #expect(CrossOriginPolicy().answer(to: "https://shop.example") == nil)
        #expect(everybody.answer(to: "null") == "*")
    }

    @Test(arguments: [
        "", "shop.example", "https://", "https://shop.example/", "ftp://shop.example", "null", "https://a b",
    ])
    func `what no browser would send is refused`(origin: String) {
        let error = #expect(throws: ServerStartError.self) { try CrossOriginPolicy(origins: [origin]) }

        #expect(error?.description.contains("is not an origin") == true)
    }
}
